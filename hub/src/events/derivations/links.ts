/**
 * Transitions of wireless links. A link is a client that is registered at an access point and has the address of another router: it is named
 * by the access point and the address, so that a router with two radios has two. What it is at a visit follows from the visits before:
 *
 * - `discovered`: registered, but not yet for long, and not a day ago either;
 * - `active`, or `degraded` when its values were bad for a while; only good ones for a while, or ten minutes without a bad while, end that;
 * - `down`: missing in two readings of the table, for a while;
 * - `stale`: not registered for a day; then it is forgotten;
 * - `unknown`: the access point is not reached, or its table was not read for ten minutes, or several routers have the address.
 *
 * Before a visit that has none before it for a quarter of an hour, a link is `unknown`: that an agent is silent is stored nowhere.
 */
import type { LinkThresholds, Threshold } from '../../links/thresholds.ts';
import type { Derivation } from '../derivation.ts';
import { MEMORY_MS, moments, quarters, registered, sitesOfClients, sitesThatShare, startOf } from './radio-evidence.ts';

const HOUR_MS = 3600_000;
/** A link whose values are neither good nor bad stays degraded for so long, ms. */
export const HOLD_MS = 600_000;
/** How long a table may not be read by visits that are answered, ms: less than these are remembered. */
export const UNREAD_MS = 600_000;
/** How long a state may have lasted to tell since when, ms. */
export const LASTED_MAX_MS = 900_000;
/** Radios, before the ports of a router that share an address with one. */
const RADIO_TYPES = "('wlan', 'wifi', 'wifiwave2', 'w60g', 'cap')";

/** Where what is judged stands in a registration; the first that is bad is the cause. */
const VALUES = { signal: 'seen.2', snr: 'seen.3', ccq: 'seen.4' } as const;
const METRICS = ['signal', 'snr', 'ccq'] as const;

/** Makes the derivation for the thresholds of a configuration. */
export function links(thresholds: LinkThresholds): Derivation {
  const { degradedAfterMs, recoveredAfterMs, staleAfterMs } = thresholds;
  const quality = HOLD_MS + Math.max(degradedAfterMs, recoveredAfterMs) + MEMORY_MS;
  const lookbackMs = LASTED_MAX_MS + MEMORY_MS + quality;
  return {
    name: 'links',
    lookbackMs,
    forwardMs: staleAfterMs + HOUR_MS + lookbackMs + MEMORY_MS,
    spanMs: HOUR_MS,
    rows: '1 + radio_client_rows',
    isCostly: true,
    spread: `${sitesOfClients(staleAfterMs + MEMORY_MS)}\nUNION DISTINCT\n${sitesThatShare(staleAfterMs + MEMORY_MS)}`,
    select: linkEvents(thresholds, lookbackMs),
  };
}

