import { z } from 'zod';
import { ANSWERED, timeBounds } from './bounds.ts';
import { defineQuery } from './query.ts';

/** Polls kept per router and agent: enough to tell three failures in a row. */
export const RECENT_POLLS = 8;
/** Polls that the start of the newest run is looked for in: at one a second more than lie behind the last reading of runs. */
const RUN_POLLS = 64;

/** Newest polls of every router within a short window, per agent. */
export const fleetPolls = defineQuery({
  name: 'fleet_polls',
  sql: `
SELECT site, router, agent, newest,
  arrayMap(p -> (-p.1, p.2, p.3), arraySlice(sorted, 1, ${RECENT_POLLS})) AS recent,
  if((arrayFirstIndex(p -> p.2 != sorted[1].2, sorted) AS change) > 0, -sorted[change - 1].1, 0) AS run_start_ms
FROM (
  SELECT site, router, agent,
    argMax((toString(outcome), error, address, interval_ms), ts) AS newest,
    groupArraySorted(${RUN_POLLS})((-toUnixTimestamp64Milli(ts), toUInt8(${ANSWERED}), radio_client_rows)) AS sorted
  FROM polls FINAL
  WHERE ${timeBounds('{from_ms:Int64}', '{to_ms:Int64}')}
  GROUP BY site, router, agent)`,
  params: z.object({ from_ms: z.number(), to_ms: z.number() }),
  row: z.object({
    site: z.string(),
    router: z.string(),
    agent: z.string(),
    newest: z.tuple([z.string(), z.string(), z.string(), z.number()]).describe('outcome, error, address, interval_ms'),
    recent: z
      .array(z.tuple([z.number(), z.number(), z.number()]))
      .describe('ms, answered 0 or 1, radio client rows; newest first'),
    run_start_ms: z
      .number()
      .describe('the first poll of the newest run of answered or of failed ones; 0 where that began before these'),
  }),
});
