import { z } from 'zod';
import { timeBounds } from './bounds.ts';
import { defineQuery } from './query.ts';

const optional = z.number().nullable();

/** Values of one wireless client in buckets of step_ms, at the access points that had it; empty texts for site and router mean all of them. */
export const clientSignal = defineQuery({
  name: 'client_signal',
  sql: `
SELECT intDiv(toUnixTimestamp64Milli(ts), {step_ms:Int64}) * {step_ms:Int64} AS ts_ms, site, router, interface, uniqExact(ts) AS samples,
  avg(radio_clients.signal_dbm) AS signal_dbm, min(radio_clients.signal_dbm) AS signal_min_dbm, avg(radio_clients.snr_db) AS snr_db, avg(radio_clients.tx_ccq_pct) AS tx_ccq_pct,
  avg(radio_clients.tx_rate_bps) AS tx_rate_bps, avg(radio_clients.rx_rate_bps) AS rx_rate_bps
FROM radio_clients FINAL
WHERE mac = MACStringToNum({mac:String}) AND ${timeBounds('{from_ms:Int64}', '{to_ms:Int64}')}
  AND {site:String} IN (site, '') AND {router:String} IN (router, '')
  AND (site, router) IN (
    SELECT site, router FROM radio_client_quarters
    WHERE mac = MACStringToNum({mac:String})
      AND quarter >= toStartOfInterval(fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC'), INTERVAL 15 MINUTE) AND quarter < fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC'))
GROUP BY ts_ms, site, router, interface
ORDER BY ts_ms, site, router, interface`,
  params: z.object({
    mac: z.string(),
    site: z.string(),
    router: z.string(),
    from_ms: z.number(),
    to_ms: z.number(),
    step_ms: z.number(),
  }),
  row: z.object({
    ts_ms: z.number(),
    site: z.string(),
    router: z.string(),
    interface: z.string(),
    samples: z.number(),
    signal_dbm: optional,
    signal_min_dbm: optional,
    snr_db: optional,
    tx_ccq_pct: optional,
    tx_rate_bps: optional,
    rx_rate_bps: optional,
  }),
});
