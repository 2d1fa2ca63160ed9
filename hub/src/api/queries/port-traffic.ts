import { z } from 'zod';
import { interfaceTraffic } from './interface-traffic.ts';
import { defineQuery } from './query.ts';

const PORT = 'site = {site:String} AND router = {router:String} AND interface = {interface:String}';

/** SQL condition for rollups of the port from start_ms up to from_ms. */
const KEPT =
  `${PORT}\n      AND bucket >= toDateTime(intDiv({start_ms:Int64}, 1000), 'UTC') AND bucket < toDateTime(intDiv({from_ms:Int64}, 1000), 'UTC')\n` +
  `      AND toDate(bucket) >= toDate(toDateTime(intDiv({start_ms:Int64}, 1000), 'UTC')) AND toDate(bucket) <= toDate(toDateTime(intDiv({from_ms:Int64}, 1000), 'UTC'))`;

const PORTS_TRAFFIC = interfaceTraffic(PORT, 'site = {site:String} AND router = {router:String}', []);

const params = z.object({
  database: z.string(),
  site: z.string(),
  router: z.string(),
  interface: z.string(),
  start_ms: z.number().describe('Start of the range'),
  from_ms: z.number().describe('Start of what is taken from the raw tables'),
  to_ms: z.number().describe('End of the range, exclusive'),
});

const figure = z.number().nullable();
const traffic = z.object({
  bucket_ms: z.number(),
  rx_bytes: figure,
  tx_bytes: figure,
  rx_covered_ms: z.number(),
  tx_covered_ms: z.number(),
  rx_min_bps: figure,
  rx_max_bps: figure,
  tx_min_bps: figure,
  tx_max_bps: figure,
});

/** What one port moved in one bucket. */
export type PortBucket = z.output<typeof traffic>;

function kept(tier: '5m' | '1h') {
  return defineQuery({
    name: `port_rollup_${tier}`,
    sql: `
SELECT intDiv(toInt64(toUnixTimestamp(bucket)) * 1000, {step_ms:Int64}) * {step_ms:Int64} AS bucket_ms,
  sum(rx_bytes) AS rx_bytes, sum(tx_bytes) AS tx_bytes, sum(rx_covered_ms) AS rx_covered_ms, sum(tx_covered_ms) AS tx_covered_ms,
  min(rx_min_bps) AS rx_min_bps, max(rx_max_bps) AS rx_max_bps, min(tx_min_bps) AS tx_min_bps, max(tx_max_bps) AS tx_max_bps
FROM {database:Identifier}.interface_rollup_${tier} FINAL
WHERE ${KEPT}
GROUP BY bucket_ms`,
    params: params.omit({ to_ms: true }).extend({ step_ms: z.number() }),
    row: traffic,
  });
}

/** Every bucket of five minutes of one port from start_ms up to from_ms as it is kept, in order of time. */
export const portBucketsKept = defineQuery({
  name: 'port_buckets_kept',
  sql: `
SELECT toInt64(toUnixTimestamp(bucket)) * 1000 AS bucket_ms, rx_bytes, tx_bytes, rx_covered_ms, tx_covered_ms, rx_min_bps, rx_max_bps,
  tx_min_bps, tx_max_bps, resets, first_sample_ms, last_sample_ms, reach_ms
FROM {database:Identifier}.interface_rollup_5m FINAL
WHERE ${KEPT}
ORDER BY bucket`,
  params: params.omit({ to_ms: true }),
  row: traffic.extend({
    resets: z.number(),
    first_sample_ms: z.number(),
    last_sample_ms: z.number(),
    reach_ms: z.number(),
  }),
});

/** Traffic of one port from start_ms up to from_ms as it is kept, in buckets of step_ms, a multiple of the tier. */
export const portRollup = { '5m': kept('5m'), '1h': kept('1h') } as const;

