import type { RouterState } from '@poplar/hub/api/schemas';
import type { JSX } from 'preact';
import { STATES } from './state-mark.tsx';

/** Shares of the four states as one bar; its title says them in words. */
export function StateBar({ counts }: { counts: Readonly<Record<RouterState, number>> }): JSX.Element {
  const words = STATES.map((state) => `${counts[state]} ${state}`).join(', ');
  return (
    <span class="state-bar" role="img" aria-label={words} title={words}>
      {STATES.map((state) => counts[state] > 0 && <i key={state} class={state} style={{ flexGrow: counts[state] }} />)}
    </span>
  );
}
