/** The graph of one interface: buckets, gaps, resets and figures over a range. */
import type { z } from 'zod';
import { REACH_INTERVALS } from './interfaces.ts';
import { interfaceMarks } from './queries/interface-marks.ts';
import { interfaceSeries } from './queries/interface-series.ts';
import { interfaceTotals } from './queries/interface-totals.ts';
import { literalSql } from './queries/query.ts';
import { routerCadence } from './queries/router-cadence.ts';
import type { Reader } from './reader.ts';
import type { InterfaceSeries, SeriesSummary } from './schemas.ts';
import { FUTURE_MAX_MS } from './state.ts';
import { bucketStarts, chooseStep } from './steps.ts';

export interface SeriesRequest {
  readonly database: string;
  readonly site: string;
  readonly router: string;
  readonly interface: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** Most buckets. */
  readonly points: number;
  /** The hub's clock, Unix ms: nothing is missing after it. */
  readonly nowMs: number;
  /** Interval assumed where the range holds no polls, ms. */
  readonly intervalMs: number;
}

/** @throws StoreError */
export async function readSeries(reader: Reader, request: SeriesRequest, signal: AbortSignal): Promise<InterfaceSeries> {
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
  const byStart = new Map(buckets.map((bucket) => [bucket.ts_ms, bucket]));
  const column = (field: 'rx_bps' | 'tx_bps' | 'rx_max_bps' | 'tx_max_bps') =>
    ts_ms.map((ms) => byStart.get(ms)?.[field] ?? null);
  return {
    from_ms,
    to_ms: request.toMs,
    step_ms,
    ts_ms,
    rx_bps: column('rx_bps'),
    tx_bps: column('tx_bps'),
    rx_max_bps: column('rx_max_bps'),
    tx_max_bps: column('tx_max_bps'),
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

type Marks = z.output<(typeof interfaceMarks)['row']> | undefined;

interface GapRange {
  readonly fromMs: number;
  readonly toMs: number;
  readonly nowMs: number;
  readonly reachMs: number;
}

/** Gaps between samples, cut to the range, and at both of its ends. Takes the marks of the samples up to a reach beyond the range. */
export function gapsIn({ fromMs, nowMs, reachMs, ...range }: GapRange, marks: Marks): InterfaceSeries['gaps'] {
  const toMs = Math.min(range.toMs, nowMs);
  if (toMs <= fromMs) return [];
  if (marks === undefined || marks.first_ms === 0) return [{ from_ms: fromMs, to_ms: toMs }];
  const gaps = marks.gaps.map(([from, to]) => ({ from_ms: Math.max(fromMs, from), to_ms: Math.min(toMs, to) }));
  // Samples are read from a reach before the range: a first one inside it had none within a reach.
  if (marks.first_ms > fromMs) gaps.unshift({ from_ms: fromMs, to_ms: Math.min(toMs, marks.first_ms) });
  if (Math.min(range.toMs + reachMs, nowMs) - marks.last_ms > reachMs)
    gaps.push({ from_ms: Math.max(fromMs, marks.last_ms), to_ms: toMs });
  return gaps.filter((gap) => gap.to_ms > gap.from_ms);
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

function seriesSummary(figures: z.output<(typeof interfaceTotals)['row']>['rx'] | undefined): SeriesSummary {
  const [min, avg, max, last, p95, total] = figures ?? [];
  return {
    min_bps: min ?? null,
    avg_bps: avg ?? null,
    max_bps: max ?? null,
    last_bps: last ?? null,
    p95_bps: p95 ?? null,
    total_bytes: total ?? null,
  };
}
