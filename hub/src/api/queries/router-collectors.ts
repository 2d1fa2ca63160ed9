import { z } from 'zod';
import { timeBounds } from './bounds.ts';
import { defineQuery } from './query.ts';

/** What the collectors of one router reported of themselves within a range: the newest state, and the cost of all runs. */
export const routerCollectors = defineQuery({
  name: 'router_collectors',
  sql: `
SELECT collector, argMax((state, reason, interval_ms, runs, duration_us), (ts, rank)) AS newest,
  sum(runs) AS runs_all, sum(duration_us) AS duration_all_us, max(duration_max_us) AS longest_us
FROM collector_states FINAL
WHERE site = {site:String} AND router = {router:String}
  AND ${timeBounds('{from_ms:Int64}', '{to_ms:Int64}')}
GROUP BY collector`,
  params: z.object({ site: z.string(), router: z.string(), from_ms: z.number(), to_ms: z.number() }),
  row: z.object({
    collector: z.string(),
    newest: z
      .tuple([z.string(), z.string(), z.number(), z.number(), z.number()])
      .describe('state, reason, interval_ms, runs, duration_us'),
    runs_all: z.number(),
    duration_all_us: z.number(),
    longest_us: z.number(),
  }),
});
