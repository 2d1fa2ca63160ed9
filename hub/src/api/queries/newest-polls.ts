import { z } from 'zod';
import { timeBounds } from './bounds.ts';
import { defineQuery } from './query.ts';

/**
 * Newest poll of every router ever seen, per agent: also of those that nobody has polled for long. Those whose newest one lies at
 * to_ms or later come a second time where the raw table has an earlier one, from from_ms on.
 */
export const newestPolls = defineQuery({
  name: 'newest_polls',
  sql: `
SELECT site, router, agent, toUnixTimestamp64Milli(ts) AS ms, outcome, error, address, interval_ms
FROM polls_latest FINAL
UNION ALL
SELECT site, router, agent, toUnixTimestamp64Milli(max(ts)) AS ms, argMax(kind, ts) AS outcome, argMax(cause, ts) AS error,
  argMax(target, ts) AS address, argMax(every_ms, ts) AS interval_ms
FROM (
  SELECT site, router, agent, ts, toString(outcome) AS kind, error AS cause, address AS target, interval_ms AS every_ms
  FROM polls FINAL
  WHERE (site, router, agent) IN (
      SELECT site, router, agent FROM polls_latest FINAL WHERE ts >= fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC'))
    AND ${timeBounds('{from_ms:Int64}', '{to_ms:Int64}')})
GROUP BY site, router, agent`,
  params: z.object({ from_ms: z.number(), to_ms: z.number() }),
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
