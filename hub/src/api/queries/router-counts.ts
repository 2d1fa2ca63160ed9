import { z } from 'zod';
import { timeBounds } from './bounds.ts';
import { defineQuery } from './query.ts';

/** How many entries one router's tables had within a range: the newest count of each, and the last one of every step_ms. */
export const routerCounts = defineQuery({
  name: 'router_counts',
  sql: `
SELECT counted, max(last_ms) AS polled_at_ms, argMax(last, last_ms) AS entries, arraySort(groupArray((step, last))) AS history
FROM (
  SELECT counted, intDiv(toUnixTimestamp64Milli(ts), {step_ms:Int64}) * {step_ms:Int64} AS step,
    max(toUnixTimestamp64Milli(ts)) AS last_ms, argMax(entries, (ts, agent)) AS last
  FROM table_counts FINAL
  WHERE site = {site:String} AND router = {router:String}
    AND ${timeBounds('{from_ms:Int64}', '{to_ms:Int64}')}
  GROUP BY counted, step)
GROUP BY counted
ORDER BY counted`,
  params: z.object({ site: z.string(), router: z.string(), from_ms: z.number(), to_ms: z.number(), step_ms: z.number() }),
  row: z.object({
    counted: z.string(),
    polled_at_ms: z.number(),
    entries: z.number(),
    history: z.array(z.tuple([z.number(), z.number()])).describe('start of a step in ms, entries'),
  }),
});
