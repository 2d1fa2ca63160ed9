/** The graph of one interface over a long range: from the rollups, and from the raw tables what they do not hold yet. */
import { dueUntil } from '../rollup/marks.ts';
import { HOUR_MS } from '../rollup/tiers.ts';
import { BUCKET_MS, LOOKBACK_MS } from './queries/interface-traffic.ts';
import { pendingMarks, portFigures, portTraffic } from './queries/port-traffic.ts';
import { literalSql } from './queries/query.ts';
import type { Reader } from './reader.ts';
import type { InterfaceSeries } from './schemas.ts';
import { gapsIn, type SeriesRequest, seriesOf, seriesSummary } from './series-parts.ts';
import { bucketStarts, chooseStep } from './steps.ts';

/** Ranges at least this long are shown in five minutes or more, ms. */
export const ROLLUP_RANGE_MS = 12 * HOUR_MS;

/** Most of a range that is read from the raw tables, ms: what came in late further back shows when its rollups are made. */
const TAIL_MAX_MS = 36 * HOUR_MS;

/** @throws StoreError */
export async function readRollupSeries(reader: Reader, request: SeriesRequest, signal: AbortSignal): Promise<InterfaceSeries> {
  const { database, site, router, interface: name, toMs, nowMs, intervalMs } = request;
  const step_ms = chooseStep(toMs - request.fromMs, request.points, Math.max(BUCKET_MS, intervalMs));
  const ts_ms = bucketStarts(request.fromMs, toMs, step_ms);
  const start_ms = ts_ms[0] ?? request.fromMs;
  const resolution = step_ms % HOUR_MS === 0 ? '1h' : '5m';
  const marks = await reader.rows(pendingMarks, { site, from_ms: start_ms - LOOKBACK_MS, to_ms: toMs }, signal);
  const tailMs = tailStart(
    marks.map(({ bucket_ms }) => bucket_ms),
    start_ms,
    toMs,
    nowMs,
  );
  const port = { database, site, router, interface: name, start_ms, to_ms: toMs };
  const params = { ...port, step_ms, from_ms: resolution === '1h' ? Math.floor(tailMs / HOUR_MS) * HOUR_MS : tailMs };
  const [buckets, [figures]] = await Promise.all([
    reader.rows(portTraffic[resolution], params, signal),
    reader.rows(portFigures, { ...port, from_ms: tailMs }, signal),
  ]);
  const reachMs = figures?.reach ?? 0;
  return {
    from_ms: start_ms,
    to_ms: toMs,
    step_ms,
    resolution,
    ...seriesOf(ts_ms, buckets),
    gaps: gapsIn({ fromMs: start_ms, toMs, nowMs, reachMs }, withinReach(figures, start_ms, Math.min(toMs, nowMs))),
    resets: figures?.resets.map(([ms]) => Math.max(ms, start_ms)) ?? [],
    summary: { rx: seriesSummary(figures?.rx), tx: seriesSummary(figures?.tx) },
    sql: literalSql(portTraffic[resolution].sql, params),
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
function withinReach<Figures extends { readonly first_ms: number; readonly last_ms: number; readonly reach: number }>(
  figures: Figures | undefined,
  fromMs: number,
  untilMs: number,
): Figures | undefined {
  if (figures === undefined) return undefined;
  const { first_ms, last_ms, reach } = figures;
  return {
    ...figures,
    first_ms: first_ms > 0 && first_ms - fromMs <= reach ? fromMs : first_ms,
    last_ms: untilMs - last_ms <= reach ? untilMs + reach : last_ms,
  };
}
