/** How rules read ClickHouse: as a login that only reads, within limits, so that no rule can hurt the ingest. */
import { randomBytes } from 'node:crypto';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import type { ClickHouseAddress } from '../clickhouse/client.ts';
import type { Analyst } from '../clickhouse/embedded/analyst.ts';

export interface RuleLimits {
  /** Longest statement, ms. */
  readonly executionMsMax: number;
  /** Memory of one statement, bytes. */
  readonly memoryBytesMax: number;
  readonly rowsToReadMax: number;
}

/** The login of rules at the embedded engine. */
export const RULES_USER = 'poplar-alerts';

const RESULT_ROWS_MAX = 100_000;
const RESULT_BYTES_MAX = 64 * 1024 ** 2;
/** Longer than a statement may run: its answer still has to come. */
const ANSWER_MS = 10_000;

/** A login for the embedded engine, with a password of this process alone. */
export function rulesLogin(limits: RuleLimits): Analyst {
  return {
    name: RULES_USER,
    password: randomBytes(32).toString('base64url'),
    limits: { ...limits, resultRowsMax: RESULT_ROWS_MAX, resultBytesMax: RESULT_BYTES_MAX, concurrentQueriesMax: 1 },
    ownLane: true,
  };
}

/** A client whose every statement is bounded, also on a server that knows no such login. */
export function createRulesClient({ url, user, password, database }: ClickHouseAddress, limits: RuleLimits): ClickHouseClient {
  return createClient({
    url,
    username: user,
    password,
    database,
    application: 'poplar',
    request_timeout: limits.executionMsMax + ANSWER_MS,
    max_open_connections: 2,
    keep_alive: { enabled: true, idle_socket_ttl: 5000, eagerly_destroy_stale_sockets: true },
    log: { level: ClickHouseLogLevel.OFF },
    clickhouse_settings: {
      readonly: '1',
      wait_end_of_query: 1,
      output_format_json_quote_64bit_integers: 0,
      session_timezone: 'UTC',
      max_threads: 1,
      max_execution_time: limits.executionMsMax / 1000,
      max_memory_usage: String(limits.memoryBytesMax),
      max_rows_to_read: String(limits.rowsToReadMax),
      max_result_rows: String(RESULT_ROWS_MAX),
      max_result_bytes: String(RESULT_BYTES_MAX),
    },
  });
}
