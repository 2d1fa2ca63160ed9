import type { ClickHouseClient } from '@clickhouse/client';
import { asStoreError } from '../clickhouse/store-error.ts';
import type { RollupMark } from './marks.ts';

/**
 * Stores marks. Without a version they are set at the server's time; with one they are taken away unless they were set after it.
 * Throws StoreError.
 */
export async function insertMarks(
  client: ClickHouseClient,
  marks: readonly RollupMark[],
  signal: AbortSignal,
  clearedAt?: bigint,
): Promise<void> {
  const cleared = clearedAt === undefined ? {} : { marked_at: String(clearedAt), is_deleted: 1 };
  try {
    await client.insert({
      table: 'rollup_marks',
      values: marks.map(({ site, bucketMs }) => ({ site, bucket: bucketMs / 1000, ...cleared })),
      columns: clearedAt === undefined ? ['site', 'bucket'] : ['site', 'bucket', 'marked_at', 'is_deleted'],
      format: 'JSONEachRow',
      abort_signal: signal,
    });
  } catch (error) {
    throw asStoreError(error);
  }
}
