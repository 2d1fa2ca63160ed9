/**
 * What registration tables tell, as parts of statements: which visits read one, who was registered then, and who that is. A client's address is that
 * of a router when one was seen with it, in some hour (`interface_mac_hours`).
 */
import { Collector } from '@poplar/proto/telemetry/v1/payload';
import { ANSWERED, timeBounds } from '../../api/queries/bounds.ts';
import { EVIDENCE_MAX_MS, FAILURES_TO_DOWN, RECENT_VISITS, SILENCE_INTERVALS, SILENCE_MIN_MS } from '../../api/state.ts';

/** A visit tells about the time before the next one for so long, and no longer, ms. */
export const MEMORY_MS = 900_000;
const QUARTER_MS = 900_000;

/** The same as silenceAfterMs, and for how long a failure counts, of state.ts. */
const SILENCE = `greatest(${SILENCE_INTERVALS} * interval_ms, interval_ms + ${SILENCE_MIN_MS})`;
const EVIDENCE = `least(${EVIDENCE_MAX_MS}, ${RECENT_VISITS - 1} * ${SILENCE})`;

/** The poll read the registration table; of older agents only that it found somebody there is known. */
const READ = `(${ANSWERED}) AND if(answered_collectors IS NULL, radio_client_rows > 0, bitTest(assumeNotNull(answered_collectors), ${Collector.RADIO_CLIENTS}))`;

/** SQL: the start of the quarter of an hour that lies lookbackMs before the range. */
export function startOf(lookbackMs: number): string {
  return `intDiv({from:Int64} - ${lookbackMs}, ${QUARTER_MS}) * ${QUARTER_MS}`;
}

/** SQL: the quarters of an hour that hold the times from one on, up to the other. */
export function quarters(from: string, to: string): string {
  return `quarter >= toStartOfInterval(toDateTime(intDiv(${from}, 1000), 'UTC'), INTERVAL 15 MINUTE) AND quarter < toDateTime(intDiv(${to}, 1000) + 1, 'UTC')`;
}

/**
 * `moments`: the visits of access points, each time once whatever agents made them, with `is_read`, `clients` (how many the table had),
 * `is_unreachable` (so many visits failed) and the time of the reading before. `access_points` is an SQL condition.
 */
export function moments(start: string, accessPoints: string): string {
  return `
visits AS (
  SELECT site, router, toUnixTimestamp64Milli(ts) AS ms, agent, interval_ms, ${ANSWERED} AS answered, ${READ} AS is_read, radio_client_rows,
    toString(outcome) AS ended,
    groupArray((toUnixTimestamp64Milli(ts), ${ANSWERED})) OVER (PARTITION BY site, router, agent ORDER BY ts ROWS BETWEEN ${RECENT_VISITS - 1} PRECEDING AND CURRENT ROW) AS recent,
    max(if(${ANSWERED}, toUnixTimestamp64Milli(ts), 0)) OVER (PARTITION BY site, router, agent ORDER BY ts ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS own_answer_ms
  FROM polls FINAL
  WHERE ${timeBounds(start, '{to:Int64}')} AND ${accessPoints}),
judged AS (
  SELECT site, router, ms, agent, interval_ms, answered, is_read, radio_client_rows, ended,
    max(if(answered, ms, 0)) OVER (PARTITION BY site, router ORDER BY ms RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS any_answer_ms,
    NOT answered AND arrayCount(visit -> NOT visit.2 AND visit.1 >= ms - ${EVIDENCE}, recent) >= ${FAILURES_TO_DOWN}
      AND NOT (any_answer_ms > own_answer_ms AND ms - any_answer_ms <= ${SILENCE}) AS is_failing
  FROM visits),
merged AS (
  SELECT site, router, ms, max(judged.is_read) AS is_read, maxIf(radio_client_rows, judged.is_read) AS clients, max(answered) AS is_answered,
    NOT is_answered AND min(is_failing) AS is_unreachable, argMin(ended, agent) AS outcome
  FROM judged
  GROUP BY site, router, ms),
moments AS (
  SELECT site, router, ms, is_read, clients, is_answered, is_unreachable, outcome,
    max(if(is_read, ms, 0)) OVER (PARTITION BY site, router ORDER BY ms ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS last_read_ms
  FROM merged)`;
}

/** `registered`: who was registered where at which visit, each once: at the radio where the last frame came from, through whichever agent. */
export function registered(start: string, condition: string): string {
  return `
registered AS (
  SELECT site, router, mac, toUnixTimestamp64Milli(ts) AS ms,
    argMin((interface, signal_dbm, snr_db, tx_ccq_pct, uptime_ms, ssid), (ifNull(last_activity_ms, 18446744073709551615), interface, agent)) AS seen
  FROM radio_clients FINAL
  WHERE ${timeBounds(start, '{to:Int64}')} AND ${condition}
  GROUP BY site, router, mac, ms)`;
}

/** For `spread`: which sites' access points had clients, backMs before or later, that are routers of the marked sites. */
export function sitesOfClients(backMs: number): string {
  return `
SELECT DISTINCT routers.site AS origin, clients.site AS site
FROM (
  SELECT DISTINCT site, mac FROM interface_mac_hours
  WHERE site IN {sites:Array(String)} AND hour >= toStartOfHour(fromUnixTimestamp64Milli({from:Int64}, 'UTC')) AND hour < fromUnixTimestamp64Milli({to:Int64}, 'UTC')) AS routers
INNER JOIN (${clientSites(backMs)}) AS clients ON clients.mac = routers.mac
WHERE origin != site`;
}

/** For `spread`: which sites shared clients with the marked sites, backMs before or later. */
export function sitesThatShare(backMs: number): string {
  return `
SELECT DISTINCT marked.site AS origin, clients.site AS site
FROM (${clientSites(0)} AND site IN {sites:Array(String)}) AS marked
INNER JOIN (${clientSites(backMs)}) AS clients ON clients.mac = marked.mac
WHERE origin != site`;
}

function clientSites(backMs: number): string {
  return `SELECT DISTINCT site, mac FROM radio_client_quarters WHERE ${quarters(`{from:Int64} - ${backMs}`, '{to:Int64}')}`;
}
