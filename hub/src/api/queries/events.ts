import { z } from 'zod';
import { defineQuery } from './query.ts';

/** How far back the event is looked for that began what an event ended. */
const BEGAN_MAX_MS = 31 * 24 * 3600_000;

/** Condition for from <= ts < to, Unix ms; the key has the day. */
function within(from: string, to: string): string {
  const [start, end] = [from, to].map((ms) => `fromUnixTimestamp64Milli(${ms}, 'UTC')`);
  return `ts >= ${start} AND ts < ${end} AND toDate(ts) >= toDate(${start}) AND toDate(ts) <= toDate(${end})`;
}

/**
 * Events of a range behind a position, the newest first. Empty parameters leave the choice open. How long the state before had lasted comes
 * from the event that began it, where the event itself does not know.
 */
export const eventsQuery = defineQuery({
  name: 'events',
  sql: `
WITH page AS (
  SELECT ts, site, kind, router, object, old, new, cause, detail, lasted_ms
  FROM events FINAL
  WHERE ${within('{from_ms:Int64}', '{to_ms:Int64}')}
    AND ({site:String} = '' OR site = {site:String}) AND ({router:String} = '' OR router = {router:String})
    AND ({object:String} = '' OR object = {object:String}) AND (empty({kinds:Array(String)}) OR has({kinds:Array(String)}, kind))
    AND (-toUnixTimestamp64Milli(ts), site, kind, router, object) > (-{after_ms:Int64}, {after_site:String}, {after_kind:String}, {after_router:String}, {after_object:String})
  ORDER BY ts DESC, site, kind, router, object
  LIMIT {limit:UInt32})
SELECT toUnixTimestamp64Milli(page.ts) AS ts_ms, page.site AS site, page.kind AS kind, page.router AS router, page.object AS object, page.old AS old,
  page.new AS new, page.cause AS cause, page.detail AS detail,
  coalesce(page.lasted_ms, if(page.old = '' OR page.old = page.new OR earlier.began_ms = 0, NULL, toUInt64(toUnixTimestamp64Milli(page.ts) - earlier.began_ms))) AS lasted_ms
FROM page
  ASOF LEFT JOIN (
    SELECT site, kind, router, object, ts, toUnixTimestamp64Milli(ts) AS began_ms
    FROM events FINAL
    WHERE ${within(`{from_ms:Int64} - ${BEGAN_MAX_MS}`, '{to_ms:Int64}')}
      AND (site, kind, router, object) IN (SELECT site, kind, router, object FROM page WHERE lasted_ms IS NULL AND old != '')) AS earlier
  ON page.site = earlier.site AND page.kind = earlier.kind AND page.router = earlier.router AND page.object = earlier.object AND page.ts > earlier.ts
ORDER BY ts_ms DESC, site, kind, router, object`,
  params: z.object({
    from_ms: z.number(),
    to_ms: z.number(),
    site: z.string(),
    router: z.string(),
    object: z.string(),
    kinds: z.array(z.string()),
    after_ms: z.number(),
    after_site: z.string(),
    after_kind: z.string(),
    after_router: z.string(),
    after_object: z.string(),
    limit: z.number(),
  }),
  row: z.object({
    ts_ms: z.number(),
    site: z.string(),
    kind: z.string(),
    router: z.string(),
    object: z.string(),
    old: z.string(),
    new: z.string(),
    cause: z.string(),
    detail: z.string(),
    lasted_ms: z.number().nullable(),
  }),
});
