/**
 * Starts of agents: the first poll of a run in each of its sites, and how long nobody had polled for the agent before. That an agent has
 * stopped shows in no row until it starts again.
 */
import { timeBounds } from '../../api/queries/bounds.ts';
import { HOUR_MS } from '../../rollup/tiers.ts';
import type { Derivation } from '../derivation.ts';

/** How long ago the run before may have polled for the last time, and the run may have started. */
const MEMORY_MS = HOUR_MS;

const POLLS = `site IN {sites:Array(String)} AND ${timeBounds(`{from:Int64} - ${MEMORY_MS}`, '{to:Int64}')}`;

export const agentStarted: Derivation = {
  name: 'agent_started',
  lookbackMs: MEMORY_MS,
  forwardMs: MEMORY_MS,
  spanMs: HOUR_MS,
  rows: '1',
  select: `
WITH moments AS (
  SELECT site, agent, epoch, toUnixTimestamp64Milli(ts) AS ms, min(bitShiftRight(rank, 32) * 1000) AS started_ms
  FROM polls FINAL
  WHERE ${POLLS} AND (site, agent) IN (
    SELECT site, agent FROM polls
    WHERE ${POLLS}
    GROUP BY site, agent
    HAVING uniqExact(epoch) > 1 OR min(ts) >= fromUnixTimestamp64Milli({from:Int64}, 'UTC'))
  GROUP BY site, agent, epoch, ms),
runs AS (
  SELECT site, agent, epoch, ms, started_ms,
    lagInFrame(ms) OVER (PARTITION BY site, agent, epoch ORDER BY ms ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS last_ms,
    lagInFrame(ms) OVER before AS other_ms, lagInFrame(epoch) OVER before AS other
  FROM moments
  WINDOW before AS (PARTITION BY site, agent ORDER BY ms, epoch ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)),
starts AS (
  SELECT site, agent, epoch, ms, started_ms, other, other_ms > 0 AND other_ms >= ms - ${MEMORY_MS} AS follows, ms - other_ms AS silent_ms
  FROM runs
  WHERE ms >= {from:Int64} AND last_ms < ms - ${MEMORY_MS} AND started_ms >= ms - ${MEMORY_MS})
SELECT fromUnixTimestamp64Milli(ms, 'UTC') AS ts, site, 'agent_started' AS kind, '' AS router, agent AS object,
  if(follows, toString(other), '') AS old, toString(epoch) AS new, '' AS cause,
  if(follows, toJSONString(CAST((started_ms, silent_ms), 'Tuple(started_at_ms UInt64, silent_ms UInt64)')),
    toJSONString(CAST(tuple(started_ms), 'Tuple(started_at_ms UInt64)'))) AS detail,
  CAST(NULL, 'Nullable(UInt64)') AS lasted_ms
FROM starts
ORDER BY ms, site, agent, epoch
LIMIT 1 BY ms, site, agent`,
};
