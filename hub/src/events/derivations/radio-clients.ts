/**
 * Wireless clients that join an access point, leave it, or roam from one to another. One has left when it is missing in two readings of the
 * registration table, for a while; at another access point before that, it has roamed. What happens while the table is not read for a quarter
 * of an hour stays unknown.
 */
import type { LinkThresholds } from '../../links/thresholds.ts';
import type { Derivation } from '../derivation.ts';
import { MEMORY_MS, moments, quarters, registered, sitesThatShare, startOf } from './radio-evidence.ts';

const HOUR_MS = 3600_000;
const LOOKBACK_MS = 2 * MEMORY_MS;

/** Makes the derivation for the thresholds of a configuration. */
export function radioClients({ downAfterMs }: Pick<LinkThresholds, 'downAfterMs'>): Derivation {
  return {
    name: 'radio_clients',
    lookbackMs: LOOKBACK_MS,
    forwardMs: LOOKBACK_MS + MEMORY_MS,
    spanMs: HOUR_MS,
    rows: '1 + radio_client_rows',
    isCostly: true,
    spread: sitesThatShare(MEMORY_MS),
    select: clientEvents(downAfterMs),
  };
}

/**
 * Clients are looked at wherever they are, in these sites and at access points elsewhere that share one with them. `left_ms` is the reading at
 * which a client counts as gone after it was seen for the last time; `elsewhere` is where it was seen last before.
 */
function clientEvents(downAfterMs: number): string {
  const window = quarters('start_ms', '{to:Int64}');
  const ofClient = 'PARTITION BY mac ORDER BY ms';
  return `
WITH ${startOf(LOOKBACK_MS)} AS start_ms,
places AS (
  SELECT DISTINCT site, router FROM radio_client_quarters
  WHERE ${window} AND mac IN (SELECT mac FROM radio_client_quarters WHERE ${window} AND site IN {sites:Array(String)})),
${moments('start_ms', '(site, router) IN (SELECT site, router FROM places)')},
${registered('start_ms', '(site, router) IN (SELECT site, router FROM places)')},
readings AS (
  SELECT site, router, ms, lagInFrame(ms) OVER near AS last_ms, lagInFrame(ms, 2) OVER near AS before_last_ms, leadInFrame(ms) OVER near AS next_ms,
    min((ms, clients)) OVER (PARTITION BY site, router ORDER BY ms RANGE BETWEEN ${downAfterMs} FOLLOWING AND ${MEMORY_MS} FOLLOWING) AS late,
    (leadInFrame(ms, 2) OVER near, leadInFrame(clients, 2) OVER near) AS second
  FROM moments
  WHERE is_read
  WINDOW near AS (PARTITION BY site, router ORDER BY ms ROWS BETWEEN 2 PRECEDING AND 2 FOLLOWING)),
stays AS (
  SELECT site, router, mac, ms, seen, last_ms, before_last_ms, lagInFrame(ms) OVER near AS here_before_ms, lagInFrame(seen) OVER near AS seen_before,
    leadInFrame(ms) OVER near AS here_next_ms, if(late.1 = 0 OR second.1 = 0, (toInt64(0), toUInt32(0)), greatest(late, second)) AS gone,
    if(here_next_ms != next_ms AND (here_next_ms = 0 OR gone.1 < here_next_ms) AND gone.1 - ms <= ${MEMORY_MS}, gone.1, 0) AS left_ms
  FROM registered INNER JOIN readings USING (site, router, ms)
  WINDOW near AS (PARTITION BY site, router, mac ORDER BY ms ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING)),
followed AS (
  SELECT *,
    max((ms, toString(site), toString(router), toString(seen.1), left_ms, seen.5)) OVER (${ofClient} RANGE BETWEEN ${MEMORY_MS} PRECEDING AND 1 PRECEDING) AS elsewhere,
    min(ms) OVER (${ofClient} RANGE BETWEEN 1 FOLLOWING AND ${MEMORY_MS} FOLLOWING) AS seen_next_ms
  FROM stays),
changes AS (
  SELECT site, router, mac, ms, seen, seen_before, elsewhere, left_ms, gone,
    here_before_ms >= ms - ${MEMORY_MS} AND (here_before_ms = last_ms OR NOT (last_ms - here_before_ms >= ${downAfterMs} AND before_last_ms > here_before_ms)) AS stays_on,
    elsewhere.1 != 0 AND (elsewhere.2, elsewhere.3) != (site, router) AND (elsewhere.5 = 0 OR elsewhere.5 >= ms) AS roams,
    ms >= {from:Int64} AND last_ms >= ms - ${MEMORY_MS} AND (NOT stays_on OR seen_before.1 != seen.1) AS comes,
    left_ms >= {from:Int64} AND NOT (seen_next_ms != 0 AND seen_next_ms <= left_ms) AS leaves
  FROM followed
  WHERE site IN {sites:Array(String)} AND (comes OR leaves))
SELECT fromUnixTimestamp64Milli(event.1, 'UTC') AS ts, site, event.2 AS kind, router, MACNumToString(mac) AS object, event.3 AS old, event.4 AS new, event.5 AS cause,
  event.6 AS detail, event.7 AS lasted_ms
FROM changes
ARRAY JOIN arrayFilter(event -> event.1 != 0, [
  (if(comes, ms, 0), if(stays_on OR roams, 'client_roamed', 'client_joined'),
    multiIf(stays_on, concat(router, '/', seen_before.1), roams, concat(elsewhere.3, '/', elsewhere.4), ''), concat(router, '/', seen.1),
    multiIf(stays_on, 'interface', roams, 'access_point', ''),
    toJSONString(CAST((multiIf(stays_on, toString(site), roams, elsewhere.2, ''), seen.1, seen.6, seen.2), 'Tuple(from_site String, interface String, ssid String, signal_dbm Nullable(Int32))')),
    multiIf(stays_on, seen_before.5, roams, elsewhere.6, NULL)),
  (if(leaves, left_ms, 0), 'client_left', concat(router, '/', seen.1), '', if(gone.2 = 0, 'ap_without_clients', 'not_registered'),
    toJSONString(CAST((seen.1, ms), 'Tuple(interface String, registered_ms Float64)')), seen.5)]) AS event`;
}
