import { z } from 'zod';
import { defineQuery } from './query.ts';

/** What one router is made of, as it said last. */
export const newestBoard = defineQuery({
  name: 'newest_board',
  sql: `
SELECT routerboard, model, revision, serial, factory_firmware, current_firmware, upgrade_firmware,
  toUnixTimestamp64Milli(ts) AS polled_at_ms
FROM board_latest FINAL
WHERE site = {site:String} AND router = {router:String}`,
  params: z.object({ site: z.string(), router: z.string() }),
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
