/** Kept buckets of one port out of all their versions: what FINAL says in SQL, which for so few rows costs more than their reading. */
import type { NumberColumns } from '../clickhouse/native-columns.ts';
import type { portKept } from './queries/port-traffic.ts';

/** The rows of the buckets that there are, each in its highest version, in order of time. */
export function newestRows({ rows, columns }: NumberColumns<(typeof portKept)['5m']['columns'][number]>): number[] {
  const { bucket_s, version, is_deleted } = columns;
  const start = (row: number | undefined): number => bucket_s[row ?? rows] ?? 0;
  const order = Array.from({ length: rows }, (_, row) => row);
  order.sort((a, b) => start(a) - start(b) || (version[a] ?? 0) - (version[b] ?? 0));
  return order.filter((row, index) => start(order[index + 1]) !== start(row) && is_deleted[row] === 0);
}
