import { z } from 'zod';
import { INTERFACE_STEPS } from './interface-steps.ts';
import { defineQuery } from './query.ts';

/** Parameters of everything asked about one interface over a range. */
export const interfaceRange = z.object({
  database: z.string(),
  site: z.string(),
  router: z.string(),
  interface: z.string(),
  from_ms: z.number(),
  to_ms: z.number(),
  reach_ms: z.number(),
  until_ms: z.number(),
});

/**
 * Traffic of one interface in buckets of step_ms. A step that spans several buckets counts in each with its share of the time;
 * from_ms must be a multiple of step_ms. Buckets without a covered moment are left out.
 */
export const interfaceSeries = defineQuery({
  name: 'interface_series',
  sql: `
WITH ${INTERFACE_STEPS},
  shares AS (
    SELECT arrayJoin(range(intDiv(greatest(start_ms, {from_ms:Int64}), {step_ms:Int64}), intDiv(least(ms, {to_ms:Int64}) - 1, {step_ms:Int64}) + 1)) * {step_ms:Int64} AS ts_ms,
      least(ms, ts_ms + {step_ms:Int64}) - greatest(start_ms, ts_ms) AS covered_ms, rx_rate, tx_rate
    FROM steps)
SELECT ts_ms,
  sum(rx_rate * covered_ms) / sumIf(covered_ms, rx_rate IS NOT NULL) AS rx_bps,
  sum(tx_rate * covered_ms) / sumIf(covered_ms, tx_rate IS NOT NULL) AS tx_bps,
  max(rx_rate) AS rx_max_bps, max(tx_rate) AS tx_max_bps
FROM shares
GROUP BY ts_ms
ORDER BY ts_ms`,
  params: interfaceRange.extend({ step_ms: z.number() }),
  row: z.object({
    ts_ms: z.number(),
    rx_bps: z.number().nullable(),
    tx_bps: z.number().nullable(),
    rx_max_bps: z.number().nullable(),
    tx_max_bps: z.number().nullable(),
  }),
});
