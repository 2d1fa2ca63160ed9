/**
 * Which batches go into one insert, and what becomes of them when ClickHouse refuses it. A block makes a part in every day that its
 * rows touch, each with an fsync of its own, so a group keeps to few days and a backlog is stored day by day.
 */
import type { OpenBatch } from '@poplar/proto/batch';
import { StoreError } from '../clickhouse/store-error.ts';

/** Most days of one group: far below the 100 partitions at which ClickHouse itself would refuse a block. */
export const GROUP_DAYS_MAX = 8;

const DAY_MS = 24 * 3600_000;

/** What a group is made of. */
export interface Groupable {
  readonly rows: number;
  /** UTC days since 1970 that its rows touch. */
  readonly days: readonly number[];
}

/** The days of a batch's polls; validation bounds how many there can be. */
export function daysOf({ pollTimesMs }: Pick<OpenBatch, 'pollTimesMs'>): number[] {
  const days = new Set<number>();
  for (const ts of pollTimesMs) days.add(Math.floor(ts / DAY_MS));
  return [...days];
}

/**
 * Takes the next group off `waiting`: the first item always, then in order whatever fits `rowsMax`. An item of a day for which the
 * group has no room keeps its place; it comes first soon, since every group takes the first.
 */
export function takeGroup<T extends Groupable>(
  waiting: readonly T[],
  { rowsMax, itemsMax = Number.POSITIVE_INFINITY }: { readonly rowsMax: number; readonly itemsMax?: number },
): { readonly group: readonly T[]; readonly left: T[] } {
  const group: T[] = [];
  const left: T[] = [];
  const days = new Set<number>();
  let rows = 0;
  let full = false;
  for (const item of waiting) {
    full ||= group.length > 0 && (group.length >= itemsMax || rows + item.rows > rowsMax);
    const fresh = item.days.filter((day) => !days.has(day));
    if (full || (group.length > 0 && days.size + fresh.length > GROUP_DAYS_MAX)) {
      left.push(item);
      continue;
    }
    for (const day of fresh) days.add(day);
    rows += item.rows;
    group.push(item);
  }
  return { group, left };
}

/** ClickHouse quotes the values it refuses, at any length. */
const REASON_LENGTH_MAX = 500;

/** Why a batch is rejected that ClickHouse refused alone. */
export function refusalReason(error: StoreError): string {
  return `ClickHouse refused the rows: ${error.message}`.slice(0, REASON_LENGTH_MAX).toWellFormed();
}

/**
 * Stores a group; what ClickHouse refuses is halved until those at fault stand alone, so that the others are stored. `refused` hears
 * of each of them. Throws what is not ClickHouse's judgement of the values, and the signal's reason.
 */
export async function storeByHalves<T>(
  group: readonly T[],
  store: (part: readonly T[]) => Promise<void>,
  refused: (item: T, error: StoreError) => void,
  signal: AbortSignal,
): Promise<void> {
  try {
    await store(group);
  } catch (error) {
    if (signal.aborted || !(error instanceof StoreError)) throw error;
    const [first, second] = group;
    if (first === undefined) return;
    if (second === undefined) return refused(first, error);
    const middle = Math.ceil(group.length / 2);
    await storeByHalves(group.slice(0, middle), store, refused, signal);
    await storeByHalves(group.slice(middle), store, refused, signal);
  }
}
