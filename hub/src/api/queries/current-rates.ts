import { ANSWERED, PHYSICAL_TYPES, timeBounds } from './bounds.ts';
import { fastestBps, SPEED_AGE_MS, SPEED_AHEAD_MS } from './link-speeds.ts';

/** Fastest rate believed, bit/s: above it a difference is a fault of the counter (no RouterOS port exceeds 400 Gbit/s). */
export const RATE_MAX_BPS = 440_000_000_000;

/**
 * Common table expressions that end in `rates`: per interface its newest step within [from_ms, to_ms), as bit/s per direction.
 * A step joins two consecutive samples of one agent and one baseline. NULL: no earlier sample within 2.5 intervals, a counter that
 * went backwards (a reset), an unreported value, or a rate that the link cannot carry at the speed that was read of it last. Of two agents the one with the newer sample counts.
 * The interval is that of the router's polls within the range, times the visits per reading of its interfaces: the collector may be due
 * on every nth visit only. Parameters: from_ms, to_ms.
 */
export const CURRENT_RATES = `
  cadences AS (
    SELECT site, router, max(interval_ms) AS visit_ms, countIf(${ANSWERED}) AS answered, countIf(interface_rows > 0) AS with_interfaces
    FROM polls FINAL
    WHERE ${timeBounds('{from_ms:Int64}', '{to_ms:Int64}')}
    GROUP BY site, router, agent),
  intervals AS (
    SELECT site, router, max(visit_ms * if(with_interfaces > 0, greatest(1, round(answered / with_interfaces)), 1)) * 2.5 AS reach_ms
    FROM cadences
    GROUP BY site, router),
  samples AS (
    SELECT site, router, interface, agent, type, toUnixTimestamp64Milli(ts) AS ms, rx_bytes, tx_bytes,
      ms - lagInFrame(ms) OVER prev AS dt, lagInFrame(rx_bytes) OVER prev AS rx0, lagInFrame(tx_bytes) OVER prev AS tx0
    FROM interface_counters FINAL
    WHERE ${timeBounds('{from_ms:Int64}', '{to_ms:Int64}')} AND type IN ${PHYSICAL_TYPES}
    WINDOW prev AS (PARTITION BY site, router, interface, agent, baseline ORDER BY ts ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)),
  newest AS (
    SELECT site, router, interface, argMax((dt, rx_bytes, rx0, tx_bytes, tx0), (ms, agent)) AS step
    FROM samples
    GROUP BY site, router, interface),
  speeds AS (
    SELECT site, router, interface, rate_bps
    FROM link_speed_latest FINAL
    WHERE ts > fromUnixTimestamp64Milli({to_ms:Int64} - ${SPEED_AGE_MS}, 'UTC') AND ts < fromUnixTimestamp64Milli({to_ms:Int64} + ${SPEED_AHEAD_MS}, 'UTC')),
  rates AS (
    SELECT newest.site AS site, newest.router AS router, newest.interface AS interface, ${fastestBps('speeds.rate_bps', RATE_MAX_BPS)} AS fastest_bps,
      step.1 > 0 AND step.1 <= reach_ms AND NOT ifNull(step.2 < step.3, 0) AND NOT ifNull(step.4 < step.5, 0) AS good,
      if(good, toUInt64(step.2 - step.3) * 8000. / step.1, NULL) AS rx,
      if(good, toUInt64(step.4 - step.5) * 8000. / step.1, NULL) AS tx,
      if(rx <= fastest_bps, rx, NULL) AS rx_bps,
      if(tx <= fastest_bps, tx, NULL) AS tx_bps
    FROM newest
      INNER JOIN intervals ON intervals.site = newest.site AND intervals.router = newest.router
      LEFT JOIN speeds ON speeds.site = newest.site AND speeds.router = newest.router AND speeds.interface = newest.interface)`;
