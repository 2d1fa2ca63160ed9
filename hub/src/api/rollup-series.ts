/** The graph of one interface from the rollups, and from the raw tables what they do not hold yet. */
import type { z } from 'zod';
import { dueUntil } from '../rollup/marks.ts';
import { HOUR_MS } from '../rollup/tiers.ts';
import { readPortBuckets, type SampledBucket } from './port-buckets.ts';
import { BUCKET_MS, LOOKBACK_MS } from './queries/interface-traffic.ts';
import {
  type PortBucket,
  pendingMarks,
  portBucketsKept,
  portHistory,
  portRollup,
  portTrafficSql,
} from './queries/port-traffic.ts';
import { literalSql } from './queries/query.ts';
import type { Reader } from './reader.ts';
import type { InterfaceSeries } from './schemas.ts';
import { gapsIn, type Marks, type SeriesRequest, seriesOf } from './series-parts.ts';
import { bucketStarts, chooseStep } from './steps.ts';

/** Ranges at least this long are shown in five minutes or more, ms. */
export const ROLLUP_RANGE_MS = 12 * HOUR_MS;

/** Most of a range that is read from the raw tables, ms: what came in late further back shows when its rollups are made. */
const TAIL_MAX_MS = 36 * HOUR_MS;

/** Longest range of which every bucket is read as it is, ms: some hundred kilobytes. */
const WHOLE_MAX_MS = 72 * HOUR_MS;

/** @throws StoreError */
export async function readRollupSeries(reader: Reader, request: SeriesRequest, signal: AbortSignal): Promise<InterfaceSeries> {
  const { database, site, router, interface: name, toMs, nowMs, intervalMs } = request;
  // Where five minutes have expired, hours tell what was.
  const leastMs = request.fromMs < (request.floors?.ms('rollup_5m') ?? 0) ? HOUR_MS : BUCKET_MS;
  const step_ms = chooseStep(toMs - request.fromMs, request.points, Math.max(leastMs, intervalMs));
  const ts_ms = bucketStarts(request.fromMs, toMs, step_ms);
  const start_ms = ts_ms[0] ?? request.fromMs;
  const resolution = step_ms % HOUR_MS === 0 ? '1h' : '5m';
  const askMarks = reader.rows(pendingMarks, { site, from_ms: start_ms - LOOKBACK_MS, to_ms: toMs }, signal);
  const startOfTail = async (): Promise<number> => {
    const dirty = (await askMarks).map(({ bucket_ms }) => bucket_ms);
    const tailMs = tailStart(dirty, start_ms, toMs, nowMs);
    return resolution === '1h' ? Math.max(start_ms, Math.floor(tailMs / HOUR_MS) * HOUR_MS) : tailMs;
  };
  const port = { site, router, interface: name };
  const tailFrom = (from_ms: number): Promise<SampledBucket[]> =>
    from_ms < toMs ? readPortBuckets(reader, { ...port, from_ms, to_ms: toMs }, signal) : Promise.resolve([]);
  let from_ms: number;
  let kept: readonly PortBucket[];
  let history: History;
  let tail: readonly SampledBucket[];
  if (resolution === '5m' && toMs - start_ms <= WHOLE_MAX_MS) {
    // Few enough to be read while it is asked where they end.
    const whole = reader.rows(portBucketsKept, { database, ...port, start_ms, from_ms: toMs }, signal);
    // Whoever fails first is told of below.
    whole.catch(() => undefined);
    from_ms = await startOfTail();
    tail = await tailFrom(from_ms);
    const before = (await whole).filter(({ bucket_ms }) => bucket_ms < from_ms);
    kept = before;
    history = historyOf(before);
  } else {
    from_ms = await startOfTail();
    const params = { database, ...port, start_ms, from_ms, to_ms: toMs, step_ms };
    [kept, [history], tail] = await Promise.all([
      reader.rows(portRollup[resolution], params, signal),
      reader.rows(portHistory[leastMs === HOUR_MS ? '1h' : '5m'], params, signal),
      tailFrom(from_ms),
    ]);
  }
  const params = { database, ...port, start_ms, from_ms, to_ms: toMs, step_ms };
  const buckets = [...kept, ...tail];
  const averages = (way: 'rx' | 'tx'): number[] => [
    ...(history?.[way] ?? []),
    ...tail.flatMap((bucket) => averageOf([bucket], way) ?? []),
  ];
  const reachMs = Math.max(history?.reach ?? 0, ...tail.map(({ reach_ms }) => reach_ms));
  const marked = withinReach(joinMarks(history, tail), reachMs, start_ms, Math.min(toMs, nowMs));
  return {
    from_ms: start_ms,
    to_ms: toMs,
    step_ms,
    resolution,
    ...seriesOf(ts_ms, joinBuckets(buckets, step_ms)),
    gaps: gapsIn({ fromMs: start_ms, toMs, nowMs, reachMs }, marked),
    resets: [...(history?.resets ?? []), ...tail.flatMap(({ bucket_ms, resets }) => (resets > 0 ? bucket_ms : []))],
    summary: { rx: figuresOf(buckets, averages('rx'), 'rx'), tx: figuresOf(buckets, averages('tx'), 'tx') },
    sql: literalSql(portTrafficSql(resolution), params),
  };
}

type History = z.output<(typeof portHistory)['5m']['row']> | undefined;

