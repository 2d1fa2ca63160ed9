/** Wakes one waiter. Rings while nobody waits are remembered as one. */
export interface Bell {
  ring(): void;
  /** Resolves at the next ring, when `timeoutMs` has passed or when the signal aborts; at once if it rang meanwhile. */
  wait(signal: AbortSignal, timeoutMs?: number): Promise<void>;
}

export function createBell(): Bell {
  let rung = false;
  let wake: (() => void) | undefined;
  return {
    ring() {
      rung = true;
      wake?.();
    },
    async wait(signal, timeoutMs) {
      if (!rung && !signal.aborted) {
        const { promise, resolve } = Promise.withResolvers<void>();
        const timer = timeoutMs === undefined ? undefined : setTimeout(resolve, timeoutMs);
        const onAbort = (): void => resolve();
        signal.addEventListener('abort', onAbort);
        wake = resolve;
        await promise;
        wake = undefined;
        signal.removeEventListener('abort', onAbort);
        clearTimeout(timer);
      }
      rung = false;
    },
  };
}

/** Resolves after the time, or when the signal aborts. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await createBell().wait(signal, ms);
}
