/** Full-jitter backoff: a random part of a bound that doubles. Many agents that lost one hub do not return together. */
export interface Backoff {
  /** The next delay, milliseconds. */
  next(): number;
  /** Starts over: the hub has stored something. */
  reset(): void;
}

const FIRST_MS = 500;
const MOST_MS = 15_000;

/** `random` is uniform in [0, 1). */
export function createBackoff(random: () => number): Backoff {
  let failures = 0;
  return {
    next() {
      const bound = Math.min(MOST_MS, FIRST_MS * 2 ** failures);
      failures = Math.min(failures + 1, 16);
      return random() * bound;
    },
    reset() {
      failures = 0;
    },
  };
}
