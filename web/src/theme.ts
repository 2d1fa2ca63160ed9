import { type ReadonlySignal, signal } from '@preact/signals';

/** system follows the operating system. */
export type ThemeChoice = 'system' | 'dark' | 'light';

export interface Theme {
  readonly choice: ReadonlySignal<ThemeChoice>;
  /** What is shown now; changes with the choice and with the system. */
  readonly shown: ReadonlySignal<'dark' | 'light'>;
  /** Goes to the next choice: system, dark, light. */
  readonly next: () => void;
}

/** public/theme.js reads the same key before the first paint. */
const STORAGE_KEY = 'poplar-theme';

function isChoice(text: string | null): text is ThemeChoice {
  return text === 'system' || text === 'dark' || text === 'light';
}

function stored(storage: Storage): ThemeChoice {
  const text = storage.getItem(STORAGE_KEY);
  return isChoice(text) ? text : 'system';
}

/** Makes the theme of a window; the choice outlives the tab. */
export function createTheme(window: Window): Theme {
  const light = window.matchMedia('(prefers-color-scheme: light)');
  const choice = signal<ThemeChoice>(stored(window.localStorage));
  const resolve = (): 'dark' | 'light' => (choice.value === 'system' ? (light.matches ? 'light' : 'dark') : choice.value);
  const shown = signal(resolve());
  light.addEventListener('change', () => {
    shown.value = resolve();
  });
  return {
    choice,
    shown,
    next() {
      const order: readonly ThemeChoice[] = ['system', 'dark', 'light'];
      choice.value = order[(order.indexOf(choice.value) + 1) % order.length] ?? 'system';
      if (choice.value === 'system') {
        window.localStorage.removeItem(STORAGE_KEY);
        delete window.document.documentElement.dataset['theme'];
      } else {
        window.localStorage.setItem(STORAGE_KEY, choice.value);
        window.document.documentElement.dataset['theme'] = choice.value;
      }
      shown.value = resolve();
    },
  };
}
