import { z } from 'zod';
import { defineQuery } from './query.ts';

/** Newest device values and identity of every router ever seen. */
export const newestDevices = defineQuery({
  name: 'newest_devices',
  sql: `
SELECT site, router, ms, uptime_ms, version, board, architecture, cpu_load_pct, memory_total_bytes, memory_free_bytes, identity
FROM (SELECT *, toUnixTimestamp64Milli(ts) AS ms FROM device_latest FINAL) AS device
FULL JOIN (SELECT site, router, toNullable(identity) AS identity FROM identity_latest FINAL) AS named USING (site, router)`,
  params: z.object({}),
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
