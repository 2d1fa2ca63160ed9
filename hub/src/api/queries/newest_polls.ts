import { z } from 'zod';
import { defineQuery } from './query.ts';

/** Newest poll of every router ever seen, per agent: also of those that nobody has polled for long. */
export const newestPolls = defineQuery({
  name: 'newest_polls',
  sql: `
SELECT site, router, agent, toUnixTimestamp64Milli(ts) AS ms, outcome, error, address, interval_ms
FROM polls_latest FINAL`,
  params: z.object({}),
  row: z.object({
    site: z.string(),
    router: z.string(),
    agent: z.string(),
    ms: z.number(),
    outcome: z.string(),
    error: z.string(),
    address: z.string(),
    interval_ms: z.number(),
  }),
});
