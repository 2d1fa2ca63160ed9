import { z } from 'zod';
import { timeBounds } from './bounds.ts';
import { defineQuery } from './query.ts';

/** The newest reading of every sensor of one router within a range. */
export const routerSensors = defineQuery({
  name: 'router_sensors',
  sql: `
SELECT sensor, value, unit, state, toUnixTimestamp64Milli(sensors.ts) AS polled_at_ms
FROM sensors FINAL
WHERE site = {site:String} AND router = {router:String}
  AND ${timeBounds('{from_ms:Int64}', '{to_ms:Int64}')}
ORDER BY sensor, sensors.ts DESC, agent
LIMIT 1 BY sensor`,
  params: z.object({ site: z.string(), router: z.string(), from_ms: z.number(), to_ms: z.number() }),
  row: z.object({
    sensor: z.string(),
    value: z.number().nullable(),
    unit: z.string(),
    state: z.string(),
    polled_at_ms: z.number(),
  }),
});
