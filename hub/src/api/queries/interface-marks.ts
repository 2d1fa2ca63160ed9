import { z } from 'zod';
import { interfaceRange } from './interface-series.ts';
import { INTERFACE_STEPS } from './interface-steps.ts';
import { defineQuery } from './query.ts';

/**
 * Times without samples longer than reach_ms between two samples of one interface; samples whose counters had gone backwards, or
 * forwards by more than the port can carry; and the first and last sample (0 when there is none). One row.
 */
export const interfaceMarks = defineQuery({
  name: 'interface_marks',
  sql: `
WITH ${INTERFACE_STEPS}
SELECT toInt64(min(ms)) AS first_ms, toInt64(max(ms)) AS last_ms,
  arraySort(groupArrayIf((previous_ms, ms), previous_ms > 0 AND ms - previous_ms > {reach_ms:Int64})) AS gaps,
  arraySort(arrayConcat(
    groupArrayIf((ms, agent), ms > {from_ms:Int64} AND ms <= {to_ms:Int64} AND (ifNull(rx_bytes < rx0, 0) OR ifNull(tx_bytes < tx0, 0))),
    (SELECT groupArray((ms, agent)) FROM moves WHERE ms <= {to_ms:Int64} AND ((rx_increase IS NOT NULL AND rx IS NULL) OR (tx_increase IS NOT NULL AND tx IS NULL))))) AS resets
FROM (
  SELECT ms, agent, rx_bytes, tx_bytes,
    lagInFrame(ms) OVER (ORDER BY ms ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS previous_ms,
    lagInFrame(rx_bytes) OVER same_agent AS rx0, lagInFrame(tx_bytes) OVER same_agent AS tx0
  FROM samples
  WINDOW same_agent AS (PARTITION BY agent ORDER BY ms ROWS BETWEEN 1 PRECEDING AND CURRENT ROW))`,
  params: interfaceRange,
  row: z.object({
    first_ms: z.number(),
    last_ms: z.number(),
    gaps: z.array(z.tuple([z.number(), z.number()])).describe('ms of the samples before and after'),
    resets: z.array(z.tuple([z.number(), z.string()])).describe('ms, agent'),
  }),
});
