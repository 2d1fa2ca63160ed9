import { z } from 'zod';
import { ANSWERED, timeBounds } from './bounds.ts';
import { defineQuery } from './query.ts';

/**
 * Newest answered poll before to_ms of every router ever seen. Routers whose newest one lies at to_ms or later are read from the raw
 * table, from from_ms on: an agent's wrong clock must not hide what came after.
 */
export const newestAnswers = defineQuery({
  name: 'newest_answers',
  sql: `
WITH fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC') AS until
SELECT site, router, toUnixTimestamp64Milli(ts) AS ms
FROM polls_answered_latest FINAL
WHERE ts < until
UNION ALL
SELECT site, router, toUnixTimestamp64Milli(max(polls.ts)) AS ms
FROM polls FINAL
WHERE (site, router) IN (SELECT site, router FROM polls_answered_latest FINAL WHERE ts >= until)
  AND ${timeBounds('{from_ms:Int64}', '{to_ms:Int64}')} AND ${ANSWERED}
GROUP BY site, router`,
  params: z.object({ from_ms: z.number(), to_ms: z.number() }),
  row: z.object({ site: z.string(), router: z.string(), ms: z.number() }),
});
