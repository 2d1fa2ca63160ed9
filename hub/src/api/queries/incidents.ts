import { z } from 'zod';
import { defineQuery } from './query.ts';

/** Incidents of some state, the latest beginning first, from behind a cursor on. */
export const incidentPage = defineQuery({
  name: 'incidents',
  sql: `
SELECT id, rule, severity, site, router, object, summary, toUnixTimestamp64Milli(started_at) AS started_ms,
  toUnixTimestamp64Milli(detected_at) AS detected_ms, toUnixTimestamp64Milli(closed_at) AS closed_ms, close_reason, value, closing_value, unit,
  detail, suppressed_by, announced
FROM incidents FINAL
WHERE ({state:String} = 'all' OR (closed_at IS NULL) = ({state:String} = 'open'))
  AND ({site:String} = '' OR site = {site:String}) AND ({router:String} = '' OR router = {router:String})
  AND ({rule:String} = '' OR rule = {rule:String}) AND (empty({severities:Array(String)}) OR has({severities:Array(String)}, severity))
  AND started_at < fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC')
  AND (closed_at IS NULL OR closed_at >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC'))
  AND (started_at, id) < (fromUnixTimestamp64Milli({before_ms:Int64}, 'UTC'), {before_id:String})
ORDER BY started_at DESC, id DESC
LIMIT {limit:UInt32}`,
  params: z.object({
    state: z.enum(['open', 'closed', 'all']),
    site: z.string(),
    router: z.string(),
    rule: z.string(),
    severities: z.array(z.string()),
    from_ms: z.number(),
    to_ms: z.number(),
    before_ms: z.number(),
    before_id: z.string(),
    limit: z.number(),
  }),
  row: z.object({
    id: z.string(),
    rule: z.string(),
    severity: z.enum(['info', 'warning', 'critical']),
    site: z.string(),
    router: z.string(),
    object: z.string(),
    summary: z.string(),
    started_ms: z.number(),
    detected_ms: z.number(),
    closed_ms: z.number().nullable(),
    close_reason: z.enum(['', 'cleared', 'no_data', 'withdrawn', 'rule_removed']),
    value: z.number(),
    closing_value: z.number().nullable(),
    unit: z.string(),
    detail: z.string(),
    suppressed_by: z.string(),
    announced: z.number(),
  }),
});
