import { z } from 'zod';
import { interfaceTraffic } from './interface-traffic.ts';
import { defineQuery } from './query.ts';

const PORT = 'site = {site:String} AND router = {router:String} AND interface = {interface:String}';

/** SQL condition for rollups of the port from start_ms up to from_ms. */
const KEPT =
  `${PORT}\n      AND bucket >= toDateTime(intDiv({start_ms:Int64}, 1000), 'UTC') AND bucket < toDateTime(intDiv({from_ms:Int64}, 1000), 'UTC')\n` +
  `      AND toDate(bucket) >= toDate(toDateTime(intDiv({start_ms:Int64}, 1000), 'UTC')) AND toDate(bucket) <= toDate(toDateTime(intDiv({from_ms:Int64}, 1000), 'UTC'))`;

const COLUMNS = [
  'bucket_ms',
  'rx_bytes',
  'tx_bytes',
  'rx_covered_ms',
  'tx_covered_ms',
  'rx_min_bps',
  'rx_max_bps',
  'tx_min_bps',
  'tx_max_bps',
  'samples',
  'resets',
  'first_sample_ms',
  'last_sample_ms',
  'reach_ms',
].join(', ');

/** Kept rollups, with what is not in them yet from the raw tables: the latter from from_ms on. */
function trafficOf(tier: '5m' | '1h'): string {
  return `${interfaceTraffic(PORT, 'site = {site:String} AND router = {router:String}')},
  port AS (
    SELECT ${COLUMNS} FROM traffic
    UNION ALL
    SELECT toInt64(toUnixTimestamp(bucket)) * 1000 AS ${COLUMNS}
    FROM {database:Identifier}.interface_rollup_${tier} FINAL
    WHERE ${KEPT})`;
}

const params = z.object({
  database: z.string(),
  site: z.string(),
  router: z.string(),
  interface: z.string(),
  start_ms: z.number().describe('Start of the range'),
  from_ms: z.number().describe('Start of what is taken from the raw tables'),
  to_ms: z.number().describe('End of the range, exclusive'),
});

function buckets(tier: '5m' | '1h') {
  return defineQuery({
    name: `port_traffic_${tier}`,
    sql: `
WITH ${trafficOf(tier)}
SELECT intDiv(bucket_ms, {step_ms:Int64}) * {step_ms:Int64} AS ts_ms,
  sum(rx_bytes) * 8000. / nullIf(sum(rx_covered_ms), 0) AS rx_bps, sum(tx_bytes) * 8000. / nullIf(sum(tx_covered_ms), 0) AS tx_bps,
  max(port.rx_max_bps) AS rx_max_bps, max(port.tx_max_bps) AS tx_max_bps
FROM port
GROUP BY ts_ms
HAVING rx_bps IS NOT NULL OR tx_bps IS NOT NULL
ORDER BY ts_ms`,
    params: params.extend({ step_ms: z.number() }),
    row: z.object({
      ts_ms: z.number(),
      rx_bps: z.number().nullable(),
      tx_bps: z.number().nullable(),
      rx_max_bps: z.number().nullable(),
      tx_max_bps: z.number().nullable(),
    }),
  });
}

/** Traffic of one port in buckets of step_ms, a multiple of the tier: from start_ms up to from_ms as kept, up to to_ms from the raw tables. */
export const portTraffic = { '5m': buckets('5m'), '1h': buckets('1h') } as const;

const figure = z.number().nullable();

/** min, average, max, last, 95th percentile and total of one direction. The percentile is the nearest rank among the averages, exactly. */
function figuresOf(way: 'rx' | 'tx'): string {
  return (
    `(min(${way}_min_bps), sum(${way}_bytes) * 8000. / nullIf(sum(${way}_covered_ms), 0), max(${way}_max_bps), argMaxIf(${way}_bps, bucket_ms, ${way}_bps IS NOT NULL), ` +
    `if(count(${way}_bps) = 0, NULL, arraySort(groupArray(${way}_bps))[intDiv(95 * count(${way}_bps) + 99, 100)]), sum(${way}_bytes)) AS ${way}`
  );
}

/** The figures of one port over such a range, from averages over five minutes; its gaps longer than the reach, and buckets with resets. One row. */
export const portFigures = defineQuery({
  name: 'port_figures',
  sql: `
WITH ${trafficOf('5m')}
SELECT ${figuresOf('rx')}, ${figuresOf('tx')},
  min(first_sample_ms) AS first_ms, max(last_sample_ms) AS last_ms, max(reach_ms) AS reach,
  arraySort(groupArrayIf((before_ms, first_sample_ms), before_ms > 0 AND first_sample_ms - before_ms > reach_ms)) AS gaps,
  arraySort(groupArrayIf((bucket_ms, ''), resets > 0)) AS resets
FROM (
  SELECT *, lagInFrame(last_sample_ms) OVER (ORDER BY bucket_ms ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS before_ms,
    rx_bytes * 8000. / nullIf(rx_covered_ms, 0) AS rx_bps, tx_bytes * 8000. / nullIf(tx_covered_ms, 0) AS tx_bps
  FROM port)`,
  params,
  row: z.object({
    rx: z.tuple([figure, figure, figure, figure, figure, figure]),
    tx: z.tuple([figure, figure, figure, figure, figure, figure]),
    first_ms: z.number(),
    last_ms: z.number(),
    reach: z.number(),
    gaps: z.array(z.tuple([z.number(), z.number()])),
    resets: z.array(z.tuple([z.number(), z.string()])),
  }),
});

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
