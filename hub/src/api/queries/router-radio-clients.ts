import { z } from 'zod';
import { timeBounds } from './bounds.ts';
import { defineQuery } from './query.ts';

const optional = z.number().nullable();

/** Wireless clients of one router at one poll of one agent, or of any when agent is empty: then each once. */
export const routerRadioClients = defineQuery({
  name: 'router_radio_clients',
  sql: `
SELECT interface, MACNumToString(mac) AS mac, stack, ssid, band, radio_name, signal_dbm, snr_db, tx_ccq_pct, tx_rate_bps, rx_rate_bps,
  tx_bytes, rx_bytes, uptime_ms, last_activity_ms, distance_m, toUnixTimestamp64Milli(ts) AS polled_at_ms
FROM radio_clients FINAL
WHERE site = {site:String} AND router = {router:String} AND {agent:String} IN (agent, '')
  AND ${timeBounds('{poll_ms:Int64}', '{poll_ms:Int64} + 1')}
ORDER BY interface, mac, agent
LIMIT 1 BY interface, mac`,
  params: z.object({ site: z.string(), router: z.string(), agent: z.string(), poll_ms: z.number() }),
  row: z.object({
    interface: z.string(),
    mac: z.string(),
    stack: z.string(),
    ssid: z.string(),
    band: z.string(),
    radio_name: z.string(),
    signal_dbm: optional,
    snr_db: optional,
    tx_ccq_pct: optional,
    tx_rate_bps: optional,
    rx_rate_bps: optional,
    tx_bytes: optional,
    rx_bytes: optional,
    uptime_ms: optional,
    last_activity_ms: optional,
    distance_m: optional,
    polled_at_ms: z.number(),
  }),
});
