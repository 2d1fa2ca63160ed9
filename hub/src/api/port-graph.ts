/** What a graph of one port tells, out of its buckets. */
import type { PortBucket } from './queries/port-traffic.ts';
import type { InterfaceSeries } from './schemas.ts';
import type { Marks, seriesOf } from './series-parts.ts';

export interface PortGraph {
  /** Adds a bucket. They come in order of time. */
  add(bucket: PortBucket): void;
  /** The buckets joined to those of the graph. */
  steps(): Parameters<typeof seriesOf>[1];
  summary(): InterfaceSeries['summary'];
  /** Where samples begin and end (0: there are none), and gaps longer than the reach between them. */
  marks(): NonNullable<Marks>;
  /** Starts of buckets with resets, Unix ms. */
  readonly resets: number[];
  /** The longest of all, ms. */
  reachMs(): number;
}

/** A year of five minutes is added without being held: of each bucket its averages stay. */
export function createPortGraph(stepMs: number): PortGraph {
  const total = { rx: createWay(), tx: createWay() };
  const averages: Record<'rx' | 'tx', number[]> = { rx: [], tx: [] };
  const steps = new Map<number, Record<'rx' | 'tx', Way>>();
  const gaps: [number, number][] = [];
  const resets: number[] = [];
  let [first_ms, last_ms, reachMs] = [0, 0, 0];
  return {
    add(bucket) {
      const { bucket_ms, first_sample_ms, last_sample_ms, reach_ms } = bucket;
      const start = Math.floor(bucket_ms / stepMs) * stepMs;
      const step = steps.get(start) ?? { rx: createWay(), tx: createWay() };
      steps.set(start, step);
      for (const way of ['rx', 'tx'] as const) {
        addTo(total[way], bucket, way);
        addTo(step[way], bucket, way);
        if (bucket[`${way}_covered_ms`] > 0) averages[way].push(rateOf(bucket[`${way}_bytes`], bucket[`${way}_covered_ms`]));
      }
      if (first_ms === 0) first_ms = first_sample_ms;
      else if (first_sample_ms - last_ms > reach_ms) gaps.push([last_ms, first_sample_ms]);
      last_ms = last_sample_ms;
      reachMs = Math.max(reachMs, reach_ms);
      if (bucket.resets > 0) resets.push(bucket_ms);
    },
    steps: () =>
      Array.from(steps, ([ts_ms, { rx, tx }]) => ({
        ts_ms,
        rx_bps: averageOf(rx),
        tx_bps: averageOf(tx),
        rx_max_bps: rx.maxBps,
        tx_max_bps: tx.maxBps,
      })),
    summary: () => ({ rx: summaryOf(total.rx, averages.rx), tx: summaryOf(total.tx, averages.tx) }),
    marks: () => ({ first_ms, last_ms, gaps, resets: [] }),
    resets,
    reachMs: () => reachMs,
  };
}

/** One direction of some buckets; null where all of it is absent. */
interface Way {
  bytes: number | null;
  coveredMs: number;
  minBps: number | null;
  maxBps: number | null;
}

function createWay(): Way {
  return { bytes: null, coveredMs: 0, minBps: null, maxBps: null };
}

function addTo(sum: Way, bucket: PortBucket, way: 'rx' | 'tx'): void {
  const { [`${way}_bytes` as const]: bytes, [`${way}_min_bps` as const]: min, [`${way}_max_bps` as const]: max } = bucket;
  sum.coveredMs += bucket[`${way}_covered_ms`];
  if (bytes !== null) sum.bytes = (sum.bytes ?? 0) + bytes;
  if (min !== null) sum.minBps = Math.min(sum.minBps ?? min, min);
  if (max !== null) sum.maxBps = Math.max(sum.maxBps ?? max, max);
}

function averageOf({ bytes, coveredMs }: Way): number | null {
  return coveredMs === 0 ? null : rateOf(bytes, coveredMs);
}

function rateOf(bytes: number | null, coveredMs: number): number {
  return ((bytes ?? 0) * 8000) / coveredMs;
}

function summaryOf(total: Way, averages: readonly number[]): InterfaceSeries['summary']['rx'] {
  // The nearest rank: at least 95 % of the averages are not higher.
  const ranked = Float64Array.from(averages).sort();
  return {
    min_bps: total.minBps,
    avg_bps: averageOf(total),
    max_bps: total.maxBps,
    last_bps: averages.at(-1) ?? null,
    p95_bps: ranked[Math.ceil((ranked.length * 95) / 100) - 1] ?? null,
    total_bytes: total.bytes,
  };
}
