import { z } from 'zod';
import { timeBounds } from './bounds.ts';
import { defineQuery } from './query.ts';

/** Wireless clients seen within a short window whose newest signal is the weakest, dBm. */
export const weakestClients = defineQuery({
  name: 'weakest_clients',
  sql: `
SELECT site, router, interface, MACNumToString(mac) AS mac, argMax(tuple(signal_dbm), (ts, rank, agent)).1 AS signal_dbm
FROM radio_clients FINAL
WHERE ${timeBounds('{from_ms:Int64}', '{to_ms:Int64}')}
GROUP BY site, router, interface, mac
HAVING signal_dbm IS NOT NULL
ORDER BY signal_dbm, site, router, interface, mac
LIMIT 10`,
  params: z.object({ from_ms: z.number(), to_ms: z.number() }),
  row: z.object({ site: z.string(), router: z.string(), interface: z.string(), mac: z.string(), signal_dbm: z.number() }),
});
