import { z } from 'zod';
import { CURRENT_RATES } from './current-rates.ts';
import { fleetRates } from './fleet-rates.ts';
import { defineQuery } from './query.ts';

/** The physical ports that carry most now, the busier direction deciding. */
export const topTalkers = defineQuery({
  name: 'top_talkers',
  sql: `
WITH ${CURRENT_RATES}
SELECT site, router, interface, rx_bps, tx_bps
FROM rates
WHERE rx_bps IS NOT NULL OR tx_bps IS NOT NULL
ORDER BY greatest(ifNull(rx_bps, 0), ifNull(tx_bps, 0)) DESC, site, router, interface
LIMIT 10`,
  params: fleetRates.params,
  row: z.object({
    site: z.string(),
    router: z.string(),
    interface: z.string(),
    rx_bps: z.number().nullable(),
    tx_bps: z.number().nullable(),
  }),
});
