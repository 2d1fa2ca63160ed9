import type { ClickHouseClient } from '@clickhouse/client';
import { z } from 'zod';
import { asStoreError } from './store-error.ts';

export interface EngineStatus {
  /** ClickHouse's version. */
  readonly version: string;
  /** Active parts of the database. */
  readonly parts: number;
  /** Their size. */
  readonly diskBytes: number;
  /** Parts set aside as damaged: above 0 rows are missing and the hub is not ready. */
  readonly detachedParts: number;
}

const ROW = z.tuple([
  z.object({ version: z.string(), parts: z.coerce.number(), disk_bytes: z.coerce.number(), detached_parts: z.coerce.number() }),
]);

/** Condition of the storage, read from the system tables. Throws StoreError. */
export async function readEngineStatus(client: ClickHouseClient, database: string, signal?: AbortSignal): Promise<EngineStatus> {
  try {
    const answer = await client.query({
      query: `
        SELECT version() AS version, count() AS parts, sum(bytes_on_disk) AS disk_bytes,
          (SELECT count() FROM system.detached_parts WHERE database = {database:String}) AS detached_parts
        FROM system.parts
        WHERE active AND database = {database:String}`,
      query_params: { database },
      format: 'JSONEachRow',
      ...(signal === undefined ? {} : { abort_signal: signal }),
    });
    const [row] = ROW.parse(await answer.json());
    return { version: row.version, parts: row.parts, diskBytes: row.disk_bytes, detachedParts: row.detached_parts };
  } catch (error) {
    throw error instanceof z.ZodError ? error : asStoreError(error);
  }
}
