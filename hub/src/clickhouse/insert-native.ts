import { Readable } from 'node:stream';
import { type ClickHouseClient, type ClickHouseSettings, drainStream } from '@clickhouse/client';
import { asStoreError, StoreError } from './store-error.ts';

export interface InsertNativeOptions {
  readonly signal?: AbortSignal;
  readonly settings?: ClickHouseSettings;
}

/**
 * Inserts Native blocks, given as chunks that follow each other, into a table of the client's database. The chunks go to the
 * socket as they are. Resolves when ClickHouse has confirmed the rows; throws StoreError, or the signal's reason when it
 * had aborted before.
 *
 * The limit on partitions per insert is off: its error shares code 252 with "too many parts", which passes by waiting.
 * The spread of times in a block is the caller's to bound.
 */
export async function insertNative(
  client: ClickHouseClient,
  table: string,
  chunks: Iterable<Uint8Array>,
  { signal, settings }: InsertNativeOptions = {},
): Promise<void> {
  if (!/^\w+(\.\w+)?$/.test(table)) throw new StoreError(`Cannot insert into "${table}": not a table name`, { retryable: false });
  signal?.throwIfAborted();
  const values = Readable.from(chunks);
  try {
    const { stream } = await client.exec({
      query: `INSERT INTO ${table} FORMAT Native`,
      values,
      clickhouse_settings: {
        throw_on_max_partitions_per_insert_block: 0,
        input_format_skip_unknown_fields: 0,
        // Rows of equal keys are rare in a block; merges and FINAL settle them.
        optimize_on_insert: 0,
        ...settings,
      },
      ...(signal === undefined ? {} : { abort_signal: signal }),
    });
    await drainStream(stream);
  } catch (error) {
    throw asStoreError(error);
  } finally {
    values.destroy();
  }
}
