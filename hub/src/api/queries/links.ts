import { z } from 'zod';
import { timeBounds } from './bounds.ts';
import { defineQuery } from './query.ts';

/** Most links of one answer. */
export const LINKS_MAX = 5000;

/** Newest transition of every wireless link within a range; empty texts for site, router and mac mean all of them. */
export const newestLinkStates = defineQuery({
  name: 'newest_link_states',
  sql: `
SELECT site, router, object AS mac, argMax((toUnixTimestamp64Milli(ts), new, cause, detail), ts) AS newest
FROM events FINAL
WHERE kind = 'link_state' AND ts >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC') AND ts < fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC')
  AND {site:String} IN (site, '') AND {router:String} IN (router, '') AND {mac:String} IN (object, '')
GROUP BY site, router, object
HAVING newest.2 != 'stale' OR newest.1 >= {stale_from_ms:Int64}
ORDER BY site, router, mac
LIMIT ${LINKS_MAX + 1}`,
  params: z.object({
    from_ms: z.number(),
    to_ms: z.number(),
    stale_from_ms: z.number().describe('Links that are stale since before this are left out'),
    site: z.string(),
    router: z.string(),
    mac: z.string(),
  }),
  row: z.object({
    site: z.string(),
    router: z.string(),
    mac: z.string(),
    newest: z.tuple([z.number(), z.string(), z.string(), z.string()]).describe('ms, state, cause, detail'),
  }),
});

const optional = z.number().nullable();

/** Newest values of the clients of access points that had a transition of a link in a range, as short readings show them. */
export const linkValues = defineQuery({
  name: 'link_values',
  sql: `
SELECT site, router, MACNumToString(mac) AS mac, toUnixTimestamp64Milli(ts) AS ms, interface, signal_dbm, snr_db, tx_ccq_pct, tx_rate_bps, rx_rate_bps
FROM radio_clients FINAL
WHERE ${timeBounds('{seen_from_ms:Int64}', '{to_ms:Int64}')}
  AND (site, router, radio_clients.mac) IN (
    SELECT site, router, MACStringToNum(object) FROM events
    WHERE kind = 'link_state' AND ts >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC') AND ts < fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC')
      AND {site:String} IN (site, '') AND {router:String} IN (router, '') AND {mac:String} IN (object, ''))
ORDER BY site, router, mac, ts DESC, agent, interface
LIMIT 1 BY site, router, mac`,
  params: newestLinkStates.params.omit({ stale_from_ms: true }).extend({ seen_from_ms: z.number() }),
  row: z.object({
    site: z.string(),
    router: z.string(),
    mac: z.string(),
    ms: z.number(),
    interface: z.string(),
    signal_dbm: optional,
    snr_db: optional,
    tx_ccq_pct: optional,
    tx_rate_bps: optional,
    rx_rate_bps: optional,
  }),
});
