/** What a graph of one port tells, out of its buckets. */
import type { FIGURES, PortBucket } from './queries/port-traffic.ts';
import type { InterfaceSeries } from './schemas.ts';
import type { Marks, seriesOf } from './series-parts.ts';

export interface PortGraph {
  /** Adds buckets: those rows of the columns. They come in order of time. */
  add(columns: PortColumns, rows: Iterable<number>): void;
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

/** Buckets as columns: thousands of objects would take longer to make than to add. NaN where PortBucket has null. */
export type PortColumns = Readonly<Record<'bucket_s' | (typeof FIGURES)[number], Float64Array>>;

export function columnsOf(buckets: readonly PortBucket[]): PortColumns {
  const column = (figure: keyof PortBucket): Float64Array => Float64Array.from(buckets, (bucket) => bucket[figure] ?? Number.NaN);
  return {
    bucket_s: column('bucket_ms').map((ms) => ms / 1000),
    rx_bytes: column('rx_bytes'),
    tx_bytes: column('tx_bytes'),
    rx_covered_ms: column('rx_covered_ms'),
    tx_covered_ms: column('tx_covered_ms'),
    rx_min_bps: column('rx_min_bps'),
    rx_max_bps: column('rx_max_bps'),
    tx_min_bps: column('tx_min_bps'),
    tx_max_bps: column('tx_max_bps'),
    resets: column('resets'),
    first_sample_ms: column('first_sample_ms'),
    last_sample_ms: column('last_sample_ms'),
    reach_ms: column('reach_ms'),
  };
}

/** A year of five minutes is added without being held: of each bucket its averages stay. */
export function createPortGraph(stepMs: number): PortGraph {
  const total = createStep();
  const averages = { rx: [] as number[], tx: [] as number[] };
  const steps = new Map<number, Step>();
  const gaps: [number, number][] = [];
  const resets: number[] = [];
  let [first_ms, last_ms, reachMs] = [0, 0, 0];

  function stepOf(bucketMs: number): Step {
    const start = Math.floor(bucketMs / stepMs) * stepMs;
    const known = steps.get(start);
    if (known !== undefined) return known;
    const step = createStep();
    steps.set(start, step);
    return step;
  }

  function addBucket(columns: PortColumns, row: number): void {
    const bucketMs = at(columns.bucket_s, row) * 1000;
    const [rxCoveredMs, txCoveredMs] = [at(columns.rx_covered_ms, row), at(columns.tx_covered_ms, row)];
    const [firstMs, reach] = [at(columns.first_sample_ms, row), at(columns.reach_ms, row)];
    for (const { rx, tx } of [total, stepOf(bucketMs)]) {
      addTo(rx, at(columns.rx_bytes, row), rxCoveredMs, at(columns.rx_min_bps, row), at(columns.rx_max_bps, row));
      addTo(tx, at(columns.tx_bytes, row), txCoveredMs, at(columns.tx_min_bps, row), at(columns.tx_max_bps, row));
    }
    if (rxCoveredMs > 0) averages.rx.push((at(columns.rx_bytes, row) * 8000) / rxCoveredMs);
    if (txCoveredMs > 0) averages.tx.push((at(columns.tx_bytes, row) * 8000) / txCoveredMs);
    if (first_ms === 0) first_ms = firstMs;
    else if (firstMs - last_ms > reach) gaps.push([last_ms, firstMs]);
    last_ms = at(columns.last_sample_ms, row);
    reachMs = Math.max(reachMs, reach);
    if (at(columns.resets, row) > 0) resets.push(bucketMs);
  }

  return {
    add(columns, rows) {
      for (const row of rows) addBucket(columns, row);
    },
    steps: () =>
      Array.from(steps, ([ts_ms, { rx, tx }]) => ({
        ts_ms,
        rx_bps: averageOf(rx),
        tx_bps: averageOf(tx),
        rx_max_bps: orNull(rx.maxBps),
        tx_max_bps: orNull(tx.maxBps),
      })),
    summary: () => ({ rx: summaryOf(total.rx, averages.rx), tx: summaryOf(total.tx, averages.tx) }),
    marks: () => ({ first_ms, last_ms, gaps, resets: [] }),
    resets,
    reachMs: () => reachMs,
  };
}

function at(column: Float64Array, row: number): number {
  return column[row] ?? Number.NaN;
}

/** One direction of some buckets; NaN where all of it is absent. */
interface Way {
  bytes: number;
  coveredMs: number;
  minBps: number;
  maxBps: number;
}

interface Step {
  readonly rx: Way;
  readonly tx: Way;
}

function createStep(): Step {
  const nothing = { bytes: Number.NaN, coveredMs: 0, minBps: Number.NaN, maxBps: Number.NaN };
  return { rx: nothing, tx: { ...nothing } };
}

function addTo(sum: Way, bytes: number, coveredMs: number, minBps: number, maxBps: number): void {
  sum.coveredMs += coveredMs;
  if (!Number.isNaN(bytes)) sum.bytes = Number.isNaN(sum.bytes) ? bytes : sum.bytes + bytes;
  // No comparison with NaN holds.
  if (!(sum.minBps <= minBps) && !Number.isNaN(minBps)) sum.minBps = minBps;
  if (!(sum.maxBps >= maxBps) && !Number.isNaN(maxBps)) sum.maxBps = maxBps;
}

function averageOf({ bytes, coveredMs }: Way): number | null {
  return coveredMs === 0 ? null : (bytes * 8000) / coveredMs;
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}

function summaryOf(total: Way, averages: readonly number[]): InterfaceSeries['summary']['rx'] {
  // The nearest rank: at least 95 % of the averages are not higher.
  const ranked = Float64Array.from(averages).sort();
  return {
    min_bps: orNull(total.minBps),
    avg_bps: averageOf(total),
    max_bps: orNull(total.maxBps),
    last_bps: averages.at(-1) ?? null,
    p95_bps: ranked[Math.ceil((ranked.length * 95) / 100) - 1] ?? null,
    total_bytes: orNull(total.bytes),
  };
}
