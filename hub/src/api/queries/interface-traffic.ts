import { ANSWERED } from './bounds.ts';
import { RATE_MAX_BPS } from './current-rates.ts';
import { fastestBps, SPEED_AGE_MS, SPEED_AHEAD_MS, speedOfStep } from './link-speeds.ts';

/** Length of the shortest bucket that is kept, ms. */
export const BUCKET_MS = 300_000;

/**
 * How far back a bucket looks, ms: at the polls that tell the interval, at readings of the link's speed, and for the start of a step. A
 * row therefore matters to its own bucket and to those that end within an hour after it.
 */
export const LOOKBACK_MS = 3600_000;

/** SQL for the start of the bucket that holds a moment: its end belongs to it, its start does not. */
export function bucketOf(ms: string): string {
  return `intDiv(${ms} - 1, ${BUCKET_MS}) * ${BUCKET_MS}`;
}

/** SQL condition for from_ms < ts <= to_ms on a raw table. The hours repeat the key's expression, which prunes. */
export function rawBounds(from: string, to: string): string {
  const [start, end] = [from, to].map((ms) => `fromUnixTimestamp64Milli(${ms}, 'UTC')`);
  return (
    `ts > ${start} AND ts <= ${end}\n` +
    `      AND toStartOfHour(ts) >= toStartOfHour(${start}) AND toStartOfHour(ts) <= toStartOfHour(${end})`
  );
}

/** Counters besides the bytes, of which the increase is kept. */
const OTHER_COUNTERS = ['rx_errors', 'tx_errors', 'rx_drops', 'tx_drops', 'tx_queue_drops'] as const;

/** Columns of `traffic` below and of the tables interface_rollup_*, without bucket, version and is_deleted. */
export const TRAFFIC_COLUMNS = [
  'site',
  'router',
  'interface',
  'rx_bytes',
  'tx_bytes',
  'rx_covered_ms',
  'tx_covered_ms',
  'rx_min_bps',
  'rx_max_bps',
  'tx_min_bps',
  'tx_max_bps',
  'rx_gap_bytes',
  'tx_gap_bytes',
  'samples',
  'resets',
  'first_sample_ms',
  'last_sample_ms',
  'reach_ms',
  ...OTHER_COUNTERS,
] as const;

const increase = (counter: string): string =>
  `if(backwards OR NOT ifNull(${counter} >= previous_${counter}, 0), NULL, toUInt64(${counter} - previous_${counter}))`;

/**
 * Common table expressions that end in `traffic`: what interfaces moved in buckets of five minutes, from the raw tables, for the buckets
 * from from_ms up to to_ms, both multiples of BUCKET_MS. A bucket is the same whatever other buckets are asked for with it, and depends
 * on nothing that is older than LOOKBACK_MS or comes more than SPEED_AHEAD_MS after it.
 *
 * A step joins two consecutive samples of one agent and one baseline and belongs to the bucket that holds its end. It counts when it is
 * no longer than the reach, no counter went backwards, and its link could carry it; each direction for itself. A longer one counts as
 * a gap's volume, unless another agent polls the router too. Where runs of an agent overlap in time, or agents do, the one that covers
 * most of the bucket counts (to the minute, then by name), the others only where those before have no step: nothing is counted twice.
 *
 * `ports` and `routers` are SQL conditions on site, router and interface, and on site and router; `others` are the counters besides the bytes to
 * be told of. Parameters: database, from_ms, to_ms.
 */
