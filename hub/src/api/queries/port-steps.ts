/** What the buckets of one port are made of, read from the raw tables: see port-buckets.ts. */
import { z } from 'zod';
import { ANSWERED } from './bounds.ts';
import { bucketOf, LOOKBACK_MS, rawBounds } from './interface-traffic.ts';
import { SPEED_AGE_MS, SPEED_AHEAD_MS } from './link-speeds.ts';
import { defineQuery } from './query.ts';

const PORT = 'site = {site:String} AND router = {router:String} AND interface = {interface:String}';

const routerParams = z.object({
  site: z.string(),
  router: z.string(),
  from_ms: z.number().describe('Start of the first bucket'),
  to_ms: z.number().describe('End of the last'),
});
const portParams = routerParams.extend({ interface: z.string() });

const increase = (way: 'rx' | 'tx'): string =>
  `if(backwards OR NOT ifNull(${way}_bytes >= previous_${way}, 0), NULL, toUInt64(${way}_bytes - previous_${way})) AS ${way}_increase`;

/**
 * The samples of a port in (from_ms, to_ms], each as a step from the one before of its agent and baseline (start_ms 0: there is none), in
 * order of time. An increase is NULL where a counter went backwards or was not reported. `restarted`: some counter is lower than in
 * the agent's sample before, whatever its baseline.
 */
export const portSteps = defineQuery({
  name: 'port_steps',
  sql: `
SELECT toString(agent) AS agent, toString(baseline) AS baseline, ms, start_ms, ${increase('rx')}, ${increase('tx')},
  ms - agent_ms <= ${LOOKBACK_MS} AND (ifNull(rx_bytes < agent_rx, 0) OR ifNull(tx_bytes < agent_tx, 0)) AS restarted
FROM (
  SELECT agent, baseline, ms, rx_bytes, tx_bytes,
    lagInFrame(ms) OVER run AS start_ms, lagInFrame(rx_bytes) OVER run AS previous_rx, lagInFrame(tx_bytes) OVER run AS previous_tx,
    lagInFrame(ms) OVER same_agent AS agent_ms, lagInFrame(rx_bytes) OVER same_agent AS agent_rx, lagInFrame(tx_bytes) OVER same_agent AS agent_tx,
    ifNull(rx_bytes < previous_rx, 0) OR ifNull(tx_bytes < previous_tx, 0) AS backwards
  FROM (
    SELECT agent, baseline, toUnixTimestamp64Milli(ts) AS ms, rx_bytes, tx_bytes
    FROM interface_counters FINAL
    WHERE ${PORT}
      AND ${rawBounds(`{from_ms:Int64} - ${LOOKBACK_MS}`, '{to_ms:Int64}')})
  WINDOW run AS (PARTITION BY agent, baseline ORDER BY ms ROWS BETWEEN 1 PRECEDING AND CURRENT ROW),
    same_agent AS (PARTITION BY agent ORDER BY ms ROWS BETWEEN 1 PRECEDING AND CURRENT ROW))
WHERE ms > {from_ms:Int64}
ORDER BY ms, agent`,
  params: portParams,
  row: z.object({
    agent: z.string(),
    baseline: z.string(),
    ms: z.number(),
    start_ms: z.number(),
    rx_increase: z.number().nullable(),
    tx_increase: z.number().nullable(),
    restarted: z.number().transform(Boolean),
  }),
});

/** The router's polls by agent and bucket of five minutes, from an hour before. */
export const portCadences = defineQuery({
  name: 'port_cadences',
  sql: `
SELECT toString(agent) AS agent, ${bucketOf('toUnixTimestamp64Milli(ts)')} AS polled_ms, max(interval_ms) AS every_ms,
  countIf(${ANSWERED}) AS answered, countIf(interface_rows > 0) AS with_interfaces
FROM polls FINAL
WHERE site = {site:String} AND router = {router:String}
  AND ${rawBounds(`{from_ms:Int64} - ${LOOKBACK_MS}`, '{to_ms:Int64}')}
GROUP BY agent, polled_ms`,
  params: routerParams,
  row: z.object({
    agent: z.string(),
    polled_ms: z.number(),
    every_ms: z.number(),
    answered: z.number(),
    with_interfaces: z.number(),
  }),
});

/** Readings of the port's speed, one a moment, in order of time; 0 without a link. */
export const portSpeeds = defineQuery({
  name: 'port_speeds',
  sql: `
SELECT toUnixTimestamp64Milli(ts) AS ms, max(ifNull(rate_bps, 0)) AS bps
FROM ethernet_ports FINAL
WHERE ${PORT}
  AND ${rawBounds(`{from_ms:Int64} - ${SPEED_AGE_MS}`, `{to_ms:Int64} + ${SPEED_AHEAD_MS}`)}
GROUP BY ms
ORDER BY ms`,
  params: portParams,
  row: z.object({ ms: z.number(), bps: z.number() }),
});
