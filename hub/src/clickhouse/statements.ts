/** Statements of the hub's own work in the background. Every method throws StoreError, or the signal's reason. */
import type { ClickHouseClient, ClickHouseSettings } from '@clickhouse/client';
import { z } from 'zod';
import { asStoreError } from './store-error.ts';

export type Statements = ReturnType<typeof createStatements>;

const SETTINGS = {
  // A partition is a function of the key, so FINAL need not merge across partitions.
  do_not_merge_across_partitions_select_final: 1,
  // What has time leaves the other core to those who wait for an answer.
  max_threads: 1,
  max_insert_threads: '1',
} as const satisfies ClickHouseSettings;

export function createStatements(client: ClickHouseClient, database: string) {
  let newest = 0n;

  /** Reads rows, each checked against the schema. */
  async function rows<Row extends z.ZodType>(
    query: string,
    params: Record<string, unknown>,
    row: Row,
    signal: AbortSignal,
  ): Promise<z.output<Row>[]> {
    try {
      const answer = await client.query({
        query,
        query_params: params,
        format: 'JSONEachRow',
        clickhouse_settings: SETTINGS,
        abort_signal: signal,
      });
      return z.array(row).parse(await answer.json());
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof z.ZodError ? error : asStoreError(error);
    }
  }

  /** Runs a statement that answers nothing; `{database:Identifier}` is among its parameters. */
  async function run(query: string, params: Record<string, unknown>, signal: AbortSignal): Promise<void> {
    try {
      await client.command({
        query,
        query_params: { database, ...params },
        clickhouse_settings: SETTINGS,
        abort_signal: signal,
      });
    } catch (error) {
      signal.throwIfAborted();
      throw asStoreError(error);
    }
  }

  /** A statement that starts after this sees every insert that had ended by then, so the highest version is the most complete. */
  async function version(signal: AbortSignal): Promise<bigint> {
    const [now] = await rows('SELECT toUnixTimestamp64Micro(now64(6)) AS us', {}, z.object({ us: z.string() }), signal);
    const taken = BigInt(now?.us ?? 0);
    newest = taken > newest ? taken : newest + 1n;
    return newest;
  }

  return { rows, run, version };
}
