import { z } from 'zod';
import { CURRENT_RATES } from './current-rates.ts';
import { defineQuery } from './query.ts';

const TALKERS = 10;

/** Traffic now, in one row: of every router the sum over its physical ports, and the ports that carry most, the busier direction deciding. */
export const fleetRates = defineQuery({
  name: 'fleet_rates',
  sql: `
WITH ${CURRENT_RATES}
SELECT groupArray((site, router, sum_rx_bps, sum_tx_bps)) AS routers,
  arrayMap(p -> (p.2, p.3, p.4, p.5, p.6), arraySlice(arraySort(p -> (p.1, p.2, p.3, p.4), groupArrayArray(busiest)), 1, ${TALKERS})) AS talkers
FROM (
  SELECT site, router, sum(rx_bps) AS sum_rx_bps, sum(tx_bps) AS sum_tx_bps,
    groupArraySortedIf(${TALKERS})(
      (-greatest(ifNull(rx_bps, 0), ifNull(tx_bps, 0)), site, router, interface, rx_bps, tx_bps),
      rx_bps IS NOT NULL OR tx_bps IS NOT NULL) AS busiest
  FROM rates
  GROUP BY site, router)`,
  params: z.object({ from_ms: z.number(), to_ms: z.number() }),
  row: z.object({
    routers: z
      .array(z.tuple([z.string(), z.string(), z.number().nullable(), z.number().nullable()]))
      .describe('site, router, bit/s received and sent; null when no port has a rate'),
    talkers: z
      .array(z.tuple([z.string(), z.string(), z.string(), z.number().nullable(), z.number().nullable()]))
      .describe('site, router, interface, bit/s received and sent; the busiest first'),
  }),
});
