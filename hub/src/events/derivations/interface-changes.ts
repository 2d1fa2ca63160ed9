/**
 * Interfaces that come, go, are renamed, re-created or move to another router of the site: what one poll that read the interfaces lists and
 * the one before did not, whichever agents made them. Where half an hour lies between the two nobody knows when it happened, and nothing is told.
 *
 * Renamed: one name goes and one comes, with the same hardware address and type, and no other of these. Re-created: the same name under another
 * `.id` or address, as a dynamic PPP interface has at every dial-in: its counters begin anew, and its agent gave it another baseline while the
 * router kept its own. Moved: a physical interface's address goes from one router and comes to another within half an hour.
 */
import { PHYSICAL_TYPES, timeBounds } from '../../api/queries/bounds.ts';
import { HOUR_MS } from '../../rollup/tiers.ts';
import type { Derivation } from '../derivation.ts';

/** A poll tells what was there before the next one for so long, and a move may take so long. */
const MEMORY_MS = HOUR_MS / 2;
const LOOKBACK_MS = 2 * MEMORY_MS;
/** Lives of an interface under one baseline of its router: agents count them within this. */
const LIVES_MAX = 2 ** 20;

const RANGE = timeBounds(`{from:Int64} - ${LOOKBACK_MS}`, '{to:Int64}');
const SAMPLED = `site IN {sites:Array(String)} AND ${RANGE}`;

/**
 * Most routers list the same interfaces all the time: those that may not are found without FINAL and without order, by a sum over the times at
 * which each interface was listed.
 */
const CANDIDATES = `
  SELECT DISTINCT site, router FROM (
    SELECT site, router, agent, interface, sum(cityHash64(ts)) AS listed, min(baseline) != max(baseline) AS lived_again
    FROM interface_counters
    WHERE ${SAMPLED}
    GROUP BY site, router, agent, interface)
  GROUP BY site, router, agent
  HAVING min(listed) != max(listed) OR max(lived_again)`;

/** Address as people write it; empty where there is none. */
const macText = (mac: string): string => `if(ifNull(${mac}, 0) = 0, '', MACNumToString(assumeNotNull(${mac})))`;

