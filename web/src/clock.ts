import { type ReadonlySignal, signal } from '@preact/signals';

/** The hub's time as the viewer knows it: ages are told against the clock that stamped the samples, not the browser's. */
export interface HubClock {
  /** Unix ms, renewed once a second. */
  readonly now: ReadonlySignal<number>;
  readonly nowMs: () => number;
  /** Takes a reading of the hub's clock that has just arrived. */
  set(hubTimeMs: number): void;
  run(signal: AbortSignal): void;
}

/** Smaller differences are the way of the message, not a clock that is off. */
const TOLERANCE_MS = 1000;

/** Makes the clock; it shows the browser's time until the hub has told its own. */
export function createHubClock(browserMs: () => number): HubClock {
  let offsetMs = 0;
  const nowMs = (): number => browserMs() + offsetMs;
  const now = signal(nowMs());
  return {
    now,
    nowMs,
    set(hubTimeMs) {
      const difference = hubTimeMs - browserMs();
      if (Math.abs(difference - offsetMs) > TOLERANCE_MS) offsetMs = Math.abs(difference) > TOLERANCE_MS ? difference : 0;
    },
    run(signal) {
      const timer = setInterval(() => {
        now.value = nowMs();
      }, 1000);
      signal.addEventListener('abort', () => clearInterval(timer), { once: true });
    },
  };
}
