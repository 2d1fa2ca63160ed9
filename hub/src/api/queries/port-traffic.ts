import { z } from 'zod';
import { interfaceTraffic } from './interface-traffic.ts';
import { defineColumnQuery, defineQuery } from './query.ts';

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

/** What one port moved in one bucket. */
export interface PortBucket {
  readonly bucket_ms: number;
  readonly rx_bytes: number | null;
  readonly tx_bytes: number | null;
  readonly rx_covered_ms: number;
  readonly tx_covered_ms: number;
  readonly rx_min_bps: number | null;
  readonly rx_max_bps: number | null;
  readonly tx_min_bps: number | null;
  readonly tx_max_bps: number | null;
  readonly resets: number;
  readonly first_sample_ms: number;
  readonly last_sample_ms: number;
  readonly reach_ms: number;
}

/** Columns of the rollups, and with bucket_ms of PortBucket. */
export const FIGURES = [
  'rx_bytes',
  'tx_bytes',
  'rx_covered_ms',
  'tx_covered_ms',
  'rx_min_bps',
  'rx_max_bps',
  'tx_min_bps',
  'tx_max_bps',
  'resets',
  'first_sample_ms',
  'last_sample_ms',
  'reach_ms',
] as const satisfies readonly (keyof PortBucket)[];

function kept(tier: '5m' | '1h') {
  return defineColumnQuery({
    name: `port_kept_${tier}`,
    sql: `
SELECT toUnixTimestamp(bucket) AS bucket_s, version, is_deleted, ${FIGURES.join(', ')}
FROM {database:Identifier}.interface_rollup_${tier}
WHERE ${KEPT}
ORDER BY bucket, version`,
    params: params.omit({ to_ms: true }),
    columns: ['bucket_s', 'version', 'is_deleted', ...FIGURES],
  });
}

/**
 * Buckets of one port from start_ms up to from_ms as they are kept, in order of time: all versions of each, the highest last. FINAL would take
 * longer than to choose among them here (kept-buckets.ts).
 */
export const portKept = { '5m': kept('5m'), '1h': kept('1h') } as const;

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
