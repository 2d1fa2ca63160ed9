import { z } from 'zod';
import { ANSWERED, timeBounds } from './bounds.ts';
import { defineQuery } from './query.ts';

/** How often one router's interfaces are sampled: the interval of its visits, and on how many answered ones they were read. */
export const routerCadence = defineQuery({
  name: 'router_cadence',
  sql: `
SELECT agent, max(interval_ms) AS interval_ms, countIf(${ANSWERED}) AS answered, countIf(interface_rows > 0) AS with_interfaces
FROM polls FINAL
WHERE site = {site:String} AND router = {router:String}
  AND ${timeBounds('{from_ms:Int64}', '{to_ms:Int64}')}
GROUP BY agent`,
  params: z.object({ site: z.string(), router: z.string(), from_ms: z.number(), to_ms: z.number() }),
  row: z.object({ agent: z.string(), interval_ms: z.number(), answered: z.number(), with_interfaces: z.number() }),
});
