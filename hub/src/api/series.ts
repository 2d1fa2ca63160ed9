/** The graph of one interface: buckets, gaps, resets and figures over a range. */
import type { z } from 'zod';
import { REACH_INTERVALS } from './interfaces.ts';
import { interfaceMarks } from './queries/interface-marks.ts';
import { interfaceSeries } from './queries/interface-series.ts';
import { interfaceTotals } from './queries/interface-totals.ts';
import { literalSql } from './queries/query.ts';
import { routerCadence } from './queries/router-cadence.ts';
import type { Reader } from './reader.ts';
import { ROLLUP_RANGE_MS, readRollupSeries } from './rollup-series.ts';
import type { InterfaceSeries } from './schemas.ts';
import { gapsIn, type Marks, type SeriesRequest, seriesOf, seriesSummary } from './series-parts.ts';
import { FUTURE_MAX_MS } from './state.ts';
import { bucketStarts, chooseStep } from './steps.ts';

/** Long ranges, and those whose samples have expired, come from rollups, others from the samples themselves. @throws StoreError */
export async function readSeries(reader: Reader, request: SeriesRequest, signal: AbortSignal): Promise<InterfaceSeries> {
  if (request.toMs - request.fromMs >= ROLLUP_RANGE_MS || request.fromMs < (request.floors?.ms('raw') ?? 0))
    return await readRollupSeries(reader, request, signal);
  const { database, site, router, interface: name, nowMs } = request;
  const cadence = await reader.rows(
    routerCadence,
    { site, router, from_ms: request.fromMs, to_ms: Math.min(request.toMs, nowMs + FUTURE_MAX_MS) },
    signal,
  );
  const sampleMs = sampleIntervalMs(cadence) ?? request.intervalMs;
  const step_ms = chooseStep(request.toMs - request.fromMs, request.points, sampleMs);
  const ts_ms = bucketStarts(request.fromMs, request.toMs, step_ms);
  const from_ms = ts_ms[0] ?? request.fromMs;
  const reach_ms = Math.round(REACH_INTERVALS * sampleMs);
  const until_ms = Math.min(request.toMs + reach_ms, nowMs + FUTURE_MAX_MS) + 1;
  const range = { database, site, router, interface: name, from_ms, to_ms: request.toMs, reach_ms, until_ms };
  const [buckets, totals, marks] = await Promise.all([
    reader.rows(interfaceSeries, { ...range, step_ms }, signal),
    reader.rows(interfaceTotals, range, signal),
    reader.rows(interfaceMarks, range, signal),
  ]);
  return {
    from_ms,
    to_ms: request.toMs,
    step_ms,
    resolution: 'samples',
    ...seriesOf(ts_ms, buckets),
    gaps: gapsIn({ fromMs: from_ms, toMs: request.toMs, nowMs, reachMs: reach_ms }, marks[0]),
    resets: resetsIn(reach_ms, marks[0]),
    summary: { rx: seriesSummary(totals[0]?.rx), tx: seriesSummary(totals[0]?.tx) },
    sql: literalSql(interfaceSeries.sql, { ...range, step_ms }),
  };
}

/** How often interfaces were read: the longest of the agents' intervals, times the visits per reading. Undefined without polls. */
export function sampleIntervalMs(agents: readonly z.output<(typeof routerCadence)['row']>[]): number | undefined {
  if (agents.length === 0) return undefined;
  return Math.max(
    ...agents.map((agent) => {
      const visits = agent.with_interfaces > 0 ? Math.max(1, Math.round(agent.answered / agent.with_interfaces)) : 1;
      return agent.interval_ms * visits;
    }),
  );
}

/** Resets, each once: a second agent sees the same one within a reach of the first. */
function resetsIn(reachMs: number, marks: Marks): number[] {
  const kept: (readonly [number, string])[] = [];
  for (const reset of marks?.resets ?? []) {
    const seen = kept.some(([ms, agent]) => agent !== reset[1] && reset[0] - ms <= reachMs);
    if (!seen) kept.push(reset);
  }
  return kept.map(([ms]) => ms);
}
