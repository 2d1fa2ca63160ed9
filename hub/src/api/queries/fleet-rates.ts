import { z } from 'zod';
import { CURRENT_RATES } from './current-rates.ts';
import { defineQuery } from './query.ts';

/** Traffic of every router now: the sum over its physical ports. NULL when no port has a rate. */
export const fleetRates = defineQuery({
  name: 'fleet_rates',
  sql: `
WITH ${CURRENT_RATES}
SELECT site, router, sum(rx_bps) AS rx_bps, sum(tx_bps) AS tx_bps
FROM rates
GROUP BY site, router`,
  params: z.object({ from_ms: z.number(), to_ms: z.number() }),
  row: z.object({ site: z.string(), router: z.string(), rx_bps: z.number().nullable(), tx_bps: z.number().nullable() }),
});
