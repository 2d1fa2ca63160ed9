/** What graphs from samples and from rollups have in common. */
import type { z } from 'zod';
import type { RetentionFloors } from '../retention/floors.ts';
import type { interfaceMarks } from './queries/interface-marks.ts';
import type { interfaceSeries } from './queries/interface-series.ts';
import type { interfaceTotals } from './queries/interface-totals.ts';
import type { InterfaceSeries, SeriesSummary } from './schemas.ts';

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
  /** Nothing expires without them. */
  readonly floors?: RetentionFloors | undefined;
}

/** The columns of a graph, one entry per bucket. */
export function seriesOf(
  ts_ms: number[],
  buckets: readonly z.output<(typeof interfaceSeries)['row']>[],
): Pick<InterfaceSeries, 'ts_ms' | 'rx_bps' | 'tx_bps' | 'rx_max_bps' | 'tx_max_bps'> {
  const byStart = new Map(buckets.map((bucket) => [bucket.ts_ms, bucket]));
  const column = (field: 'rx_bps' | 'tx_bps' | 'rx_max_bps' | 'tx_max_bps') =>
    ts_ms.map((ms) => byStart.get(ms)?.[field] ?? null);
  return {
    ts_ms,
    rx_bps: column('rx_bps'),
    tx_bps: column('tx_bps'),
    rx_max_bps: column('rx_max_bps'),
    tx_max_bps: column('tx_max_bps'),
  };
}

export type Marks = Pick<z.output<(typeof interfaceMarks)['row']>, 'first_ms' | 'last_ms' | 'gaps' | 'resets'> | undefined;

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

/** Figures of one direction: min, average, max, last, 95th percentile, total. */
export function seriesSummary(figures: z.output<(typeof interfaceTotals)['row']>['rx'] | undefined): SeriesSummary {
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
