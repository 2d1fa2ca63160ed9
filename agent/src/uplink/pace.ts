/** Bounds a flow in bytes per second. What was not used for a second may follow at once. */
export interface Pace {
  /** Milliseconds until more may be sent; 0: now. */
  waitMs(): number;
  /** Notes what was sent. More than there was room for is made up for by waiting longer. */
  spend(bytes: number): void;
}

/** Time that may be saved up. */
const SAVED_MS = 1000;

export function createPace(bytesPerSecond: number, monotonicMs: () => number): Pace {
  /** The time that everything sent so far has used up. */
  let usedUntilMs = Number.NEGATIVE_INFINITY;
  return {
    waitMs: () => Math.max(0, usedUntilMs - monotonicMs()),
    spend(bytes) {
      usedUntilMs = Math.max(usedUntilMs, monotonicMs() - SAVED_MS) + (bytes / bytesPerSecond) * 1000;
    },
  };
}
