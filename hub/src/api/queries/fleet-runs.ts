import { z } from 'zod';
import { ANSWERED, timeBounds } from './bounds.ts';
import { defineQuery } from './query.ts';

/**
 * Per router and agent over hours: when the newest run of answered or of failed polls began, on how many visits the interface
 * collector was due, and whether wireless clients were ever seen. A run that fills the whole window has
 * no start here but that of the window's first poll.
 */
export const fleetRuns = defineQuery({
  name: 'fleet_runs',
  sql: `
WITH ends AS (
  SELECT site, router, agent, min(ts) AS first,
    maxIf(ts, ${ANSWERED}) AS last_answered, maxIf(ts, NOT (${ANSWERED})) AS last_failed,
    countIf(${ANSWERED}) AS answered, countIf(interface_rows > 0) AS with_interfaces, max(radio_client_rows) > 0 AS has_radio_clients
  FROM polls FINAL
  WHERE ${timeBounds('{from_ms:Int64}', '{to_ms:Int64}')}
  GROUP BY site, router, agent),
starts AS (
  SELECT site, router, agent, minIf(ts, ${ANSWERED} AND ts > last_failed) AS up_since, minIf(ts, NOT (${ANSWERED}) AND ts > last_answered) AS failing_since
  FROM polls FINAL INNER JOIN (SELECT site, router, agent, last_answered, last_failed FROM ends WHERE last_failed > 0) AS changed USING (site, router, agent)
  WHERE ${timeBounds('{from_ms:Int64}', '{to_ms:Int64}')}
  GROUP BY site, router, agent)
SELECT site, router, agent, answered, with_interfaces, has_radio_clients, toUnixTimestamp64Milli(first) AS first_ms,
  if(last_failed > 0, toUnixTimestamp64Milli(up_since), 0) AS up_since_ms,
  if(last_answered > 0, toUnixTimestamp64Milli(failing_since), 0) AS failing_since_ms
FROM ends LEFT JOIN starts USING (site, router, agent)`,
  params: z.object({ from_ms: z.number(), to_ms: z.number() }),
  row: z.object({
    site: z.string(),
    router: z.string(),
    agent: z.string(),
    first_ms: z.number(),
    answered: z.number(),
    with_interfaces: z.number(),
    has_radio_clients: z.number(),
    up_since_ms: z.number().describe('0 when the window holds no such start'),
    failing_since_ms: z.number().describe('0 when the window holds no such start'),
  }),
});
