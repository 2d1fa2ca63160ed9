import { z } from 'zod';
import { timeBounds } from './bounds.ts';
import { defineQuery } from './query.ts';

/** What the collectors of one router reported of themselves within a range: the newest state, and the cost of all runs. */
export const routerCollectors = defineQuery({
  name: 'router_collectors',
  sql: `
SELECT collector, argMax((state, reason, interval_ms), (ts, rank, agent)) AS newest,
  argMaxIf(duration_us / c.runs, (ts, rank, agent), c.runs > 0) AS duration_last_us,
  sum(c.runs) AS runs, sum(duration_us) AS duration_all_us, max(duration_max_us) AS longest_us
FROM collector_states AS c FINAL
WHERE site = {site:String} AND router = {router:String}
  AND ${timeBounds('{from_ms:Int64}', '{to_ms:Int64}')}
GROUP BY collector`,
  params: z.object({ site: z.string(), router: z.string(), from_ms: z.number(), to_ms: z.number() }),
  row: z.object({
    collector: z.string(),
    newest: z.tuple([z.string(), z.string(), z.number()]).describe('state, reason, interval_ms'),
    duration_last_us: z.number(),
    runs: z.number(),
    duration_all_us: z.number(),
    longest_us: z.number(),
  }),
});
