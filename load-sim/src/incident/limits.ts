/** What a run of the incident must keep to. */
import type { TimedResult } from '../stack/result.ts';
import { isRight } from '../verify/verify.ts';

/** Figures that are not measured on other systems than Linux are null, and cannot break a limit. */
export interface Limits {
  readonly hubRssMb: number;
  /** Percent of one core; undefined: whatever the machine gives. */
  readonly hubCpuPct: number | undefined;
  readonly pollToStoredMs: number;
  /** How much larger the median resident set of hub and agent may be in the last quarter than in the second, percent. */
  readonly growthPct: number;
}

/** A run this long is a soak: memory has settled in its first quarter, and what still grows then would for ever. */
const SOAK_FROM_S = 1800;
/** An interval from which on the load must be idle load. */
const IDLE_FROM_MS = 10_000;
const IDLE: Limits = { hubRssMb: 200, hubCpuPct: 10, pollToStoredMs: 5000, growthPct: 5 };

export function limitsAt(intervalMs: number, memoryLimitMb: number): Limits {
  if (intervalMs >= IDLE_FROM_MS) return { ...IDLE, hubRssMb: Math.min(IDLE.hubRssMb, memoryLimitMb) };
  return { ...IDLE, hubRssMb: memoryLimitMb, hubCpuPct: undefined };
}

/** One line per limit that the run broke. */
export function brokenLimits(run: TimedResult, limits: Limits): string[] {
  const { missing, duplicates, wrong, rows_stored: rows, p99_poll_to_stored_ms: p99 } = run;
  const { hub_rss_mb: rss, hub_cpu_pct: cpu } = run;
  const broken: string[] = [];
  if (rows === 0) broken.push('nothing was stored');
  if (missing + duplicates + wrong > 0) broken.push(`${missing} rows lost, ${duplicates} there twice, ${wrong} wrong`);
  else if (!isRight(run)) broken.push('polls did not end as the scenario has it');
  if (rss !== null && rss > limits.hubRssMb)
    broken.push(`the hub's resident set was ${rss} MiB, the limit is ${limits.hubRssMb}`);
  if (limits.hubCpuPct !== undefined && cpu !== null && cpu > limits.hubCpuPct)
    broken.push(`the hub used ${cpu} % of a core, the limit is ${limits.hubCpuPct}`);
  if (p99 === null || p99 > limits.pollToStoredMs)
    broken.push(`from poll to stored p99 was ${p99 ?? 'unknown'} ms, the limit is ${limits.pollToStoredMs}`);
  if (run.for_s >= SOAK_FROM_S)
    broken.push(...grown('hub', run.hub_rss_quarters_mb, limits), ...grown('agent', run.agent_rss_quarters_mb, limits));
  return broken.map((text) => `At ${run.interval_ms / 1000} s: ${text}`);
}

function grown(process: string, quartersMb: readonly number[] | null, { growthPct }: Limits): string[] {
  const [, second, , last] = quartersMb ?? [];
  if (second === undefined || last === undefined || last <= second * (1 + growthPct / 100)) return [];
  return [
    `the ${process}'s resident set grew from ${second} MiB in the second quarter to ${last} MiB in the last, the limit is ${growthPct} %`,
  ];
}