/** The same of whole buckets as portHistory tells. */
function historyOf(buckets: readonly SampledBucket[]): History {
  const [first] = buckets;
  if (first === undefined) return undefined;
  const averages = (way: 'rx' | 'tx'): number[] => buckets.flatMap((bucket) => averageOf([bucket], way) ?? []);
  const gaps: [number, number][] = [];
  for (const [index, { first_sample_ms, reach_ms }] of buckets.entries()) {
    const before = buckets[index - 1]?.last_sample_ms ?? 0;
    if (before > 0 && first_sample_ms - before > reach_ms) gaps.push([before, first_sample_ms]);
  }
  return {
    rx: averages('rx'),
    tx: averages('tx'),
    first_ms: Math.min(...buckets.map(({ first_sample_ms }) => first_sample_ms)),
    last_ms: Math.max(...buckets.map(({ last_sample_ms }) => last_sample_ms)),
    reach: Math.max(...buckets.map(({ reach_ms }) => reach_ms)),
    gaps,
    resets: buckets.flatMap(({ bucket_ms, resets }) => (resets > 0 ? [bucket_ms] : [])),
  };
}

/** Buckets of five minutes or more as those of a graph. */
function joinBuckets(buckets: readonly PortBucket[], stepMs: number): Parameters<typeof seriesOf>[1] {
  return [...Map.groupBy(buckets, ({ bucket_ms }) => Math.floor(bucket_ms / stepMs) * stepMs)].map(([ts_ms, parts]) => ({
    ts_ms,
    rx_bps: averageOf(parts, 'rx'),
    tx_bps: averageOf(parts, 'tx'),
    rx_max_bps: extremeOf(parts, 'rx_max_bps', Math.max),
    tx_max_bps: extremeOf(parts, 'tx_max_bps', Math.max),
  }));
}

function averageOf(buckets: readonly PortBucket[], way: 'rx' | 'tx'): number | null {
  const coveredMs = buckets.reduce((sum, bucket) => sum + bucket[`${way}_covered_ms`], 0);
  return coveredMs === 0 ? null : ((totalOf(buckets, way) ?? 0) * 8000) / coveredMs;
}

/** null when all of it is absent. */
function totalOf(buckets: readonly PortBucket[], way: 'rx' | 'tx'): number | null {
  return buckets.reduce<number | null>((sum, bucket) => {
    const bytes = bucket[`${way}_bytes`];
    return bytes === null ? sum : (sum ?? 0) + bytes;
  }, null);
}

function extremeOf(
  buckets: readonly PortBucket[],
  column: 'rx_min_bps' | 'rx_max_bps' | 'tx_min_bps' | 'tx_max_bps',
  choose: (...values: number[]) => number,
): number | null {
  const rates = buckets.map((bucket) => bucket[column]).filter((bps) => bps !== null);
  return rates.length === 0 ? null : choose(...rates);
}

function figuresOf(
  buckets: readonly PortBucket[],
  averages: readonly number[],
  way: 'rx' | 'tx',
): InterfaceSeries['summary']['rx'] {
  // The nearest rank: at least 95 % of the averages are not higher.
  const ranked = averages.toSorted((a, b) => a - b);
  return {
    min_bps: extremeOf(buckets, `${way}_min_bps`, Math.min),
    avg_bps: averageOf(buckets, way),
    max_bps: extremeOf(buckets, `${way}_max_bps`, Math.max),
    last_bps: averages.at(-1) ?? null,
    p95_bps: ranked[Math.ceil((ranked.length * 95) / 100) - 1] ?? null,
    total_bytes: totalOf(buckets, way),
  };
}

/** Where samples begin and end, and the gaps between: of what is kept, of the rest, and from the one to the other. */
function joinMarks(history: Omit<NonNullable<Marks>, 'resets'> | undefined, tail: readonly SampledBucket[]): NonNullable<Marks> {
  let { first_ms, last_ms } = history ?? { first_ms: 0, last_ms: 0 };
  const gaps = [...(history?.gaps ?? [])];
  for (const { first_sample_ms, last_sample_ms, reach_ms } of tail) {
    if (first_ms === 0) first_ms = first_sample_ms;
    else if (first_sample_ms - last_ms > reach_ms) gaps.push([last_ms, first_sample_ms]);
    last_ms = last_sample_ms;
  }
  return { first_ms, last_ms, gaps, resets: [] };
}

/** Start of what is read from the raw tables: the first bucket that marks make dirty, that is not over, or that the range cuts. */
export function tailStart(marks: readonly number[], fromMs: number, toMs: number, nowMs: number): number {
  const whole = Math.floor(toMs / BUCKET_MS) * BUCKET_MS;
  const earliest = Math.max(fromMs, whole - TAIL_MAX_MS);
  // A mark before reaches into the range with what looks back on it.
  const dirty = marks.filter((ms) => ms + LOOKBACK_MS >= earliest).map((ms) => Math.max(ms, earliest));
  return Math.max(fromMs, Math.min(whole, dueUntil(nowMs), ...dirty));
}

/** The first and last samples as if they lay on the ends of the range when they are within a reach of these. */
function withinReach(marks: NonNullable<Marks>, reachMs: number, fromMs: number, untilMs: number): NonNullable<Marks> {
  const { first_ms, last_ms } = marks;
  return {
    ...marks,
    first_ms: first_ms > 0 && first_ms - fromMs <= reachMs ? fromMs : first_ms,
    last_ms: untilMs - last_ms <= reachMs ? untilMs + reachMs : last_ms,
  };
}
