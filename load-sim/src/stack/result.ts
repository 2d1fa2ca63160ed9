/** What a timed run prints with --json: one object, stable names, flat but for counts by kind. */
import type { ClickHouseClient } from '@clickhouse/client';
import { z } from 'zod';

export interface StackResult {
  readonly routers: number;
  readonly sites: number;
  readonly interval_ms: number;
  /** Seconds that the agent polled. */
  readonly for_s: number;
  readonly polls: number;
  /** Polls that no router answered. */
  readonly polls_failed: number;
  /** Those of them that were due while the one before was still running. */
  readonly polls_overrun: number;
  readonly rows_stored: number;
  readonly rows_expected: number;
  readonly missing: number;
  readonly duplicates: number;
  readonly wrong: number;
  /** How polls ended, with a scenario: see OutcomeReport. */
  readonly wrong_outcomes: number | null;
  readonly missed_polls: number | null;
  readonly recoveries: number | null;
  readonly slow_recoveries: number | null;
  readonly fault_polls: Readonly<Record<string, number>> | null;
  readonly held_up_ms: number | null;
  readonly judged_pct: number | null;
  /** From the end of a poll to the confirmed insert of its rows, ms. */
  readonly p50_poll_to_stored_ms: number | null;
  readonly p99_poll_to_stored_ms: number | null;
  /** Peak resident sets, MiB. The engine is a process of its own. */
  readonly agent_rss_mb: number | null;
  readonly hub_rss_mb: number | null;
  readonly engine_rss_mb: number | null;
  readonly sim_rss_mb: number | null;
  /** Percent of one core after warm-up. */
  readonly agent_cpu_pct: number | null;
  readonly hub_cpu_pct: number | null;
  readonly engine_cpu_pct: number | null;
  readonly sim_cpu_pct: number | null;
  /** Compressed batches as they crossed the wire. */
  readonly wire_bytes: number;
  /** Active parts of Poplar's tables. */
  readonly disk_bytes: number;
}

/** What a run of the stack alone says besides. */
export interface TimedResult extends StackResult {
  /** Resident sets when the time was up, MiB. */
  readonly agent_rss_end_mb: number | null;
  readonly hub_rss_end_mb: number | null;
  readonly engine_rss_end_mb: number | null;
  /** The median resident set of each quarter of the time after warm-up, MiB: whether it settles or grows. */
  readonly agent_rss_quarters_mb: readonly number[] | null;
  readonly hub_rss_quarters_mb: readonly number[] | null;
  readonly engine_rss_quarters_mb: readonly number[] | null;
  /** What they had logged by then. */
  readonly agent_log_bytes: number;
  readonly hub_log_bytes: number;
}

/** What an agent's clock did to the times of polls. */
interface WrongClock {
  /** The end of the run by the true time, Unix ms. */
  readonly toMs: number;
  /** The most that the clock was behind, ms. */
  readonly behindMaxMs: number;
}

const RIGHT_CLOCK: WrongClock = { toMs: Date.UTC(2100, 0, 1), behindMaxMs: 0 };

const STORAGE = `
  SELECT
    (SELECT count() FROM polls FINAL WHERE ts >= fromUnixTimestamp64Milli({polls_from_ms:Int64}, 'UTC')) AS polls,
    (SELECT countIf(outcome NOT IN ('ok', 'partial')) FROM polls FINAL WHERE ts >= fromUnixTimestamp64Milli({polls_from_ms:Int64}, 'UTC')) AS polls_failed,
    (SELECT countIf(outcome = 'overrun') FROM polls FINAL WHERE ts >= fromUnixTimestamp64Milli({polls_from_ms:Int64}, 'UTC')) AS polls_overrun,
    (SELECT sum(payload_bytes) FROM batches FINAL WHERE received_at >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC')) AS wire_bytes,
    (SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND database = currentDatabase()) AS disk_bytes`;
const storageRow = z.object({
  polls: z.coerce.number(),
  polls_failed: z.coerce.number(),
  polls_overrun: z.coerce.number(),
  wire_bytes: z.coerce.number(),
  disk_bytes: z.coerce.number(),
});

const LATENCY = `
  SELECT quantileExact(0.5)(ms) AS p50, quantileExact(0.99)(ms) AS p99, count() AS polls
  FROM
  (
    SELECT toUnixTimestamp64Milli(b.stored_at) - (toUnixTimestamp64Milli(p.ts) + p.duration_us / 1000) AS ms
    FROM polls AS p FINAL
    INNER JOIN batches AS b FINAL ON b.agent = p.agent AND b.epoch = p.epoch AND b.sequence = p.sequence
    WHERE p.ts >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC') AND p.ts <= fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC') AND b.state = 2
  )`;
const latencyRow = z.object({ p50: z.number(), p99: z.number(), polls: z.coerce.number() });

/**
 * What ClickHouse itself says about the polls since `fromMs`: counts, bytes and poll-to-stored times, exact over all of them. Polls
 * that an agent's clock put before or behind the run are counted too, but have no such time.
 */
export async function readStorage(clickhouse: ClickHouseClient, fromMs: number, { toMs, behindMaxMs } = RIGHT_CLOCK) {
  const storage = storageRow.parse(await one(clickhouse, STORAGE, { from_ms: fromMs, polls_from_ms: fromMs - behindMaxMs }));
  const latency = latencyRow.parse(await one(clickhouse, LATENCY, { from_ms: fromMs, to_ms: toMs }));
  const measured = latency.polls > 0;
  return {
    ...storage,
    p50_poll_to_stored_ms: measured ? Math.round(latency.p50) : null,
    p99_poll_to_stored_ms: measured ? Math.round(latency.p99) : null,
  };
}

async function one(clickhouse: ClickHouseClient, query: string, times: Readonly<Record<string, number>>): Promise<unknown> {
  const query_params = Object.fromEntries(Object.entries(times).map(([name, ms]) => [name, String(Math.floor(ms))]));
  const result = await clickhouse.query({ query, query_params, format: 'JSONEachRow' });
  const [row] = await result.json();
  return row;
}

/** Prints a result for people, one line per key. */
export function printResult(result: object, out: NodeJS.WritableStream): void {
  const width = Math.max(...Object.keys(result).map((key) => key.length));
  for (const [key, value] of Object.entries(result)) out.write(`  ${key.padEnd(width)}  ${textOf(value)}\n`);
}

function textOf(value: unknown): string {
  if (value === null) return '–';
  if (typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return value.join(', ');
  return Object.entries(value)
    .map(([key, count]) => `${key} ${count}`)
    .join(', ');
}
