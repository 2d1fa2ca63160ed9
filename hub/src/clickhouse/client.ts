import { setTimeout as delay } from 'node:timers/promises';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { CLUSTER_SETTINGS, type Cluster } from './cluster.ts';
import { asStoreError, StoreError } from './store-error.ts';

export interface ClickHouseAddress {
  /** `http://host:port`. */
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** Where the server is one of several that share the tables. */
  readonly cluster?: Cluster | undefined;
}

/** Longest wait for one answer, ms: an insert behind a slow disk takes seconds, a lost server must not take minutes. */
const REQUEST_TIMEOUT_MS = 60_000;

/**
 * A client of one database, embedded or remote. Opens nothing until it is used; close it when done.
 *
 * Rows come back with 64-bit integers as strings (exact beyond 2^53) and times in ISO 8601, UTC. Inserts are synchronous: an
 * answer means stored.
 */
export function createClickHouse({ url, user, password, database, cluster }: ClickHouseAddress): ClickHouseClient {
  return createClient({
    url,
    username: user,
    password,
    database,
    application: 'poplar',
    request_timeout: REQUEST_TIMEOUT_MS,
    max_open_connections: 16,
    // Below ClickHouse's own keep-alive of 10 s, so that a request never meets a socket the server is closing.
    keep_alive: { enabled: true, idle_socket_ttl: 5000, eagerly_destroy_stale_sockets: true },
    // Every failure is thrown, so the caller logs it once.
    log: { level: ClickHouseLogLevel.OFF },
    clickhouse_settings: {
      async_insert: 0,
      // A failure late in a query still gets its HTTP status instead of a text behind the rows.
      wait_end_of_query: 1,
      output_format_json_quote_64bit_integers: 1,
      output_format_json_quote_denormals: 0,
      date_time_output_format: 'iso',
      date_time_input_format: 'best_effort',
      session_timezone: 'UTC',
      // ClickHouse would drop a column that it does not know, and say nothing.
      input_format_skip_unknown_fields: 0,
      // Compiled, ClickHouse 26.7 shifts narrow integers wrongly.
      compile_expressions: 0,
      ...(cluster === undefined ? {} : CLUSTER_SETTINGS),
    },
  });
}

/** Sends a request to a database that always exists, whatever the client's own; ClickHouse takes the header before the URL. */
export const IN_DEFAULT_DATABASE = { 'X-ClickHouse-Database': 'default' } as const;

/** UNKNOWN_USER, WRONG_PASSWORD, REQUIRED_PASSWORD, AUTHENTICATION_FAILED: waiting does not help. */
const REFUSED: ReadonlySet<number | undefined> = new Set([192, 193, 194, 516]);
const WAIT_MS = 100;
const WAIT_MAX_MS = 2000;

/**
 * Resolves when ClickHouse answers a query of this client's user; the database may not exist yet. Throws StoreError when the
 * user or password is refused, the signal's reason when it aborts. `onFault` hears why it waits, once per cause.
 */
export async function waitForClickHouse(
  client: ClickHouseClient,
  signal: AbortSignal,
  onFault: (message: string) => void = () => {},
): Promise<void> {
  let told = '';
  for (let waitMs = WAIT_MS; ; waitMs = Math.min(2 * waitMs, WAIT_MAX_MS)) {
    signal.throwIfAborted();
    try {
      const answer = await client.query({ query: 'SELECT 1', http_headers: IN_DEFAULT_DATABASE, abort_signal: signal });
      await answer.text();
      return;
    } catch (error) {
      signal.throwIfAborted();
      const fault = asStoreError(error);
      if (fault.message !== told) onFault(fault.message);
      told = fault.message;
      if (REFUSED.has(fault.code)) {
        throw new StoreError(`Cannot use ClickHouse: ${fault.message} Check clickhouse.user and clickhouse.password.`, {
          retryable: false,
          code: fault.code,
          cause: error,
        });
      }
    }
    // The abort is thrown above, with its reason.
    await delay(waitMs, undefined, { signal }).catch(() => undefined);
  }
}
