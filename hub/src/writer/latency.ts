/**
 * A histogram of durations with a relative error of about 3 % (32 buckets per power of two), forgetting by halves: two
 * generations are kept, the older one is dropped when the newer has lasted a period.
 */
export interface LatencyHistogram {
  /** Counts the time from each of these moments to `untilMs`, all in ms of one clock; what lies after it (clocks disagree) counts as 0. */
  observeSince(fromMs: Float64Array, untilMs: number): void;
  /** The smallest duration that at least `share` (0 to 1) of the observations do not exceed; null before the first. */
  quantile(share: number): number | null;
}

const PER_OCTAVE = 32;
const BUCKETS = 40 * PER_OCTAVE;

export function createLatencyHistogram(
  config: { readonly periodMs: number },
  deps: { readonly nowMs: () => number },
): LatencyHistogram {
  let current = new Uint32Array(BUCKETS);
  let previous = new Uint32Array(BUCKETS);
  let since = deps.nowMs();

  function rotate(): void {
    const now = deps.nowMs();
    if (now - since < config.periodMs) return;
    previous = now - since < 2 * config.periodMs ? current : new Uint32Array(BUCKETS);
    current = new Uint32Array(BUCKETS);
    since = now;
  }

  return {
    observeSince(fromMs, untilMs) {
      rotate();
      for (const ms of fromMs) {
        const bucket = Math.min(BUCKETS - 1, Math.ceil(Math.log2(Math.max(1, untilMs - ms)) * PER_OCTAVE));
        current[bucket] = (current[bucket] ?? 0) + 1;
      }
    },
    quantile(share) {
      rotate();
      const total = sum(current) + sum(previous);
      if (total === 0) return null;
      let seen = 0;
      for (let bucket = 0; bucket < BUCKETS; bucket++) {
        seen += (current[bucket] ?? 0) + (previous[bucket] ?? 0);
        if (seen >= share * total) return 2 ** (bucket / PER_OCTAVE);
      }
      return null;
    },
  };
}

function sum(counts: Uint32Array): number {
  return counts.reduce((total, count) => total + count, 0);
}
