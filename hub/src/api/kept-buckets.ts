/** Kept buckets of one port out of all their versions: what FINAL says in SQL, which for so few rows costs more than their reading. */
import type { NumberColumns } from '../clickhouse/native-columns.ts';
import type { portKept } from './queries/port-traffic.ts';

/** The rows of the buckets that there are, each in its highest version, in order of time. */
export function newestRows({ rows, columns }: NumberColumns<(typeof portKept)['5m']['columns'][number]>): number[] {
  const { bucket_s, is_deleted } = columns;
  const newest: number[] = [];
  for (let row = 0; row < rows; row++) if (bucket_s[row] !== bucket_s[row + 1] && is_deleted[row] === 0) newest.push(row);
  return newest;
}
