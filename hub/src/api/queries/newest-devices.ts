import { z } from 'zod';
import { timeBounds } from './bounds.ts';
import { defineQuery } from './query.ts';

const VALUES = 'uptime_ms, version, board, architecture, cpu_load_pct, memory_total_bytes, memory_free_bytes';
const UNTIL = "fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC')";

/**
 * Newest device values and identity of every router ever seen. Routers whose newest row lies at to_ms or later have the newest one
 * before it, from from_ms on, where there is one: an agent's wrong clock must not hide what came after.
 */
export const newestDevices = defineQuery({
  name: 'newest_devices',
  sql: `
WITH devices AS (
  SELECT site, router, argMax((toUnixTimestamp64Milli(ts), ${VALUES}), (ts < ${UNTIL}, ts, rank, agent)) AS newest
  FROM (
    SELECT site, router, ts, toUInt64(0) AS rank, '' AS agent, ${VALUES} FROM device_latest FINAL
    UNION ALL
    SELECT site, router, ts, rank, agent, ${VALUES} FROM device_resources FINAL
    WHERE (site, router) IN (SELECT site, router FROM device_latest FINAL WHERE ts >= ${UNTIL})
      AND ${timeBounds('{from_ms:Int64}', '{to_ms:Int64}')})
  GROUP BY site, router),
names AS (
  SELECT site, router, toNullable(argMax(name, (ts < ${UNTIL}, ts, rank, agent))) AS identity
  FROM (
    SELECT site, router, ts, toUInt64(0) AS rank, '' AS agent, identity AS name FROM identity_latest FINAL
    UNION ALL
    SELECT site, router, ts, rank, agent, identity AS name FROM router_identities FINAL
    WHERE (site, router) IN (SELECT site, router FROM identity_latest FINAL WHERE ts >= ${UNTIL})
      AND ${timeBounds('{from_ms:Int64}', '{to_ms:Int64}')})
  GROUP BY site, router)
SELECT site, router, newest.1 AS ms, newest.2 AS uptime_ms, newest.3 AS version, newest.4 AS board, newest.5 AS architecture,
  newest.6 AS cpu_load_pct, newest.7 AS memory_total_bytes, newest.8 AS memory_free_bytes, identity
FROM devices FULL JOIN names USING (site, router)`,
  params: z.object({ from_ms: z.number(), to_ms: z.number() }),
  row: z.object({
    site: z.string(),
    router: z.string(),
    ms: z.number(),
    uptime_ms: z.number().nullable(),
    version: z.string(),
    board: z.string(),
    architecture: z.string(),
    cpu_load_pct: z.number().nullable(),
    memory_total_bytes: z.number().nullable(),
    memory_free_bytes: z.number().nullable(),
    identity: z.string().nullable(),
  }),
});
