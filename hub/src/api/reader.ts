/** Runs the named queries: a bounded number at once, a bounded number waiting, rows checked by their schema. */
import { type ClickHouseClient, ClickHouseError } from '@clickhouse/client';
import type { z } from 'zod';
import type { Query } from './queries/query.ts';

export interface Reader {
  /**
   * Returns the rows of a query.
   * @throws StoreUnavailable when ClickHouse cannot be reached, is overloaded or takes too long; ClickHouseError when it refuses the query.
   */
  rows<Params extends z.ZodObject, Row extends z.ZodType>(
    query: Query<Params, Row>,
    params: z.input<Params>,
    signal?: AbortSignal,
  ): Promise<z.output<Row>[]>;
}

/** ClickHouse cannot answer now; the same question may be answered later. */
export class StoreUnavailable extends Error {
  constructor(reason: string, options: { cause?: unknown } = {}) {
    super(`Cannot read from ClickHouse: ${reason}`, options);
    this.name = 'StoreUnavailable';
  }
}

export interface ReaderConfig {
  /** Most queries in ClickHouse at once. */
  readonly concurrent: number;
  /** Most queries waiting for their turn; one more is refused. */
  readonly waitingMax: number;
  /** Longest run of one query, seconds. */
  readonly secondsMax: number;
}

export const DEFAULT_READER: ReaderConfig = { concurrent: 6, waitingMax: 100, secondsMax: 20 };

const SETTINGS = {
  // A partition is a function of the key, so FINAL need not merge across partitions.
  do_not_merge_across_partitions_select_final: 1,
  output_format_json_quote_64bit_integers: 0,
  output_format_json_quote_denormals: 0,
} as const;

// MEMORY_LIMIT_EXCEEDED, TIMEOUT_EXCEEDED, TOO_MANY_SIMULTANEOUS_QUERIES: the load is at fault, not the question.
const OVERLOADED = new Set(['241', '159', '202']);

export function createReader(client: ClickHouseClient, config: ReaderConfig = DEFAULT_READER): Reader {
  let running = 0;
  const waiting: (() => void)[] = [];

  async function acquire(): Promise<void> {
    if (running < config.concurrent) {
      running++;
      return;
    }
    if (waiting.length >= config.waitingMax) throw new StoreUnavailable(`${waiting.length} queries are waiting already`);
    // The slot is handed over by release(), so running stays as it is.
    await new Promise<void>((resolve) => waiting.push(resolve));
  }

  function release(): void {
    const next = waiting.shift();
    if (next === undefined) running--;
    else next();
  }

  return {
    async rows(query, params, signal) {
      await acquire();
      try {
        signal?.throwIfAborted();
        const result = await client.query({
          query: query.sql,
          query_params: query.params.parse(params),
          format: 'JSONEachRow',
          clickhouse_settings: { ...SETTINGS, max_execution_time: config.secondsMax, log_comment: query.name },
          ...(signal === undefined ? {} : { abort_signal: signal }),
        });
        const rows = await result.json<unknown>();
        return rows.map((row) => query.row.parse(row));
      } catch (error) {
        throw unavailable(error) ?? error;
      } finally {
        release();
      }
    },
  };
}

function unavailable(error: unknown): StoreUnavailable | undefined {
  if (error instanceof ClickHouseError)
    return OVERLOADED.has(error.code)
      ? new StoreUnavailable(`it is overloaded (code ${error.code})`, { cause: error })
      : undefined;
  if (!(error instanceof Error) || error.name === 'ZodError' || error.name === 'AbortError') return undefined;
  // What is left comes from the client's socket: refused, reset, closed, timed out.
  return new StoreUnavailable(error.message, { cause: error });
}
