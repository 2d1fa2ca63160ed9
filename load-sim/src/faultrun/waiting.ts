import { setTimeout as delay } from 'node:timers/promises';

const LOOK_MS = 50;

/** Waits for a condition. False when it does not hold after so long. Throws the signal's reason when it aborts. */
export async function holdsWithin(
  condition: () => boolean | Promise<boolean>,
  ms: number,
  signal: AbortSignal,
): Promise<boolean> {
  const untilMs = performance.now() + ms;
  for (;;) {
    signal.throwIfAborted();
    if (await condition()) return true;
    if (performance.now() > untilMs) return false;
    await pause(LOOK_MS, signal);
  }
}

/** Resolves after so long, or when the signal aborts. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => {});
}
