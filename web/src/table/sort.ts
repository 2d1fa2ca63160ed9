/** How a table is sorted: a column and its direction. */
export interface Sort {
  readonly column: string;
  readonly descending: boolean;
}

/** Reads `-cpu` (descending) or `cpu`; a column that is not there is the fallback. */
export function parseSort(text: string | null, columns: readonly string[], fallback: Sort): Sort {
  if (text === null) return fallback;
  const descending = text.startsWith('-');
  const column = descending ? text.slice(1) : text;
  return columns.includes(column) ? { column, descending } : fallback;
}

/** The text that `parseSort` reads. */
export function formatSort(sort: Sort): string {
  return sort.descending ? `-${sort.column}` : sort.column;
}

const names = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

/** Compares names as people count: ether2 before ether10. */
export function compareNames(left: string, right: string): number {
  return names.compare(left, right);
}

/** What a row is sorted by; null is not known and always comes last. */
export type SortKey = string | number | null;

/** The rows in order; equal ones keep theirs. */
export function sortRows<T>(rows: readonly T[], keyOf: (row: T) => SortKey, descending: boolean): T[] {
  const sign = descending ? -1 : 1;
  return rows
    .map((row) => ({ row, key: keyOf(row) }))
    .sort((left, right) => {
      if (left.key === null || right.key === null) return Number(left.key === null) - Number(right.key === null);
      if (typeof left.key === 'number' && typeof right.key === 'number') return sign * (left.key - right.key);
      return sign * compareNames(String(left.key), String(right.key));
    })
    .map(({ row }) => row);
}
