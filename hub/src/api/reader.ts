/** Runs the named queries: a bounded number at once, a bounded number waiting, rows checked by their schema. */
import type { ClickHouseClient } from '@clickhouse/client';
import { z } from 'zod';
import { asStoreError, StoreError } from '../clickhouse/store-error.ts';
import { orAborted } from './or-aborted.ts';
import type { Query } from './queries/query.ts';

export interface Reader {
  /**
   * Returns the rows of a query.
   * @throws StoreError, retryable when ClickHouse cannot be reached or is overloaded; the signal's reason as soon as it aborts.
   */
  rows<Params extends z.ZodObject, Row extends z.ZodType>(
    query: Query<Params, Row>,
    params: z.input<Params>,
    signal?: AbortSignal,
  ): Promise<z.output<Row>[]>;
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

export function createReader(client: ClickHouseClient, config: ReaderConfig = DEFAULT_READER): Reader {
  let running = 0;
  const waiting: (() => void)[] = [];

  async function acquire(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    if (running < config.concurrent) {
      running++;
      return;
    }
    if (waiting.length >= config.waitingMax)
      throw new StoreError(`Cannot read from ClickHouse: ${waiting.length} queries are waiting already`, { retryable: true });
    // The slot is handed over by release(), so running stays as it is.
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting.push(resolve);
    try {
      await orAborted(promise, signal);
    } catch (error) {
      const index = waiting.indexOf(resolve);
      if (index >= 0) waiting.splice(index, 1);
      // The slot came together with the abort.
      else release();
      throw error;
    }
  }

  function release(): void {
    const next = waiting.shift();
    if (next === undefined) running--;
    else next();
  }

  return {
    async rows(query, params, signal) {
      await acquire(signal);
      try {
        const asking = client.query({
          query: query.sql,
          query_params: query.params.parse(params),
          format: 'JSONEachRow',
          clickhouse_settings: { ...SETTINGS, max_execution_time: config.secondsMax, log_comment: query.name },
          ...(signal === undefined ? {} : { abort_signal: signal }),
        });
        const rows = await orAborted(
          asking.then((result) => result.json<unknown>()),
          signal,
        );
        return rows.map((row) => query.row.parse(row));
      } catch (error) {
        // A row that does not fit its schema is our fault, and an abandoned request is nobody's.
        if (error instanceof z.ZodError) throw error;
        signal?.throwIfAborted();
        throw asStoreError(error);
      } finally {
        release();
      }
    },
  };
}
