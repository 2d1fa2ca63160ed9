import { z } from 'zod';
import { ANSWERED, timeBounds } from './bounds.ts';
import { defineQuery } from './query.ts';

/** Polls kept per router and agent: enough to tell three failures in a row and where a run began. */
export const RECENT_POLLS = 8;

/** Newest polls of every router within a short window, per agent. */
export const fleetPolls = defineQuery({
  name: 'fleet_polls',
  sql: `
SELECT site, router, agent,
  argMax((toString(outcome), error, address, interval_ms), ts) AS newest,
  arrayMap(p -> (-p.1, p.2, p.3), groupArraySorted(${RECENT_POLLS})((-toUnixTimestamp64Milli(ts), toUInt8(${ANSWERED}), radio_client_rows))) AS recent
FROM polls FINAL
WHERE ${timeBounds('{from_ms:Int64}', '{to_ms:Int64}')}
GROUP BY site, router, agent`,
  params: z.object({ from_ms: z.number(), to_ms: z.number() }),
  row: z.object({
    site: z.string(),
    router: z.string(),
    agent: z.string(),
    newest: z.tuple([z.string(), z.string(), z.string(), z.number()]).describe('outcome, error, address, interval_ms'),
    recent: z
      .array(z.tuple([z.number(), z.number(), z.number()]))
      .describe('ms, answered 0 or 1, radio client rows; newest first'),
  }),
});
