/** Kept buckets of one port out of all their versions: what FINAL says in SQL, which for so few rows costs more than their reading. */
import type { NumberColumns } from '../clickhouse/native-columns.ts';
import type { PortBucket, portKept } from './queries/port-traffic.ts';

type Columns = NumberColumns<(typeof portKept)['5m']['columns'][number]>;

/** The buckets that there are, each in its highest version, in order of time. */
export function newestBuckets({ rows, columns }: Columns): PortBucket[] {
  const newest = new Map<number, number>();
  for (let row = 0; row < rows; row++) {
    const start = columns.bucket_s[row] ?? 0;
    const other = newest.get(start);
    if (other === undefined || (columns.version[row] ?? 0) >= (columns.version[other] ?? 0)) newest.set(start, row);
  }
  const standing = [...newest.values()].filter((row) => columns.is_deleted[row] === 0);
  standing.sort((a, b) => (columns.bucket_s[a] ?? 0) - (columns.bucket_s[b] ?? 0));
  const known = (column: keyof Columns['columns'], row: number): number => columns[column][row] ?? 0;
  const orNull = (column: keyof Columns['columns'], row: number): number | null => {
    const value = known(column, row);
    return Number.isNaN(value) ? null : value;
  };
  return standing.map((row) => ({
    bucket_ms: (columns.bucket_s[row] ?? 0) * 1000,
    rx_bytes: orNull('rx_bytes', row),
    tx_bytes: orNull('tx_bytes', row),
    rx_covered_ms: known('rx_covered_ms', row),
    tx_covered_ms: known('tx_covered_ms', row),
    rx_min_bps: orNull('rx_min_bps', row),
    rx_max_bps: orNull('rx_max_bps', row),
    tx_min_bps: orNull('tx_min_bps', row),
    tx_max_bps: orNull('tx_max_bps', row),
    resets: known('resets', row),
    first_sample_ms: known('first_sample_ms', row),
    last_sample_ms: known('last_sample_ms', row),
    reach_ms: known('reach_ms', row),
  }));
}
