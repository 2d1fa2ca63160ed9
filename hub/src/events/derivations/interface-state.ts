/**
 * Interfaces that go up, down or are switched off, and links that were down between two samples that both show them up: the router counts
 * them. What an interface was before its first sample of half an hour is unknown, and no transition.
 */
import { timeBounds } from '../../api/queries/bounds.ts';
import { HOUR_MS } from '../../rollup/tiers.ts';
import type { Derivation } from '../derivation.ts';

/** A sample tells the state before the next one for so long. */
const MEMORY_MS = HOUR_MS / 2;
/** How long a state may have lasted to tell since when. */
const LASTED_MAX_MS = HOUR_MS / 2;
const LOOKBACK_MS = MEMORY_MS + LASTED_MAX_MS;

const STATE = "multiIf(disabled = 1, 'disabled', running = 1, 'up', running = 0, 'down', '')";
/** The same as a number, which costs less; NULL where the router did not say. */
const CODE = 'multiIf(disabled = 1, 2, running = 1, 1, running = 0, 0, NULL)';

/** Samples from so long before `from` on. */
const sampled = (backMs: number): string =>
  `site IN {sites:Array(String)} AND ${timeBounds(`{from:Int64} - ${backMs}`, '{to:Int64}')}`;

/** Few interfaces change: those that may have are found without FINAL and without order. */
const CANDIDATES = `
  SELECT site, router, interface FROM interface_counters
  WHERE ${sampled(MEMORY_MS)}
  GROUP BY site, router, interface
  HAVING min(${CODE}) != max(${CODE}) OR min(link_downs) != max(link_downs)`;

export const interfaceState: Derivation = {
  name: 'interface_state',
  lookbackMs: LOOKBACK_MS,
  forwardMs: LOOKBACK_MS,
  spanMs: HOUR_MS,
  rows: 'interface_rows',
  select: `
WITH samples AS (
  SELECT site, router, interface, toUnixTimestamp64Milli(ts) AS ms, argMin((${STATE}, link_downs), agent) AS seen
  FROM interface_counters FINAL
  WHERE ${sampled(LOOKBACK_MS)} AND (site, router, interface) IN (${CANDIDATES}) AND ${STATE} != ''
  GROUP BY site, router, interface, ms),
steps AS (
  SELECT site, router, interface, ms, seen.1 AS state, seen.2 AS downs, lagInFrame(ms) OVER before AS last_ms,
    if(last_ms >= ms - ${MEMORY_MS}, lagInFrame(seen.1) OVER before, '') AS last_state,
    toUInt64(if(last_state != '' AND downs > lagInFrame(seen.2) OVER before, assumeNotNull(downs - lagInFrame(seen.2) OVER before), 0)) AS link_downs
  FROM samples
  WINDOW before AS (PARTITION BY site, router, interface ORDER BY ms ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)),
changes AS (
  SELECT site, router, interface, ms, state, last_state, link_downs, last_state != '' AND state != last_state AS changed,
    max(if(last_state != '' AND state != last_state, ms, 0)) OVER earlier AS began_ms, max(if(last_state = '', ms, 0)) OVER earlier AS unknown_ms
  FROM steps
  WINDOW earlier AS (PARTITION BY site, router, interface ORDER BY ms ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING))
SELECT fromUnixTimestamp64Milli(ms, 'UTC') AS ts, site, if(changed, 'interface_state', 'interface_flapped') AS kind, router, interface AS object,
  last_state AS old, state AS new, '' AS cause,
  if(link_downs > 0, toJSONString(CAST(tuple(link_downs), 'Tuple(link_downs UInt64)')), '{}') AS detail,
  if(changed AND began_ms > greatest(unknown_ms, ms - ${LASTED_MAX_MS}), toNullable(toUInt64(ms - began_ms)), NULL) AS lasted_ms
FROM changes
WHERE ms >= {from:Int64} AND (changed OR (link_downs > 0 AND state = 'up'))`,
};
