import { z } from 'zod';
import { type Cluster, systemTable } from '../../clickhouse/cluster.ts';
import { defineQuery } from './query.ts';

/**
 * What every table of the hub's database takes, the largest first; of a cluster, one replica of every shard counts. `yesterday` is a day as
 * partitions are named: 20260131.
 */
export const storedTables = (cluster: Cluster | undefined) =>
  defineQuery({
    name: 'stored_tables',
    sql: `
SELECT replaceRegexpOne(tables.name, '_local$', '') AS table, sum(parts.rows) AS rows, sum(parts.bytes_on_disk) AS bytes,
  sum(parts.data_uncompressed_bytes) AS uncompressed_bytes, sumIf(parts.bytes_on_disk, parts.partition_id = {yesterday:String}) AS bytes_yesterday,
  countIf(parts.partition_id != '') AS parts, uniqExactIf(parts.partition_id, parts.partition_id != '') AS partitions,
  minIf(parts.partition_id, parts.partition_id != '') AS oldest, maxIf(parts.partition_id, parts.partition_id != '') AS newest
FROM system.tables AS tables
LEFT JOIN (SELECT * FROM ${systemTable('system.parts', cluster)} WHERE active AND database = {database:String}) AS parts ON parts.table = tables.name
WHERE tables.database = {database:String} AND tables.engine LIKE '%MergeTree'
GROUP BY table
ORDER BY bytes DESC, table`,
    params: z.object({ database: z.string(), yesterday: z.string() }),
    row: z.object({
      table: z.string(),
      rows: z.number(),
      bytes: z.number(),
      uncompressed_bytes: z.number(),
      bytes_yesterday: z.number(),
      parts: z.number(),
      partitions: z.number(),
      oldest: z.string(),
      newest: z.string(),
    }),
  });

/** The disks of ClickHouse. */
export const disks = defineQuery({
  name: 'disks',
  sql: 'SELECT name, free_space AS free_bytes, total_space AS total_bytes FROM system.disks ORDER BY name',
  params: z.object({}),
  row: z.object({ name: z.string(), free_bytes: z.number(), total_bytes: z.number() }),
});
