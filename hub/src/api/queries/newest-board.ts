import { z } from 'zod';
import { timeBounds } from './bounds.ts';
import { defineQuery } from './query.ts';

const COLUMNS = 'routerboard, model, revision, serial, factory_firmware, current_firmware, upgrade_firmware';
const UNTIL = "fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC')";

/**
 * What one router is made of, as it said last before to_ms. Where its newest row lies at to_ms or later, from the raw table, from
 * from_ms on: an agent's wrong clock must not hide what came after.
 */
export const newestBoard = defineQuery({
  name: 'newest_board',
  sql: `
SELECT ${COLUMNS}, toUnixTimestamp64Milli(ts) AS polled_at_ms
FROM (
  SELECT ts, toUInt64(0) AS rank, '' AS agent, ${COLUMNS}
  FROM board_latest FINAL
  WHERE site = {site:String} AND router = {router:String} AND ts < ${UNTIL}
  UNION ALL
  SELECT ts, rank, agent, ${COLUMNS}
  FROM boards FINAL
  WHERE (site, router) IN (SELECT site, router FROM board_latest FINAL WHERE site = {site:String} AND router = {router:String} AND ts >= ${UNTIL})
    AND ${timeBounds('{from_ms:Int64}', '{to_ms:Int64}')})
ORDER BY ts DESC, rank DESC, agent DESC
LIMIT 1`,
  params: z.object({ site: z.string(), router: z.string(), from_ms: z.number(), to_ms: z.number() }),
  row: z.object({
    routerboard: z.number().nullable(),
    model: z.string(),
    revision: z.string(),
    serial: z.string(),
    factory_firmware: z.string(),
    current_firmware: z.string(),
    upgrade_firmware: z.string(),
    polled_at_ms: z.number(),
  }),
});
