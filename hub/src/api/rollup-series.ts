/** The graph of one interface from the rollups, and from the raw tables what they do not hold yet. */
import { dueUntil } from '../rollup/marks.ts';
import { HOUR_MS } from '../rollup/tiers.ts';
import { newestRows } from './kept-buckets.ts';
import { readPortBuckets } from './port-buckets.ts';
import { columnsOf, createPortGraph } from './port-graph.ts';
import { BUCKET_MS, LOOKBACK_MS } from './queries/interface-traffic.ts';
import { pendingMarks, portKept, portTrafficSql } from './queries/port-traffic.ts';
import { literalSql } from './queries/query.ts';
import type { Reader } from './reader.ts';
import type { InterfaceSeries } from './schemas.ts';
import { gapsIn, type Marks, type SeriesRequest, seriesOf } from './series-parts.ts';
import { bucketStarts, chooseStep } from './steps.ts';

/** Ranges at least this long are shown in five minutes or more, ms. */
export const ROLLUP_RANGE_MS = 12 * HOUR_MS;

/** Most of a range that is read from the raw tables, ms: what came in late further back shows when its rollups are made. */
const TAIL_MAX_MS = 36 * HOUR_MS;

/** What one statement reads, buckets: a megabyte and some; more only where a range would take too many statements. */
const PIECE_BUCKETS = 12_000;
const PIECES_MAX = 16;

const TIER_MS = { '5m': BUCKET_MS, '1h': HOUR_MS } as const;

/** @throws StoreError */
export async function readRollupSeries(reader: Reader, request: SeriesRequest, signal: AbortSignal): Promise<InterfaceSeries> {
  const { database, site, router, interface: name, toMs, nowMs, intervalMs } = request;
  // Where five minutes have expired, hours tell what was.
  const tier = request.fromMs < (request.floors?.ms('rollup_5m') ?? 0) ? '1h' : '5m';
  const step_ms = chooseStep(toMs - request.fromMs, request.points, Math.max(TIER_MS[tier], intervalMs));
  const ts_ms = bucketStarts(request.fromMs, toMs, step_ms);
  const start_ms = ts_ms[0] ?? request.fromMs;
  const resolution = step_ms % HOUR_MS === 0 ? '1h' : '5m';
  const port = { site, router, interface: name };
  const readKept = (fromMs: number, untilMs: number) =>
    reader.columns(portKept[tier], { database, ...port, start_ms: fromMs, from_ms: untilMs }, signal);
  const pieceMs = Math.max(PIECE_BUCKETS * TIER_MS[tier], Math.ceil((toMs - start_ms) / PIECES_MAX / HOUR_MS) * HOUR_MS);
  const firstEndMs = Math.min(toMs, start_ms + pieceMs);
  const [marks, first] = await Promise.all([
    reader.rows(pendingMarks, { site, from_ms: start_ms - LOOKBACK_MS, to_ms: toMs }, signal),
    // Before it is known where the tail begins: what is read in vain is little.
    readKept(start_ms, firstEndMs),
  ]);
  const dirty = marks.map(({ bucket_ms }) => bucket_ms);
  const tailMs = tailStart(dirty, start_ms, toMs, nowMs);
  const from_ms = resolution === '1h' ? Math.max(start_ms, Math.floor(tailMs / HOUR_MS) * HOUR_MS) : tailMs;
  const graph = createPortGraph(step_ms);
  const { bucket_s } = first.columns;
  graph.add(
    first.columns,
    newestRows(first).filter((row) => (bucket_s[row] ?? 0) * 1000 < from_ms),
  );
  for (let ms = firstEndMs; ms < from_ms; ms += pieceMs) {
    const piece = await readKept(ms, Math.min(ms + pieceMs, from_ms));
    graph.add(piece.columns, newestRows(piece));
  }
  if (from_ms < toMs) {
    const tail = await readPortBuckets(reader, { ...port, from_ms, to_ms: toMs }, signal);
    graph.add(columnsOf(tail), tail.keys());
  }
  const reachMs = graph.reachMs();
  const marked = withinReach(graph.marks(), reachMs, start_ms, Math.min(toMs, nowMs));
  const params = { database, ...port, start_ms, from_ms, to_ms: toMs, step_ms };
  return {
    from_ms: start_ms,
    to_ms: toMs,
    step_ms,
    resolution,
    ...seriesOf(ts_ms, graph.steps()),
    gaps: gapsIn({ fromMs: start_ms, toMs, nowMs, reachMs }, marked),
    resets: graph.resets,
    summary: graph.summary(),
    sql: literalSql(portTrafficSql(resolution), params),
  };
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
