/** The statements that make rollups: five minutes from the raw tables, hours from these, days from hours. */
import { interfaceTraffic, TRAFFIC_COLUMNS } from '../api/queries/interface-traffic.ts';

/** Lengths of the kept buckets, ms. */
export const HOUR_MS = 3600_000;
export const DAY_MS = 24 * HOUR_MS;

const COLUMNS = TRAFFIC_COLUMNS.join(', ');

/** Parts let a site of any size be made in bounded memory: a router belongs to one of them. */
const ROUTERS = 'site IN {sites:Array(String)} AND cityHash64(router) % {parts:UInt32} = {part:UInt32}';

/** Parameters: database, sites, from_ms, to_ms, version, part, parts. */
export const BUILD_5M = `
INSERT INTO {database:Identifier}.interface_rollup_5m (bucket, version, ${COLUMNS})
WITH ${interfaceTraffic(ROUTERS, ROUTERS)}
SELECT toDateTime(intDiv(bucket_ms, 1000), 'UTC'), {version:UInt64}, ${COLUMNS}
FROM traffic`;

/** How each column of a coarser bucket comes from the finer ones: what is absent in all of them stays absent. */
const MERGED = TRAFFIC_COLUMNS.map((column) => {
  if (column === 'site' || column === 'router' || column === 'interface') return column;
  if (column.includes('_min_') || column === 'first_sample_ms') return `min(${column})`;
  if (column.includes('_max_') || column === 'last_sample_ms' || column === 'reach_ms') return `max(${column})`;
  return `sum(${column})`;
}).join(', ');

function within(from: string, to: string): string {
  const [start, end] = [from, to].map((ms) => `toDateTime(intDiv(${ms}, 1000), 'UTC')`);
  return `bucket >= ${start} AND bucket < ${end} AND toDate(bucket) >= toDate(${start}) AND toDate(bucket) <= toDate(${end})`;
}

function coarser(table: string, from: string, start: string): string {
  return `
INSERT INTO {database:Identifier}.${table} (bucket, version, ${COLUMNS})
SELECT ${start} AS start, {version:UInt64}, ${MERGED}
FROM {database:Identifier}.${from} FINAL
WHERE site IN {sites:Array(String)} AND ${within('{from_ms:Int64}', '{to_ms:Int64}')}
GROUP BY site, router, interface, start`;
}

/** Parameters: database, sites, from_ms, to_ms, version. */
export const BUILD_1H = coarser('interface_rollup_1h', 'interface_rollup_5m', 'toStartOfHour(bucket)');
export const BUILD_1D = coarser('interface_rollup_1d', 'interface_rollup_1h', 'toStartOfDay(bucket)');

/** Takes away the buckets that a build of that version did not make. Parameters: database, sites, from_ms, to_ms, version. */
export function sweep(table: 'interface_rollup_5m' | 'interface_rollup_1h' | 'interface_rollup_1d'): string {
  return `
INSERT INTO {database:Identifier}.${table} (bucket, site, router, interface, version, is_deleted)
SELECT bucket, site, router, interface, {version:UInt64}, 1
FROM {database:Identifier}.${table} FINAL
WHERE site IN {sites:Array(String)} AND ${within('{from_ms:Int64}', '{to_ms:Int64}')} AND version < {version:UInt64}`;
}

/** Rows that a build reads, by site. Parameters: sites, from_ms, to_ms. */
export const COUNT_ROWS = `
SELECT site, sum(interface_rows) AS rows
FROM polls
WHERE site IN {sites:Array(String)}
  AND ts >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC') AND ts <= fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC')
  AND toStartOfHour(ts) >= toStartOfHour(fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC'))
  AND toStartOfHour(ts) <= toStartOfHour(fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC'))
GROUP BY site`;
