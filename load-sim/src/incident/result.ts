/** What `sim incident` prints with --json: the keys of `npm start` over all runs, and each run. */
import type { StackFlags } from '../stack/flags.ts';
import type { StackResult, TimedResult } from '../stack/result.ts';
import type { LimitKind } from './memory-limit.ts';

export interface IncidentRun extends TimedResult {
  readonly rows_per_s: number;
}

/** Counts and bytes are sums over the runs; times, resident sets and CPU are those of the worst; `interval_ms` is the shortest. */
export interface IncidentResult extends StackResult {
  readonly memory_limit_mb: number;
  /** What enforced it on the hub's process. */
  readonly memory_limit_by: LimitKind;
  readonly runs: readonly IncidentRun[];
  /** One line per limit that was broken, and per process that ended by itself. */
  readonly broken: readonly string[];
  /** Nothing was broken. */
  readonly right: boolean;
}

export function incidentRun(result: TimedResult): IncidentRun {
  return { ...result, rows_per_s: Math.round(result.rows_stored / Math.max(1, result.for_s)) };
}

/** The keys of `npm start` for the runs together that were planned so; `runs` are those that came to their end. */
export function overall(planned: readonly StackFlags[], runs: readonly IncidentRun[]): StackResult {
  const sum = (of: (run: IncidentRun) => number): number => runs.reduce((total, run) => total + of(run), 0);
  const sumKnown = (of: (run: IncidentRun) => number | null): number | null =>
    runs.every((run) => of(run) === null) ? null : sum((run) => of(run) ?? 0);
  const ofKnown = (of: (run: IncidentRun) => number | null, pick: (...values: number[]) => number): number | null => {
    const known = runs.map(of).filter((value) => value !== null);
    return known.length === 0 ? null : pick(...known);
  };
  const worst = (of: (run: IncidentRun) => number | null): number | null => ofKnown(of, Math.max);
  return {
    routers: Math.max(...planned.map(({ routers }) => routers)),
    sites: Math.max(...planned.map(({ sites }) => sites)),
    interval_ms: Math.min(...planned.map(({ intervalMs }) => intervalMs)),
    for_s: sum((run) => run.for_s),
    polls: sum((run) => run.polls),
    polls_failed: sum((run) => run.polls_failed),
    polls_overrun: sum((run) => run.polls_overrun),
    rows_stored: sum((run) => run.rows_stored),
    rows_expected: sum((run) => run.rows_expected),
    missing: sum((run) => run.missing),
    duplicates: sum((run) => run.duplicates),
    wrong: sum((run) => run.wrong),
    wrong_outcomes: sumKnown((run) => run.wrong_outcomes),
    missed_polls: sumKnown((run) => run.missed_polls),
    recoveries: sumKnown((run) => run.recoveries),
    slow_recoveries: sumKnown((run) => run.slow_recoveries),
    fault_polls: faultsOf(runs),
    held_up_ms: sumKnown((run) => run.held_up_ms),
    judged_pct: ofKnown((run) => run.judged_pct, Math.min),
    p50_poll_to_stored_ms: worst((run) => run.p50_poll_to_stored_ms),
    p99_poll_to_stored_ms: worst((run) => run.p99_poll_to_stored_ms),
    agent_rss_mb: worst((run) => run.agent_rss_mb),
    hub_rss_mb: worst((run) => run.hub_rss_mb),
    engine_rss_mb: worst((run) => run.engine_rss_mb),
    sim_rss_mb: worst((run) => run.sim_rss_mb),
    agent_cpu_pct: worst((run) => run.agent_cpu_pct),
    hub_cpu_pct: worst((run) => run.hub_cpu_pct),
    engine_cpu_pct: worst((run) => run.engine_cpu_pct),
    sim_cpu_pct: worst((run) => run.sim_cpu_pct),
    wire_bytes: sum((run) => run.wire_bytes),
    disk_bytes: sum((run) => run.disk_bytes),
  };
}

function faultsOf(runs: readonly IncidentRun[]): StackResult['fault_polls'] {
  const known = runs.map((run) => run.fault_polls).filter((polls) => polls !== null);
  if (known.length === 0) return null;
  const total: Record<string, number> = {};
  for (const polls of known) for (const [kind, count] of Object.entries(polls)) total[kind] = (total[kind] ?? 0) + count;
  return total;
}