function linkEvents(thresholds: LinkThresholds, lookbackMs: number): string {
  const { degradedAfterMs, recoveredAfterMs, activeAfterMs, downAfterMs, staleAfterMs } = thresholds;
  const staleHours = Math.ceil(staleAfterMs / HOUR_MS);
  const limits = { signal: thresholds.signalDbm, snr: thresholds.snrDb, ccq: thresholds.ccqPct };
  const isBad = (name: keyof typeof VALUES): string => below(VALUES[name], limits[name].enter);
  const anyBad = `(${METRICS.map(isBad).join(' OR ')})`;
  const isGood = METRICS.map((name) => `NOT ${below(VALUES[name], limits[name].exit)}`).join(' AND ');
  const hourOf = (ms: string): string => `intDiv(${ms}, ${HOUR_MS})`;
  const clients = quarters(`start_ms - ${staleAfterMs + MEMORY_MS}`, '{to:Int64}');
  const seenHours = `hour >= toDateTime((${hourOf('start_ms')} - ${staleHours + 1}) * 3600, 'UTC') AND hour < fromUnixTimestamp64Milli({to:Int64}, 'UTC')`;
  const ofLink = 'PARTITION BY site, router, mac ORDER BY ms';
  return `
WITH ${startOf(lookbackMs)} AS start_ms,
known AS (
  SELECT site, router, mac, maxIf(toUnixTimestamp64Milli(last_ts), last_ts < fromUnixTimestamp64Milli(start_ms, 'UTC')) AS before_ms
  FROM radio_client_quarters
  WHERE ${clients} AND mac IN (
      SELECT mac FROM interface_mac_hours
      WHERE ${seenHours} AND mac IN (SELECT mac FROM radio_client_quarters WHERE ${clients} AND site IN {sites:Array(String)}))
  GROUP BY site, router, mac),
hours AS (
  SELECT mac, site, router, toInt64(intDiv(toUnixTimestamp(hour), 3600)) AS hour_number, min(toUnixTimestamp64Milli(first_ts)) AS first_ms,
    argMin(interface, (type NOT IN ${RADIO_TYPES}, interface)) AS port
  FROM interface_mac_hours
  WHERE ${seenHours} AND mac IN (SELECT mac FROM known)
  GROUP BY mac, site, router, hour_number),
owners AS (
  SELECT mac, at_ms, arrayFilter(seen -> seen.2 <= at_ms, all_seen) AS before, arrayMax(seen -> seen.1, before) AS newest_hour,
    arraySort(arrayDistinct(arrayMap(seen -> (seen.3, seen.4), arrayFilter(seen -> seen.1 >= newest_hour - 1, before)))) AS routers,
    arrayMax(seen -> if((seen.3, seen.4) = routers[1], (seen.1, seen.5), (toInt64(0), '')), before).2 AS port,
    arrayMin(seen -> if((seen.3, seen.4) = routers[1] AND seen.1 >= ${hourOf('at_ms')} - ${staleHours}, seen.2, 9223372036854775807), before) AS since_ms
  FROM (SELECT mac, groupArray((hour_number, first_ms, toString(site), toString(router), toString(port))) AS all_seen FROM hours GROUP BY mac)
  ARRAY JOIN arrayDistinct(arrayMap(seen -> seen.2, all_seen)) AS at_ms),
${moments('start_ms', '(site, router) IN (SELECT site, router FROM known)')},
${registered('start_ms', '(site, router, mac) IN (SELECT site, router, mac FROM known)')},
telling AS (
  SELECT site, router, ms, is_read, clients, is_unreachable, outcome, last_read_ms, is_answered AND NOT is_read AND last_read_ms < ms - ${UNREAD_MS} AS is_unread
  FROM moments
  WHERE is_read OR is_unreachable OR is_unread),
looked AS (
  SELECT telling.site AS site, telling.router AS router, known.mac AS mac, telling.ms AS ms, clients, is_unreachable, is_unread, outcome, last_read_ms, before_ms,
    registered.ms != 0 AS is_here, seen
  FROM telling
  INNER JOIN known ON known.site = telling.site AND known.router = telling.router
  LEFT JOIN registered ON registered.site = telling.site AND registered.router = telling.router AND registered.mac = known.mac AND registered.ms = telling.ms),
placed AS (
  SELECT *,
    greatest(before_ms, max(if(is_here, ms, 0)) OVER (${ofLink} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)) AS here_ms,
    max(if(is_here, (ms, toString(site), toString(router), toString(seen.1)), (0, '', '', ''))) OVER (PARTITION BY mac ORDER BY ms RANGE BETWEEN ${MEMORY_MS} PRECEDING AND CURRENT ROW) AS newest,
    before_ms > ms - ${staleAfterMs} OR max(is_here) OVER (${ofLink} RANGE BETWEEN ${staleAfterMs - 1} PRECEDING AND ${activeAfterMs} PRECEDING) AS is_settled,
    before_ms > ms - ${staleAfterMs} OR max(is_here) OVER (${ofLink} RANGE BETWEEN ${staleAfterMs - 1} PRECEDING AND 1 PRECEDING) AS is_old
  FROM looked),
decisive AS (
  SELECT site, router, mac, ms, clients, outcome, here_ms, newest, is_settled, is_old, is_here, seen,
    multiIf(is_here, 'here', ms - here_ms >= ${staleAfterMs}, 'stale', is_unreachable, 'unreachable', is_unread, 'unread',
      ms - here_ms >= ${downAfterMs} AND (last_read_ms > here_ms OR ms - here_ms >= ${MEMORY_MS}), 'gone', '') AS evidence,
    is_here AND ${anyBad} AS is_bad, is_here AND ${isGood} AS is_good
  FROM placed
  WHERE site IN {sites:Array(String)} AND evidence != ''),
owned AS (
  SELECT decisive.*, if(newest_hour >= ${hourOf('decisive.ms')} - ${staleHours}, routers, []) AS holders, port, since_ms,
    length(holders) > 1 AS is_doubled, length(holders) = 1 AND holders[1] != (toString(decisive.site), toString(decisive.router)) AS is_link
  FROM decisive ASOF LEFT JOIN owners ON owners.mac = decisive.mac AND owners.at_ms <= decisive.ms),
runs AS (
  SELECT *,
    lagInFrame(ms) OVER before >= ms - ${MEMORY_MS} AS is_next,
    is_bad AND NOT (is_next AND lagInFrame(is_bad) OVER before) AS bad_begins,
    is_good AND NOT (is_next AND lagInFrame(is_good) OVER before) AS good_begins
  FROM owned
  WINDOW before AS (${ofLink} ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)),
spells AS (
  SELECT *,
    max(if(bad_begins, ms, 0)) OVER (${ofLink} RANGE BETWEEN ${degradedAfterMs} PRECEDING AND CURRENT ROW) AS bad_ms,
    max(if(good_begins, ms, 0)) OVER (${ofLink} RANGE BETWEEN ${recoveredAfterMs} PRECEDING AND CURRENT ROW) AS good_ms
  FROM runs),
qualities AS (
  SELECT *,
    max(if(is_bad AND (bad_ms = 0 OR bad_ms <= ms - ${degradedAfterMs}), ms, 0)) OVER lately AS entered_ms,
    max(if(evidence IN ('gone', 'stale') OR is_good AND (good_ms = 0 OR good_ms <= ms - ${recoveredAfterMs}), ms, 0)) OVER lately AS left_ms
  FROM spells
  WINDOW lately AS (${ofLink} RANGE BETWEEN ${HOLD_MS} PRECEDING AND CURRENT ROW)),
states AS (
  SELECT *, judgement.1 AS state, judgement.2 AS reason
  FROM (
    SELECT *, if(is_doubled, ('', ''), holders[1]) AS cpe,
      multiIf(
        evidence = 'stale', if(is_link AND ms - here_ms < ${staleAfterMs + MEMORY_MS}, ('stale', 'not_registered'), ('', '')),
        is_doubled, ('unknown', 'duplicate_mac'),
        NOT is_link, ('', ''),
        evidence = 'unreachable', ('unknown', 'ap_unreachable'),
        evidence = 'unread', ('unknown', 'table_not_read'),
        evidence = 'gone', ('down', multiIf(newest.1 > here_ms, 'roamed', clients = 0, 'ap_without_clients', 'not_registered')),
        NOT (is_settled AND since_ms <= ms - ${activeAfterMs}), ('discovered', 'registered'),
        entered_ms > left_ms, ('degraded', multiIf(${isBad('signal')}, 'signal', ${isBad('snr')}, 'snr', ${isBad('ccq')}, 'ccq', 'quality')),
        ('active', '')) AS judgement
    FROM qualities)),
steps AS (
  SELECT site, router, mac, ms, outcome, here_ms, newest, is_here, seen, evidence, holders, port, is_doubled, is_next, cpe, state, reason,
    multiIf(is_next, lagInFrame(state) OVER before, is_old, 'unknown', '') AS last_state,
    if(is_next, lagInFrame(cpe) OVER before, cpe) AS last_cpe,
    is_here AND is_doubled AND NOT (is_next AND lagInFrame(is_here AND is_doubled) OVER before) AS doubles
  FROM states
  WINDOW before AS (${ofLink} ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)),
changes AS (
  SELECT *, multiIf(
      state = '', is_next AND last_state NOT IN ('', 'stale'),
      last_state = '', state IN ('discovered', 'active', 'degraded'),
      state != last_state OR (cpe != last_cpe AND cpe.2 != '' AND last_cpe.2 != '')) AS moves
  FROM steps),
timed AS (
  SELECT *, max(if(moves, ms, 0)) OVER (${ofLink} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS began_ms
  FROM changes)
SELECT fromUnixTimestamp64Milli(ms, 'UTC') AS ts, site, kind, router, MACNumToString(mac) AS object,
  if(kind = 'link_state', last_state, '') AS old,
  if(kind = 'link_state', if(state = '', 'stale', state), arrayStringConcat(arrayMap(holder -> holder.2, holders), ' ')) AS new,
  multiIf(kind != 'link_state', 'duplicate_mac', state = '', 'cpe_unknown', state = last_state, 'cpe_changed', state != 'active', reason,
    last_state = 'unknown', 'reached', last_state = 'degraded', 'recovered', last_state = 'discovered', 'settled', 'registered') AS cause,
  if(kind = 'link_state',
    toJSONString(CAST((cpe.1, cpe.2, if(is_doubled, '', port), seen.1, seen.2, seen.3, seen.4, if(evidence = 'unreachable', outcome, ''),
      if(reason = 'roamed', concat(newest.2, '/', newest.3, '/', newest.4), ''), here_ms),
      'Tuple(cpe_site String, cpe String, cpe_interface String, interface String, signal_dbm Nullable(Int32), snr_db Nullable(Int32), tx_ccq_pct Nullable(UInt32), outcome String, roamed_to String, registered_ms Float64)')),
    toJSONString(CAST((seen.1, holders), 'Tuple(interface String, routers Array(Tuple(site String, router String)))'))) AS detail,
  if(kind = 'link_state' AND began_ms > ms - ${LASTED_MAX_MS}, toNullable(toUInt64(ms - began_ms)), NULL) AS lasted_ms
FROM timed
ARRAY JOIN arrayFilter(kind -> kind != '', [if(doubles, 'duplicate_mac', ''), if(moves, 'link_state', '')]) AS kind
WHERE ms >= {from:Int64}`;
}

/** SQL: a reported value lies below a limit. */
function below(column: string, limit: Threshold['enter']): string {
  return `ifNull(${column} < ${limit}, 0)`;
}
