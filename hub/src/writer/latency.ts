/**
 * A histogram of durations with a relative error of 1.6 % (64 buckets of equal width per power of two), forgetting by halves: two
 * generations are kept, the older one is dropped when the newer has lasted a period.
 */
export interface LatencyHistogram {
  /** Counts the time from each of these moments to `untilMs`, all in ms of one clock; what lies after it (clocks disagree) counts as 0. */
  observeSince(fromMs: Float64Array, untilMs: number): void;
  /** The smallest duration that at least `share` (0 to 1) of the observations do not exceed; null before the first. */
  quantile(share: number): number | null;
}

/** Bits of a float's mantissa that tell a bucket. */
const BUCKET_BITS = 6;
/** What is left of a 32-bit float's mantissa. */
const REST_BITS = 23 - BUCKET_BITS;
/** From 1 ms up, powers of two. */
const OCTAVES = 40;
const BUCKETS = OCTAVES << BUCKET_BITS;

/** A float and its bits: sign, exponent, mantissa. Its first bits count buckets, with no logarithm to take. */
const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

const leadingBits = (ms: number): number => {
  float[0] = ms;
  return (bits[0] ?? 0) >>> REST_BITS;
};

const FIRST = leadingBits(1);

const bucketOf = (ms: number): number => Math.min(BUCKETS - 1, leadingBits(Math.max(1, ms)) - FIRST);

/** Where the next bucket starts. */
function endOf(bucket: number): number {
  bits[0] = (FIRST + bucket + 1) << REST_BITS;
  return float[0] ?? 0;
}

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
        const bucket = bucketOf(untilMs - ms);
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
        if (seen >= share * total) return endOf(bucket);
      }
      return null;
    },
  };
}

function sum(counts: Uint32Array): number {
  return counts.reduce((total, count) => total + count, 0);
}