export function interfaceTraffic(ports: string, routers: string, others: readonly string[] = OTHER_COUNTERS): string {
  const counters = ['rx_bytes', 'tx_bytes', ...others];
  const also = (column: (counter: string, index: number) => string): string =>
    others.map((name, index) => `,\n      ${column(name, index)}`).join('');
  return `
  cadences AS (
    SELECT site, router, agent, ${bucketOf('toUnixTimestamp64Milli(ts)')} AS polled_ms, max(interval_ms) AS every_ms,
      countIf(${ANSWERED}) AS answered, countIf(interface_rows > 0) AS with_interfaces
    FROM {database:Identifier}.polls FINAL
    WHERE ${routers}
      AND ${rawBounds(`{from_ms:Int64} - ${LOOKBACK_MS}`, '{to_ms:Int64}')}
    GROUP BY site, router, agent, polled_ms),
  reaches AS (
    SELECT site, router, bucket_ms, count() AS agents,
      toInt64(2.5 * max(every_ms * if(with_interfaces > 0, greatest(1, floor(answered / with_interfaces + 0.5)), 1))) AS reach_ms
    FROM (
      SELECT site, router, agent, bucket_ms, max(every_ms) AS every_ms, sum(answered) AS answered, sum(with_interfaces) AS with_interfaces
      FROM cadences ARRAY JOIN range(polled_ms, polled_ms + ${LOOKBACK_MS} + 1, ${BUCKET_MS}) AS bucket_ms
      WHERE bucket_ms >= {from_ms:Int64} AND bucket_ms < {to_ms:Int64}
      GROUP BY site, router, agent, bucket_ms)
    GROUP BY site, router, bucket_ms),
  speeds AS (
    SELECT site, router, interface, toUnixTimestamp64Milli(ts) AS ms, max(ifNull(rate_bps, 0)) AS bps
    FROM {database:Identifier}.ethernet_ports FINAL
    WHERE ${ports}
      AND ${rawBounds(`{from_ms:Int64} - ${SPEED_AGE_MS}`, `{to_ms:Int64} + ${SPEED_AHEAD_MS}`)}
    GROUP BY site, router, interface, ms),
  pairs AS (
    SELECT site, router, interface, agent, baseline, toUnixTimestamp64Milli(ts) AS ms, ${bucketOf('ms')} AS bucket_ms, ${counters.join(', ')},
      lagInFrame(ms) OVER run AS start_ms, ${counters.map((name) => `lagInFrame(${name}) OVER run AS previous_${name}`).join(', ')},
      lagInFrame(ms) OVER same_agent AS agent_ms, lagInFrame(rx_bytes) OVER same_agent AS agent_rx, lagInFrame(tx_bytes) OVER same_agent AS agent_tx
    FROM {database:Identifier}.interface_counters FINAL
    WHERE ${ports}
      AND ${rawBounds(`{from_ms:Int64} - ${LOOKBACK_MS}`, '{to_ms:Int64}')}
    WINDOW run AS (PARTITION BY site, router, interface, agent, baseline ORDER BY ms ROWS BETWEEN 1 PRECEDING AND CURRENT ROW),
      same_agent AS (PARTITION BY site, router, interface, agent ORDER BY ms ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)),
  timed AS (
    SELECT pairs.site AS site, pairs.router AS router, pairs.interface AS interface, agent, baseline, pairs.bucket_ms AS bucket_ms,
      start_ms, pairs.ms AS ms, ${counters.join(', ')}, ${counters.map((name) => `previous_${name}`).join(', ')}, agent_ms, agent_rx, agent_tx,
      reach_ms, agents, ${speedOfStep('pairs.ms')} AS speed_bps
    FROM pairs
      INNER JOIN reaches ON pairs.site = reaches.site AND pairs.router = reaches.router AND pairs.bucket_ms = reaches.bucket_ms
      ASOF LEFT JOIN speeds AS before
        ON pairs.site = before.site AND pairs.router = before.router AND pairs.interface = before.interface AND pairs.start_ms >= before.ms
      ASOF LEFT JOIN speeds AS after
        ON pairs.site = after.site AND pairs.router = after.router AND pairs.interface = after.interface AND pairs.ms <= after.ms
    WHERE pairs.ms > {from_ms:Int64}),
  facts AS (
    SELECT *, ms - start_ms AS dt, ${fastestBps('speed_bps', RATE_MAX_BPS)} AS fastest_bps,
      ifNull(rx_bytes < previous_rx_bytes, 0) OR ifNull(tx_bytes < previous_tx_bytes, 0) AS backwards,
      ms - agent_ms <= ${LOOKBACK_MS} AND (ifNull(rx_bytes < agent_rx, 0) OR ifNull(tx_bytes < agent_tx, 0)) AS restarted
    FROM timed),
  increases AS (
    SELECT site, router, interface, agent, baseline, bucket_ms, start_ms, ms, dt, reach_ms, agents, restarted, fastest_bps,
      dt <= reach_ms AND dt <= ${LOOKBACK_MS} AS near, dt > reach_ms AND dt <= ${LOOKBACK_MS} AS far,
      ${increase('rx_bytes')} AS rx_increase, ${increase('tx_bytes')} AS tx_increase${also((name) => `${increase(name)} AS new_${name}`)}
    FROM facts),
  judged AS (
    SELECT *, ifNull(rx_increase * 8000. / dt <= fastest_bps, 0) AS rx_fits, ifNull(tx_increase * 8000. / dt <= fastest_bps, 0) AS tx_fits
    FROM increases),
  moves AS (
    SELECT *, if(near AND rx_fits, rx_increase, NULL) AS rx, if(near AND tx_fits, tx_increase, NULL) AS tx,
      restarted OR (near AND ((rx_increase IS NOT NULL AND NOT rx_fits) OR (tx_increase IS NOT NULL AND NOT tx_fits))) AS reset
    FROM judged),
  runs AS (
    SELECT site, router, interface, bucket_ms, agent, baseline, max(reach_ms) AS reach_ms,
      groupArrayIf((start_ms, ms, rx, tx${also((name) => `new_${name}`)}), rx IS NOT NULL OR tx IS NOT NULL) AS steps,
      round(sumIf(dt, rx IS NOT NULL OR tx IS NOT NULL) / 60000) AS minutes, count() AS samples, countIf(reset) AS resets,
      sumIf(assumeNotNull(rx_increase), far AND rx_fits AND agents = 1) AS rx_gap_bytes, sumIf(assumeNotNull(tx_increase), far AND tx_fits AND agents = 1) AS tx_gap_bytes,
      min(ms) AS first_sample_ms, max(ms) AS last_sample_ms
    FROM moves
    GROUP BY site, router, interface, bucket_ms, agent, baseline),
  buckets AS (
    SELECT site, router, interface, bucket_ms, max(reach_ms) AS reach_ms, sum(samples) AS samples,
      arrayMax(sumMap([toString(agent)], [resets]).2) AS resets, sum(rx_gap_bytes) AS rx_gap_bytes, sum(tx_gap_bytes) AS tx_gap_bytes,
      min(first_sample_ms) AS first_sample_ms, max(last_sample_ms) AS last_sample_ms,
      arraySort(run -> (-run.1, run.2, run.3), groupArray((minutes, toString(agent), baseline, steps))) AS by_cover
    FROM runs
    GROUP BY site, router, interface, bucket_ms),
  chosen AS (
    SELECT * EXCEPT by_cover, if(length(by_cover) = 1, by_cover[1].4, arrayFold(
      (taken, run) -> arrayConcat(taken, arrayFilter(step -> NOT arrayExists(other -> other.1 < step.2 AND other.2 > step.1, taken), run.4)),
      by_cover, arraySlice(by_cover[1].4, 1, 0))) AS steps
    FROM buckets),
  counted AS (
    SELECT site, router, interface, bucket_ms, rx_gap_bytes AS rx_gap, tx_gap_bytes AS tx_gap, samples AS sampled, resets AS reset_samples,
      first_sample_ms AS first_ms, last_sample_ms AS last_ms, reach_ms AS reach, step.2 - step.1 AS step_ms, step.3 AS rx, step.4 AS tx,
      if(rx IS NULL, 0, step_ms) AS rx_ms, if(tx IS NULL, 0, step_ms) AS tx_ms, rx * 8000. / step_ms AS rx_rate, tx * 8000. / step_ms AS tx_rate${also((name, index) => `step.${index + 5} AS new_${name}`)}
    FROM chosen LEFT ARRAY JOIN steps AS step),
  traffic AS (
    SELECT site, router, interface, bucket_ms, sum(rx) AS rx_bytes, sum(tx) AS tx_bytes,
      toUInt32(sum(rx_ms)) AS rx_covered_ms, toUInt32(sum(tx_ms)) AS tx_covered_ms,
      min(rx_rate) AS rx_min_bps, max(rx_rate) AS rx_max_bps, min(tx_rate) AS tx_min_bps, max(tx_rate) AS tx_max_bps,
      max(rx_gap) AS rx_gap_bytes, max(tx_gap) AS tx_gap_bytes, toUInt32(max(sampled)) AS samples, toUInt32(max(reset_samples)) AS resets,
      max(first_ms) AS first_sample_ms, max(last_ms) AS last_sample_ms, toUInt32(max(reach)) AS reach_ms${also((name) => `sum(new_${name}) AS ${name}`)}
    FROM counted
    GROUP BY site, router, interface, bucket_ms)`;
}
