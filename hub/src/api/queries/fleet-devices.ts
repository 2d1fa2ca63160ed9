import { z } from 'zod';
import { timeBounds } from './bounds.ts';
import { defineQuery } from './query.ts';

/** Newest CPU, memory and uptime of every router within a short window. */
export const fleetDevices = defineQuery({
  name: 'fleet_devices',
  sql: `
SELECT site, router,
  argMax((toUnixTimestamp64Milli(ts), uptime_ms, cpu_load_pct, memory_total_bytes, memory_free_bytes), (ts, rank, agent)) AS newest
FROM device_resources FINAL
WHERE ${timeBounds('{from_ms:Int64}', '{to_ms:Int64}')}
GROUP BY site, router`,
  params: z.object({ from_ms: z.number(), to_ms: z.number() }),
  row: z.object({
    site: z.string(),
    router: z.string(),
    newest: z
      .tuple([z.number(), z.number().nullable(), z.number().nullable(), z.number().nullable(), z.number().nullable()])
      .describe('ms, uptime_ms, cpu_load_pct, memory_total_bytes, memory_free_bytes'),
  }),
});
