import { timeBounds } from './bounds.ts';
import { RATE_MAX_BPS } from './current-rates.ts';
import { fastestBps, SPEED_AGE_MS, SPEED_AHEAD_MS, speedOfStep } from './link-speeds.ts';

/**
 * The samples of one interface in [from_ms - reach_ms, until_ms), which also holds the steps that cross the ends of [from_ms, to_ms).
 * Parameters: database, site, router, interface, from_ms, to_ms, reach_ms, until_ms.
 */
const INTERFACE_SAMPLES = `
  samples AS (
    SELECT agent, baseline, toUnixTimestamp64Milli(ts) AS ms, rx_bytes, tx_bytes
    FROM {database:Identifier}.interface_counters FINAL
    WHERE site = {site:String} AND router = {router:String} AND interface = {interface:String}
      AND ${timeBounds('{from_ms:Int64} - {reach_ms:Int64}', '{until_ms:Int64}')})`;

/** The readings of the same interface's speed that hold for any of these samples, one a moment; 0 without a link. */
const SPEEDS = `
  speeds AS (
    SELECT 1 AS one, toUnixTimestamp64Milli(ts) AS ms, max(ifNull(rate_bps, 0)) AS bps
    FROM {database:Identifier}.ethernet_ports FINAL
    WHERE site = {site:String} AND router = {router:String} AND interface = {interface:String}
      AND ${timeBounds(`{from_ms:Int64} - {reach_ms:Int64} - ${SPEED_AGE_MS}`, `{until_ms:Int64} + ${SPEED_AHEAD_MS}`)}
    GROUP BY ms)`;

/** The samples of one interface, each with the one before of the same agent and baseline, and the readings of its speed. */
export const INTERFACE_PAIRS = `${INTERFACE_SAMPLES},${SPEEDS},
  pairs AS (
    SELECT *, 1 AS one, lagInFrame(ms) OVER prev AS start_ms, ms - start_ms AS dt, lagInFrame(rx_bytes) OVER prev AS rx0, lagInFrame(tx_bytes) OVER prev AS tx0
    FROM samples
    WINDOW prev AS (PARTITION BY agent, baseline ORDER BY ms ROWS BETWEEN 1 PRECEDING AND CURRENT ROW))`;

/** What to select from for pairs with the readings before and after each. */
export const PAIRS_AND_SPEEDS = `pairs
      ASOF LEFT JOIN speeds AS before ON pairs.one = before.one AND pairs.start_ms >= before.ms
      ASOF LEFT JOIN speeds AS after ON pairs.one = after.one AND pairs.ms <= after.ms`;

/** The speed that such a pair's link had. */
export const LINK_SPEED = speedOfStep('pairs.ms');

/** Fastest rate to believe of a step with that speed_bps. */
export const FASTEST_BPS = fastestBps('speed_bps', RATE_MAX_BPS);

/**
 * Common table expressions that end in `steps`: what one interface moved between consecutive samples of one agent and one baseline,
 * for the steps that touch [from_ms, to_ms). rx and tx are bytes, NULL where nothing can be said: a step longer than reach_ms,
 * counters that went backwards, an unreported value, a rate above the port's speed (above RATE_MAX_BPS where that is not known). The
 * speed of a step is the higher of the readings before and after it: the link may have changed in between. Where two agents poll the
 * router, the one that covers most counts, and the second only where the first has no step: nothing is counted twice.
 */
export const INTERFACE_STEPS = `${INTERFACE_PAIRS},
  moves AS (
    SELECT agent, start_ms, pairs.ms AS ms, dt,
      ${LINK_SPEED} AS speed_bps,
      if(ifNull(rx_bytes < rx0, 0) OR ifNull(tx_bytes < tx0, 0), NULL, toUInt64(rx_bytes - rx0)) AS rx_increase,
      if(ifNull(rx_bytes < rx0, 0) OR ifNull(tx_bytes < tx0, 0), NULL, toUInt64(tx_bytes - tx0)) AS tx_increase,
      if(rx_increase * 8000. / dt <= ${FASTEST_BPS}, rx_increase, NULL) AS rx,
      if(tx_increase * 8000. / dt <= ${FASTEST_BPS}, tx_increase, NULL) AS tx
    FROM ${PAIRS_AND_SPEEDS}
    WHERE dt > 0 AND dt <= {reach_ms:Int64} AND pairs.ms > {from_ms:Int64} AND start_ms < {to_ms:Int64}),
  ranked AS (
    SELECT *, dense_rank() OVER (ORDER BY covered DESC, agent) AS place
    FROM (SELECT *, sum(dt) OVER (PARTITION BY agent) AS covered FROM moves WHERE rx IS NOT NULL OR tx IS NOT NULL)),
  steps AS (
    SELECT start_ms, ms, dt, rx, tx, rx * 8000. / dt AS rx_rate, tx * 8000. / dt AS tx_rate
    FROM (
      SELECT *,
        maxIf(ms, place = 1) OVER (ORDER BY ms, place ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS first_agent_until,
        minIf(start_ms, place = 1) OVER (ORDER BY ms DESC, place ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS first_agent_from
      FROM ranked)
    WHERE place = 1 OR (place = 2 AND first_agent_until <= start_ms AND (first_agent_from = 0 OR first_agent_from >= ms)))`;
