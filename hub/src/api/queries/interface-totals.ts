import { z } from 'zod';
import { interfaceRange } from './interface-series.ts';
import { INTERFACE_STEPS } from './interface-steps.ts';
import { defineQuery } from './query.ts';

const direction = z
  .tuple([
    z.number().nullable(),
    z.number().nullable(),
    z.number().nullable(),
    z.number().nullable(),
    z.number().nullable(),
    z.number().nullable(),
  ])
  .describe('min, average, max, last and 95th percentile in bit/s, total in bytes');

const figures = (rate: string, increase: string) =>
  `(min(${rate}), sum(${increase}) * 8000. / sumIf(dt, ${rate} IS NOT NULL), max(${rate}), ` +
  `argMaxIf(${rate}, ms, ${rate} IS NOT NULL), quantileExactWeighted(0.95)(${rate}, toUInt64(dt)), sum(${increase}))`;

/**
 * One interface's figures over the steps that end in (from_ms, to_ms], so that totals of adjoining ranges add up. The percentile is
 * exact and weighted by the length of the steps. One row.
 */
export const interfaceTotals = defineQuery({
  name: 'interface_totals',
  sql: `
WITH ${INTERFACE_STEPS}
SELECT ${figures('rx_rate', 'rx')} AS rx, ${figures('tx_rate', 'tx')} AS tx
FROM steps
WHERE ms <= {to_ms:Int64}`,
  params: interfaceRange,
  row: z.object({ rx: direction, tx: direction }),
});
