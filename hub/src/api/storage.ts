import type { z } from 'zod';
import { DAY_MS, partitionSpan, tierOf } from '../retention/tiers.ts';
import type { RouteDeps } from './deps.ts';
import { literalSql } from './queries/query.ts';
import { disks, storedTables } from './queries/storage.ts';
import type { Storage, StoredTable } from './storage-schemas.ts';

/** Reads what every table takes on disk, how long its rows are kept, and the room that is left. @throws StoreError */
export async function readStorage(
  { reader, database, cluster, floors, now }: Pick<RouteDeps, 'reader' | 'database' | 'cluster' | 'floors' | 'now'>,
  signal?: AbortSignal,
): Promise<Storage> {
  const yesterday = new Date(now() - DAY_MS).toISOString().slice(0, 10).replaceAll('-', '');
  const params = { database, yesterday };
  const query = storedTables(cluster);
  const [rows, free] = await Promise.all([reader.rows(query, params, signal), reader.rows(disks, {}, signal)]);
  const tables = rows.map((row) => tableOf(row, floors));
  return {
    disks: free,
    bytes: tables.reduce((sum, { bytes }) => sum + bytes, 0),
    bytes_yesterday: tables.reduce((sum, table) => sum + (table.bytes_yesterday ?? 0), 0),
    tables,
    sql: literalSql(query.sql, params),
  };
}

const DAY_ID = /^\d{8}$/;

function tableOf(
  { oldest, newest, bytes_yesterday, ...row }: z.output<ReturnType<typeof storedTables>['row']>,
  floors: RouteDeps['floors'],
): StoredTable {
  const tier = tierOf(row.table) ?? null;
  const floorMs = tier === null ? 0 : (floors?.ms(tier) ?? 0);
  return {
    ...row,
    tier,
    keep_days: tier === null ? null : (floors?.days[tier] ?? null),
    kept_from_ms: floorMs === 0 ? null : floorMs,
    bytes_yesterday: DAY_ID.test(newest) ? bytes_yesterday : null,
    oldest_ms: partitionSpan(oldest)?.fromMs ?? null,
    newest_ms: partitionSpan(newest)?.toMs ?? null,
  };
}
