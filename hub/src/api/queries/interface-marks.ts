import { z } from 'zod';
import { interfaceRange } from './interface-series.ts';
import { FASTEST_BPS, INTERFACE_PAIRS, LINK_SPEED, PAIRS_AND_SPEEDS } from './interface-steps.ts';
import { defineQuery } from './query.ts';

/** SQL: a direction moved more than the link can carry. */
function tooFast(way: 'rx' | 'tx'): string {
  return `ifNull(${way}_bytes >= ${way}0 AND toUInt64(${way}_bytes - ${way}0) * 8000. / dt > ${FASTEST_BPS}, 0)`;
}

/**
 * Times without samples longer than reach_ms between two samples of one interface; samples whose counters had gone backwards, or
 * forwards by more than the port can carry; and the first and last sample (0 when there is none). One row.
 */
export const interfaceMarks = defineQuery({
  name: 'interface_marks',
  sql: `
WITH ${INTERFACE_PAIRS}
SELECT toInt64(min(ms)) AS first_ms, toInt64(max(ms)) AS last_ms,
  arraySort(groupArrayIf((previous_ms, ms), previous_ms > 0 AND ms - previous_ms > {reach_ms:Int64})) AS gaps,
  arraySort(groupArrayIf((ms, agent), ms > {from_ms:Int64} AND ms <= {to_ms:Int64} AND (backwards OR too_fast))) AS resets
FROM (
  SELECT pairs.ms AS ms, agent, dt, ${LINK_SPEED} AS speed_bps,
    lagInFrame(ms) OVER (ORDER BY ms ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS previous_ms,
    ifNull(rx_bytes < lagInFrame(rx_bytes) OVER same_agent, 0) OR ifNull(tx_bytes < lagInFrame(tx_bytes) OVER same_agent, 0) AS backwards,
    dt > 0 AND dt <= {reach_ms:Int64} AND (${tooFast('rx')} OR ${tooFast('tx')}) AS too_fast
  FROM ${PAIRS_AND_SPEEDS}
  WINDOW same_agent AS (PARTITION BY agent ORDER BY ms ROWS BETWEEN 1 PRECEDING AND CURRENT ROW))`,
  params: interfaceRange,
  row: z.object({
    first_ms: z.number(),
    last_ms: z.number(),
    gaps: z.array(z.tuple([z.number(), z.number()])).describe('ms of the samples before and after'),
    resets: z.array(z.tuple([z.number(), z.string()])).describe('ms, agent'),
  }),
});
