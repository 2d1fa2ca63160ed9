/**
 * Transitions of routers between up, suspect and down, as `hub/src/api/state.ts` defines them. Where two agents poll a router, the better
 * state counts, as long as its agent is not silent. `unknown` stands only before a first poll, or after twenty minutes without any: that an
 * agent is silent shows in no row, so nothing is stored when it falls silent.
 */
import { ANSWERED, timeBounds } from '../../api/queries/bounds.ts';
import {
  EVIDENCE_MAX_MS,
  FAILURES_TO_DOWN,
  RECENT_VISITS,
  SILENCE_INTERVALS,
  SILENCE_MIN_MS,
  silenceAfterMs,
} from '../../api/state.ts';
import { HOUR_MS } from '../../rollup/tiers.ts';
import type { Derivation } from '../derivation.ts';

const MINUTE_MS = 60_000;
/** Routers that are visited less often have no transitions: three failures would take too long. */
const INTERVAL_MAX_MS = 5 * MINUTE_MS;
/** A poll tells the state before the next one for so long. */
const MEMORY_MS = 20 * MINUTE_MS;
/** How long a state may have lasted to tell since when. */
const LASTED_MAX_MS = 20 * MINUTE_MS;
const LOOKBACK_MS = EVIDENCE_MAX_MS + silenceAfterMs(INTERVAL_MAX_MS) + MEMORY_MS + LASTED_MAX_MS;
/** A gap of MEMORY_MS leaves at least one of these without polls. */
const CELL_MS = MEMORY_MS / 2;

/** The same as silenceAfterMs and evidenceMs. */
const SILENCE = `greatest(${SILENCE_INTERVALS} * interval_ms, interval_ms + ${SILENCE_MIN_MS})`;
const EVIDENCE = `least(${EVIDENCE_MAX_MS}, ${RECENT_VISITS - 1} * ${SILENCE})`;

/** Visits from so long before `from` on. */
const polled = (backMs: number): string =>
  `site IN {sites:Array(String)} AND interval_ms <= ${INTERVAL_MAX_MS} AND ${timeBounds(`{from:Int64} - ${backMs}`, '{to:Int64}')}`;

/** Most routers answer all the time: those that may have changed are found without FINAL and without order. */
const CANDIDATES = `
  SELECT site, router FROM polls
  WHERE ${polled(MEMORY_MS)}
  GROUP BY site, router
  HAVING countIf(NOT (${ANSWERED})) > 0 OR min(ts) >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
    OR uniqExact(intDiv(toUnixTimestamp64Milli(ts), ${CELL_MS}))
      <= intDiv(toUnixTimestamp64Milli(max(ts)), ${CELL_MS}) - intDiv(toUnixTimestamp64Milli(min(ts)), ${CELL_MS})`;

export const routerState: Derivation = {
  name: 'router_state',
  lookbackMs: LOOKBACK_MS,
  forwardMs: LOOKBACK_MS,
  spanMs: HOUR_MS,
  rows: '1',
  select: `
WITH visits AS (
  SELECT site, router, agent, toUnixTimestamp64Milli(ts) AS ms, toString(outcome) AS ended, error, ${ANSWERED} AS answered, interval_ms,
    groupArray((toUnixTimestamp64Milli(ts), ${ANSWERED})) OVER (PARTITION BY site, router, agent ORDER BY ts ROWS BETWEEN ${RECENT_VISITS - 1} PRECEDING AND CURRENT ROW) AS recent,
    leadInFrame(toUnixTimestamp64Milli(ts)) OVER (PARTITION BY site, router, agent ORDER BY ts ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING) AS next_ms
  FROM polls FINAL
  WHERE ${polled(LOOKBACK_MS)} AND (site, router) IN (${CANDIDATES})),
judged AS (
  SELECT site, router, agent, ms, ended, error,
    arrayCount(visit -> NOT visit.2 AND visit.1 >= ms - ${EVIDENCE}, recent) AS failures,
    multiIf(answered, 'up', failures >= ${FAILURES_TO_DOWN}, 'down', 'suspect') AS seen,
    least(if(next_ms > ms, next_ms, ${Number.MAX_SAFE_INTEGER}), ms + 1 + ${SILENCE}) AS until_ms
  FROM visits),
together AS (
  SELECT site, router, agent, ms, ended, error, failures,
    multiIf(max(if(seen = 'up', until_ms, 0)) OVER moments > ms, 'up', max(if(seen = 'suspect', until_ms, 0)) OVER moments > ms, 'suspect', 'down') AS state
  FROM judged
  WINDOW moments AS (PARTITION BY site, router ORDER BY ms RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)),
states AS (
  SELECT site, router, ms, any(state) AS state, argMin((agent, ended, error, failures), agent) AS poll
  FROM together
  GROUP BY site, router, ms),
steps AS (
  SELECT site, router, ms, state, poll, lagInFrame(ms) OVER before AS last_ms,
    if(last_ms < ms - ${MEMORY_MS}, 'unknown', lagInFrame(state) OVER before) AS last_state
  FROM states
  WINDOW before AS (PARTITION BY site, router ORDER BY ms ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)),
changes AS (
  SELECT site, router, ms, state, poll, last_state,
    max(if(state != last_state, ms, 0)) OVER (PARTITION BY site, router ORDER BY ms ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS began_ms
  FROM steps)
SELECT fromUnixTimestamp64Milli(ms, 'UTC') AS ts, site, 'router_state' AS kind, router, '' AS object, last_state AS old, state AS new,
  if(state = 'up', '', poll.2) AS cause,
  if(state = 'up', toJSONString(CAST(tuple(poll.1), 'Tuple(agent String)')),
    toJSONString(CAST((poll.1, poll.3, poll.4), 'Tuple(agent String, error String, failures UInt8)'))) AS detail,
  if(began_ms > ms - ${LASTED_MAX_MS}, toNullable(toUInt64(ms - began_ms)), NULL) AS lasted_ms
FROM changes
WHERE state != last_state AND ms >= {from:Int64}`,
};
