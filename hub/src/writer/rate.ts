/** Amounts per second over a sliding window, in steps of a second. */
export interface Rate {
  add(amount: number): void;
  perSecond(): number;
}

/** `monotonicMs` is a stopwatch: a step of the wall clock must not show as a burst or a silence. */
export function createRate(windowMs: number, monotonicMs: () => number): Rate {
  const seconds = new Map<number, number>();
  const trim = (): void => {
    const oldest = Math.floor((monotonicMs() - windowMs) / 1000);
    for (const second of seconds.keys()) if (second <= oldest) seconds.delete(second);
  };
  return {
    add(amount) {
      const second = Math.floor(monotonicMs() / 1000);
      seconds.set(second, (seconds.get(second) ?? 0) + amount);
      trim();
    },
    perSecond() {
      trim();
      let total = 0;
      for (const amount of seconds.values()) total += amount;
      return total / (windowMs / 1000);
    },
  };
}
