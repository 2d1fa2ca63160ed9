import { z } from 'zod';
import { defineQuery } from './query.ts';

/** Most gaps of one answer. */
export const GAPS_MAX = 2000;

/** Gaps that overlap a range, the open and the longest first; empty texts for site and router mean all of them. */
export const gapsQuery = defineQuery({
  name: 'gaps',
  sql: `
SELECT site, router, toUnixTimestamp64Milli(from_ts) AS from_ms, toUnixTimestamp64Milli(to_ts) AS to_ms, open, cause, detail, agent,
  failed_polls, missing_polls
FROM gaps(from = {from:String}, to = {to:String})
WHERE ({site:String} = '' OR site = {site:String}) AND ({router:String} = '' OR router = {router:String})
ORDER BY open DESC, duration_ms DESC, site, router, from_ms
LIMIT ${GAPS_MAX + 1}`,
  params: z.object({
    from: z.string().describe('UTC, 2026-01-01 00:00:00.000'),
    to: z.string().describe('The same; exclusive'),
    site: z.string(),
    router: z.string(),
  }),
  row: z.object({
    site: z.string(),
    router: z.string(),
    from_ms: z.number(),
    to_ms: z.number(),
    open: z.number(),
    cause: z.string(),
    detail: z.string(),
    agent: z.string(),
    failed_polls: z.number(),
    missing_polls: z.number(),
  }),
});
