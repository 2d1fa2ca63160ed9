import { z } from 'zod';
import { ANSWERED, timeBounds } from './bounds.ts';
import { defineQuery } from './query.ts';

/** One router's polls in buckets of step_ms: how many were answered, how many failed, and the newest failure's kind. */
export const routerPolls = defineQuery({
  name: 'router_polls',
  sql: `
SELECT intDiv(toUnixTimestamp64Milli(ts), {step_ms:Int64}) * {step_ms:Int64} AS ts_ms,
  countIf(${ANSWERED}) AS ok, countIf(NOT (${ANSWERED})) AS failed,
  multiIf(failed > 0, argMaxIf(toString(outcome), (ts, outcome), NOT (${ANSWERED})), countIf(outcome = 'partial') > 0, 'partial', 'ok') AS kind
FROM (SELECT ts, outcome FROM polls FINAL WHERE site = {site:String} AND router = {router:String}
    AND ${timeBounds('{from_ms:Int64}', '{to_ms:Int64}')})
GROUP BY ts_ms
ORDER BY ts_ms`,
  params: z.object({ site: z.string(), router: z.string(), from_ms: z.number(), to_ms: z.number(), step_ms: z.number() }),
  row: z.object({ ts_ms: z.number(), ok: z.number(), failed: z.number(), kind: z.string() }),
});