export const interfaceChanges: Derivation = {
  name: 'interface_changes',
  lookbackMs: LOOKBACK_MS,
  forwardMs: LOOKBACK_MS,
  spanMs: HOUR_MS,
  rows: 'interface_rows',
  candidates: CANDIDATES,
  select: `
WITH samples AS (
  SELECT site, router, agent, interface, toUnixTimestamp64Milli(ts) AS ms, toString(type) AS type, mac, baseline
  FROM interface_counters FINAL
  WHERE ${SAMPLED} AND (site, router) IN {routers:Array(Tuple(String, String))}),
moments AS (
  SELECT site, router, ms, lagInFrame(ms) OVER sides AS prior_ms, leadInFrame(ms) OVER sides AS next_ms
  FROM (SELECT DISTINCT site, router, ms FROM samples)
  WINDOW sides AS (PARTITION BY site, router ORDER BY ms ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING)),
listed AS (
  SELECT site, router, interface, ms, seen.1 AS type, seen.2 AS mac, lagInFrame(ms) OVER sides AS last_ms, leadInFrame(ms) OVER sides AS again_ms
  FROM (SELECT site, router, interface, ms, argMin((type, mac), agent) AS seen FROM samples GROUP BY site, router, interface, ms)
  WINDOW sides AS (PARTITION BY site, router, interface ORDER BY ms ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING)),
edges AS (
  SELECT site, router, edge.1 AS ms, interface, type, mac, edge.2 AS comes
  FROM (
    SELECT listed.site AS site, listed.router AS router, listed.interface AS interface, listed.type AS type, listed.mac AS mac,
      arrayFilter(edge -> edge.1 > 0, [
        (if(prior_ms > 0 AND listed.ms - prior_ms <= ${MEMORY_MS} AND last_ms != prior_ms, listed.ms, 0), 1),
        (if(next_ms > listed.ms AND next_ms - listed.ms <= ${MEMORY_MS} AND again_ms != next_ms, next_ms, 0), 0)]) AS found
    FROM listed INNER JOIN moments ON moments.site = listed.site AND moments.router = listed.router AND moments.ms = listed.ms)
  ARRAY JOIN found AS edge),
lives AS (
  SELECT site, router, agent, interface, ms, mac, baseline, lagInFrame(ms) OVER before AS last_ms, lagInFrame(mac) OVER before AS last_mac,
    lagInFrame(baseline) OVER before AS last_baseline
  FROM samples
  WINDOW before AS (PARTITION BY site, router, agent, interface ORDER BY ms ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)),
begun AS (
  SELECT lives.site AS site, lives.router AS router, lives.interface AS interface, lives.ms AS ms, lives.mac AS mac, lives.last_mac AS last_mac,
    lives.last_ms AS last_ms
  FROM lives INNER JOIN (
    SELECT site, router, agent, toUnixTimestamp64Milli(ts) AS ms, baseline
    FROM polls FINAL
    WHERE ${SAMPLED}) AS visits
    ON visits.site = lives.site AND visits.router = lives.router AND visits.agent = lives.agent AND visits.ms = lives.ms
  WHERE lives.last_ms >= lives.ms - ${MEMORY_MS} AND lives.baseline != lives.last_baseline
    AND toUInt64(lives.baseline - visits.baseline) < ${LIVES_MAX} AND toUInt64(lives.last_baseline - visits.baseline) < ${LIVES_MAX}),
-- A second agent notices it too, after the first.
recreated AS (
  SELECT * FROM (
    SELECT *, lagInFrame(ms) OVER (PARTITION BY site, router, interface ORDER BY ms, last_ms ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS noticed_ms
    FROM begun)
  WHERE noticed_ms <= last_ms),
renamed AS (
  SELECT site, router, ms, type, mac, anyIf(interface, NOT comes) AS old, anyIf(interface, comes) AS new
  FROM edges
  WHERE ifNull(mac, 0) != 0
  GROUP BY site, router, ms, type, mac
  HAVING countIf(comes) = 1 AND countIf(NOT comes) = 1),
moved AS (
  SELECT gone.site AS site, come.router AS router, greatest(gone.ms, come.ms) AS at_ms, come.interface AS interface, come.mac AS mac,
    argMax((gone.router, gone.interface), (gone.ms, gone.router, gone.interface)) AS from_port
  FROM (SELECT * FROM edges WHERE comes AND ifNull(mac, 0) != 0 AND type IN ${PHYSICAL_TYPES}) AS come
    INNER JOIN (SELECT * FROM edges WHERE NOT comes AND ifNull(mac, 0) != 0 AND type IN ${PHYSICAL_TYPES}) AS gone
    ON gone.site = come.site AND gone.mac = come.mac AND gone.type = come.type
  WHERE gone.router != come.router AND abs(gone.ms - come.ms) <= ${MEMORY_MS}
  GROUP BY site, router, at_ms, interface, mac),
changes AS (
  SELECT site, router, ms, if(comes, 'interface_added', 'interface_removed') AS kind, interface AS object,
    if(comes, '', type) AS old, if(comes, type, '') AS new, mac
  FROM edges
  WHERE (site, router, ms, interface) NOT IN (SELECT site, router, ms, old FROM renamed)
    AND (site, router, ms, interface) NOT IN (SELECT site, router, ms, new FROM renamed)
    AND (NOT comes OR (site, router, ms, interface) NOT IN (SELECT site, router, ms, interface FROM recreated))
  UNION ALL
  SELECT site, router, ms, 'interface_renamed' AS kind, new AS object, old, new, mac FROM renamed
  UNION ALL
  SELECT site, router, ms, 'interface_recreated' AS kind, interface AS object, ${macText('last_mac')} AS old, ${macText('mac')} AS new, mac FROM recreated
  UNION ALL
  SELECT site, router, at_ms AS ms, 'interface_moved' AS kind, interface AS object, concat(from_port.1, '/', from_port.2) AS old,
    concat(router, '/', interface) AS new, mac
  FROM moved)
SELECT fromUnixTimestamp64Milli(ms, 'UTC') AS ts, site, kind, router, toString(object) AS object, toString(old) AS old, toString(new) AS new, '' AS cause,
  if(ifNull(mac, 0) = 0, '{}', toJSONString(CAST(tuple(${macText('mac')}), 'Tuple(mac String)'))) AS detail, CAST(NULL, 'Nullable(UInt64)') AS lasted_ms
FROM changes
WHERE ms >= {from:Int64}`,
};
