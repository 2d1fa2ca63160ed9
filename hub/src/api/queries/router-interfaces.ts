import { z } from 'zod';
import { timeBounds } from './bounds.ts';
import { RATE_MAX_BPS } from './current-rates.ts';
import { fastestBps, SPEED_AGE_MS } from './link-speeds.ts';
import { defineQuery } from './query.ts';

const FASTEST = fastestBps('link_bps', RATE_MAX_BPS);
const ROUTERS = '(site, router) IN (SELECT arrayJoin(arrayZip({sites:Array(String)}, {routers:Array(String)})) AS pair)';

/**
 * Newest values of the interfaces of some routers within [from_ms, to_ms), with the newest step as bit/s and its length, and the
 * speed of their links. A rate beyond the higher of the two newest speeds is none. sites[i] and routers[i] name a router. The caller
 * discards the rate of a step that is too long.
 */
export const routerInterfaces = defineQuery({
  name: 'router_interfaces',
  sql: `
WITH samples AS (
  SELECT *, toUnixTimestamp64Milli(ts) AS ms,
    ms - lagInFrame(ms) OVER prev AS dt, lagInFrame(rx_bytes) OVER prev AS rx0, lagInFrame(tx_bytes) OVER prev AS tx0
  FROM interface_counters FINAL
  WHERE ${ROUTERS}
    AND ${timeBounds('{from_ms:Int64}', '{to_ms:Int64}')}
  WINDOW prev AS (PARTITION BY site, router, interface, agent, baseline ORDER BY ts ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)),
rates AS (
  SELECT *,
    dt > 0 AND NOT ifNull(rx_bytes < rx0, 0) AND NOT ifNull(tx_bytes < tx0, 0) AS good,
    if(good, toUInt64(rx_bytes - rx0) * 8000. / dt, NULL) AS rx,
    if(good, toUInt64(tx_bytes - tx0) * 8000. / dt, NULL) AS tx
  FROM samples),
speeds AS (
  SELECT site, router, interface, argMax(tuple(rate_bps), (ts, agent)).1 AS speed,
    arrayMax(r -> r.2, groupArraySorted(2)((-toUnixTimestamp64Milli(ts), ifNull(rate_bps, 0)))) AS link_bps
  FROM ethernet_ports FINAL
  WHERE ${ROUTERS}
    AND ${timeBounds(`{to_ms:Int64} - ${SPEED_AGE_MS}`, '{to_ms:Int64}')}
  GROUP BY site, router, interface)
SELECT site, router, interface,
  argMax((type, comment, if(mac IS NULL, NULL, MACNumToString(assumeNotNull(mac))), running, disabled), (ms, agent)) AS facts,
  argMax((rx_errors, tx_errors, rx_drops, tx_drops, link_downs), (ms, agent)) AS counters,
  argMax((ms, dt, if(rx <= ${FASTEST}, rx, NULL), if(tx <= ${FASTEST}, tx, NULL)), (ms, agent)) AS step,
  any(speed) AS speed_bps
FROM rates LEFT JOIN speeds USING (site, router, interface)
GROUP BY site, router, interface
ORDER BY site, router, interface`,
  params: z.object({ sites: z.array(z.string()), routers: z.array(z.string()), from_ms: z.number(), to_ms: z.number() }),
  row: z.object({
    site: z.string(),
    router: z.string(),
    interface: z.string(),
    facts: z
      .tuple([z.string(), z.string(), z.string().nullable(), z.number().nullable(), z.number().nullable()])
      .describe('type, comment, mac, running, disabled'),
    counters: z
      .tuple([z.number().nullable(), z.number().nullable(), z.number().nullable(), z.number().nullable(), z.number().nullable()])
      .describe('rx_errors, tx_errors, rx_drops, tx_drops, link_downs'),
    step: z
      .tuple([z.number(), z.number(), z.number().nullable(), z.number().nullable()])
      .describe('ms of the newest sample, ms since the one before, rx_bps, tx_bps'),
    speed_bps: z.number().nullable(),
  }),
});
