/** Runs the named queries: a bounded number at once, a bounded number waiting, rows checked by their schema. */
import { buffer } from 'node:stream/consumers';
import type { ClickHouseClient, ClickHouseSettings } from '@clickhouse/client';
import type { z } from 'zod';
import { type NumberColumns, readNumberColumns } from '../clickhouse/native-columns.ts';
import { asStoreError, StoreError } from '../clickhouse/store-error.ts';
import { orAborted } from './or-aborted.ts';
import type { ColumnQuery, Query } from './queries/query.ts';

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
  /** The same for columns of numbers. */
  columns<Params extends z.ZodObject, Name extends string>(
    query: ColumnQuery<Params, Name>,
    params: z.input<Params>,
    signal?: AbortSignal,
  ): Promise<NumberColumns<Name>>;
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
} as const satisfies ClickHouseSettings;

const JSON_SETTINGS = {
  output_format_json_quote_64bit_integers: 0,
  output_format_json_quote_denormals: 0,
} as const satisfies ClickHouseSettings;

// What is read this way is little: to divide it among threads takes longer.
const COLUMN_SETTINGS = { max_threads: 1 } as const satisfies ClickHouseSettings;

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

  /** Asks in its turn. What the answer says is read by the caller: that it does not fit is our fault and not the store's. */
  async function asked<T>(signal: AbortSignal | undefined, ask: () => Promise<T>): Promise<T> {
    await acquire(signal);
    try {
      return await orAborted(ask(), signal);
    } catch (error) {
      // An abandoned request is nobody's fault.
      signal?.throwIfAborted();
      throw asStoreError(error);
    } finally {
      release();
    }
  }

  const optionsOf = (name: string, settings: ClickHouseSettings, signal: AbortSignal | undefined) => ({
    clickhouse_settings: { ...SETTINGS, ...settings, max_execution_time: config.secondsMax, log_comment: name },
    ...(signal === undefined ? {} : { abort_signal: signal }),
  });

  return {
    async rows(query, params, signal) {
      const query_params = query.params.parse(params);
      const options = optionsOf(query.name, JSON_SETTINGS, signal);
      const rows = await asked(signal, async () => {
        const result = await client.query({ query: query.sql, query_params, format: 'JSONEachRow', ...options });
        return await result.json<unknown>();
      });
      return rows.map((row) => query.row.parse(row));
    },
    async columns(query, params, signal) {
      const query_params = query.params.parse(params);
      const options = optionsOf(query.name, COLUMN_SETTINGS, signal);
      const bytes = await asked(signal, async () => {
        const { stream } = await client.exec({ query: `${query.sql}\nFORMAT Native`, query_params, ...options });
        return await buffer(stream);
      });
      return readNumberColumns(bytes, query.columns);
    },
  };
}