function history(tier: '5m' | '1h') {
  return defineQuery({
    name: `port_history_${tier}`,
    sql: `
SELECT arrayMap(pair -> pair.2, arraySort(groupArrayIf((bucket, assumeNotNull(rx_bytes) * 8000. / rx_covered_ms), rx_covered_ms > 0))) AS rx,
  arrayMap(pair -> pair.2, arraySort(groupArrayIf((bucket, assumeNotNull(tx_bytes) * 8000. / tx_covered_ms), tx_covered_ms > 0))) AS tx,
  min(first_sample_ms) AS first_ms, max(last_sample_ms) AS last_ms, max(reach_ms) AS reach,
  arraySort(groupArrayIf((before_ms, first_sample_ms), before_ms > 0 AND first_sample_ms - before_ms > reach_ms)) AS gaps,
  arraySort(groupArrayIf(toInt64(toUnixTimestamp(bucket)) * 1000, resets > 0)) AS resets
FROM (
  SELECT *, lagInFrame(last_sample_ms) OVER (ORDER BY bucket ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS before_ms
  FROM (
    SELECT bucket, rx_bytes, tx_bytes, rx_covered_ms, tx_covered_ms, resets, first_sample_ms, last_sample_ms, toInt64(interface_rollup_${tier}.reach_ms) AS reach_ms
    FROM {database:Identifier}.interface_rollup_${tier} FINAL
    WHERE ${KEPT}))`,
    params: params.omit({ to_ms: true }),
    row: z.object({
      rx: z.array(z.number()),
      tx: z.array(z.number()),
      first_ms: z.number(),
      last_ms: z.number(),
      reach: z.number(),
      gaps: z.array(z.tuple([z.number(), z.number()])),
      resets: z.array(z.number()),
    }),
  });
}

/**
 * What is told of the same time besides: every average over the tier's buckets in order of time, the samples at both ends (0 when there is
 * none), gaps longer than the reach, and buckets with resets. One row.
 */
export const portHistory = { '5m': history('5m'), '1h': history('1h') } as const;

/** A statement that gives the graph of a port at once, for people to paste: what is kept, and from the raw tables what is not yet. */
export function portTrafficSql(tier: '5m' | '1h'): string {
  return `
WITH ${PORTS_TRAFFIC},
  port AS (
    SELECT bucket_ms, rx_bytes, tx_bytes, rx_covered_ms, tx_covered_ms, rx_max_bps, tx_max_bps
    FROM traffic
    UNION ALL
    SELECT toInt64(toUnixTimestamp(bucket)) * 1000 AS bucket_ms, rx_bytes, tx_bytes, rx_covered_ms, tx_covered_ms, rx_max_bps, tx_max_bps
    FROM {database:Identifier}.interface_rollup_${tier} FINAL
    WHERE ${KEPT})
SELECT intDiv(bucket_ms, {step_ms:Int64}) * {step_ms:Int64} AS ts_ms,
  sum(rx_bytes) * 8000. / nullIf(sum(rx_covered_ms), 0) AS rx_bps, sum(tx_bytes) * 8000. / nullIf(sum(tx_covered_ms), 0) AS tx_bps,
  max(port.rx_max_bps) AS rx_max_bps, max(port.tx_max_bps) AS tx_max_bps
FROM port
GROUP BY ts_ms
HAVING rx_bps IS NOT NULL OR tx_bps IS NOT NULL
ORDER BY ts_ms`;
}

/** Marks of a site that matter to buckets from from_ms on. */
export const pendingMarks = defineQuery({
  name: 'pending_marks',
  sql: `
SELECT toInt64(toUnixTimestamp(bucket)) * 1000 AS bucket_ms
FROM rollup_marks FINAL
WHERE site = {site:String} AND bucket >= toDateTime(intDiv({from_ms:Int64}, 1000), 'UTC') AND bucket < toDateTime(intDiv({to_ms:Int64}, 1000), 'UTC')
ORDER BY bucket_ms`,
  params: z.object({ site: z.string(), from_ms: z.number(), to_ms: z.number() }),
  row: z.object({ bucket_ms: z.number() }),
});
