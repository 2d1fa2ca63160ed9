import { z } from 'zod';
import { timeBounds } from './bounds.ts';
import { defineQuery } from './query.ts';

/** What routers of some sites heard of others in a range: names and addresses that these announced. */
export const fleetAdjacencies = defineQuery({
  name: 'fleet_adjacencies',
  sql: `
SELECT DISTINCT site, router, identity, address
FROM neighbors
WHERE site IN {sites:Array(String)} AND ${timeBounds('{from_ms:Int64}', '{to_ms:Int64}')}
ORDER BY site, router, identity, address
LIMIT 100000`,
  params: z.object({ sites: z.array(z.string()), from_ms: z.number(), to_ms: z.number() }),
  row: z.object({ site: z.string(), router: z.string(), identity: z.string(), address: z.string() }),
});
