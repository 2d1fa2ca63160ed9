/** What a run of synthetic agents prints: the keys of `npm start`, and its own. */
import type { LoadAccount } from './load.ts';
import type { PopulationReport } from './verification.ts';

export interface AgentsResult {
  readonly routers: number;
  readonly sites: number;
  readonly interval_ms: number;
  readonly seal_ms: number;
  readonly for_s: number;
  readonly seed: number;
  /** Time of the first polls, Unix ms: with seed and sizes, all that the truth depends on. */
  readonly started_at_ms: number;
  readonly polls: number;
  readonly polls_failed: number;
  readonly rows_stored: number;
  readonly rows_expected: number;
  readonly missing: number;
  readonly duplicates: number;
  readonly wrong: number;
  /** Rows that were worked out again without ClickHouse. */
  readonly rows_sampled: number;
  /** Due in a second. */
  readonly rows_per_s: number;
  readonly batches: number;
  readonly batches_per_s: number;
  /** Sealed late: the spool was full, or the simulator too slow. */
  readonly batches_late: number;
  readonly lateness_max_ms: number;
  readonly batches_resent: number;
  readonly batches_rejected: number;
  /** From the time at which a batch was due to the hub's answer. */
  readonly p50_batch_to_stored_ms: number | null;
  readonly p99_batch_to_stored_ms: number | null;
  readonly p50_poll_to_stored_ms: number | null;
  readonly p99_poll_to_stored_ms: number | null;
  /** There are no agent processes: always null. */
  readonly agent_rss_mb: null;
  readonly agent_cpu_pct: null;
  readonly hub_rss_mb: number | null;
  readonly engine_rss_mb: number | null;
  readonly sim_rss_mb: number | null;
  readonly hub_cpu_pct: number | null;
  readonly engine_cpu_pct: number | null;
  readonly sim_cpu_pct: number | null;
  readonly hub_cpu_us_per_row: number | null;
  readonly engine_cpu_us_per_row: number | null;
  readonly sim_cpu_us_per_row: number | null;
  readonly wire_bytes: number;
  readonly disk_bytes: number;
  /** Limits that were broken, in words. */
  readonly broken: readonly string[];
}

const HUB_RSS_MB_MAX = 256;
const P99_MS_MAX = 5000;

type Limited = Pick<
  AgentsResult,
  'missing' | 'duplicates' | 'wrong' | 'batches_rejected' | 'hub_rss_mb' | 'p99_batch_to_stored_ms'
>;

/** Says which limits a run broke. */
export function brokenLimits(result: Limited): string[] {
  const { missing, duplicates, wrong, batches_rejected: rejected, hub_rss_mb: rss, p99_batch_to_stored_ms: p99 } = result;
  const broken: string[] = [];
  if (missing > 0) broken.push(`${missing} rows are missing`);
  if (duplicates > 0) broken.push(`${duplicates} rows are there twice`);
  if (wrong > 0) broken.push(`${wrong} rows are wrong`);
  if (rejected > 0) broken.push(`${rejected} batches were rejected`);
  if (rss !== null && rss > HUB_RSS_MB_MAX) broken.push(`the hub took ${rss} MiB, over ${HUB_RSS_MB_MAX}`);
  if (p99 === null || p99 > P99_MS_MAX) broken.push(`p99 from batch to stored is ${p99 ?? 'unknown'} ms, over ${P99_MS_MAX}`);
  return broken;
}

export const LIMITS_TEXT = `Limits: nothing missing, twice, wrong or rejected; hub at most ${HUB_RSS_MB_MAX} MiB; p99 from batch to stored at most ${P99_MS_MAX} ms.`;

/** What the load generator itself saw. */
export function loadKeys(account: LoadAccount, forS: number) {
  return {
    batches: account.batchesSealed,
    batches_per_s: Math.round(account.batchesSealed / forS),
    batches_late: account.batchesLate,
    lateness_max_ms: Math.round(account.latenessMaxMs),
    batches_resent: account.resent,
    batches_rejected: account.rejected,
    p50_batch_to_stored_ms: quantile(account.storedAfterMs, 0.5),
    p99_batch_to_stored_ms: quantile(account.storedAfterMs, 0.99),
  };
}

export function reportKeys(report: PopulationReport) {
  const { rows_stored, rows_expected, missing, duplicates, wrong, sampled } = report;
  return { rows_stored, rows_expected, missing, duplicates, wrong, rows_sampled: sampled };
}

/** The smallest value that at least this share of the values do not exceed; null without any. */
function quantile(values: readonly number[], share: number): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  return value === undefined ? null : Math.round(value);
}

/** A report by table, for people. */
export function reportText({ tables, examples, sampled }: PopulationReport): string {
  const columns = ['rows_expected', 'rows_stored', 'raw_rows', 'missing', 'duplicates', 'wrong'] as const;
  const lines = [
    ['', ...columns],
    ...Array.from(tables, ([table, report]) => [table, ...columns.map((column) => String(report[column]))]),
  ];
  const table = lines.map((cells) => cells.map((cell, index) => (index === 0 ? cell.padEnd(20) : cell.padStart(14))).join(''));
  return `${[...table, `worked out again without ClickHouse: ${sampled} rows`, ...examples].join('\n')}\n`;
}
