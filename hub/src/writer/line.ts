/**
 * The line of batches before the writer's inserts. A batch is opened when the next insert has room for it, and merged into that at once:
 * until then it waits as it came, a fifth of its size. So each is opened once, but for those that turn out not to fit
 * although they were thought to.
 */
import type { Collected, Collection } from './collection.ts';
import { daysOf, GROUP_DAYS_MAX, type Groupable } from './grouping.ts';
import { type Arrival, sumRows } from './record.ts';

export interface Line<T> {
  /** Adds a batch behind all others. */
  add(item: T): void;
  /** Takes the next insert, which holds a batch at least if any waits; undefined when there is none. `fill` is to be called afterwards. */
  take(): Insert<T> | undefined;
  /** Opens and merges what waits, as far as the next insert has room: the batch that waits longest first, then from the newest back. */
  fill(): void;
  /** Whether the next insert gets no better by waiting. */
  readonly enough: boolean;
  /** The one that waits longest. */
  readonly oldest: T | undefined;
  /** All that is in line. */
  items(): T[];
}

export interface Insert<T> {
  readonly items: readonly T[];
  readonly collected: Collected;
}

export interface LineDeps<T> {
  /** Bytes of a batch's rows, by which those of one that is still closed are guessed. */
  readonly bytesOf: (item: T) => number;
  /** Opens a batch, perhaps for the second time; undefined when it is not to be stored, and has its answer. */
  readonly open: (item: T) => Arrival | undefined;
  readonly collect: () => Collection;
  /** Hears of a batch that could not be opened or merged, by no fault of its sender. It has left the line. */
  readonly fail: (item: T, cause: unknown) => void;
  /** Most batches of one insert, now. */
  readonly itemsMax: () => number;
}

interface Entry<T> {
  readonly item: T;
  /** Since it was opened. */
  known: Groupable | undefined;
}

interface NextInsert<T> {
  readonly entries: Entry<T>[];
  readonly days: Set<number>;
  readonly collection: Collection;
  rows: number;
  bytes: number;
  /** Set when a batch's rows did not fit, or would not have. */
  full: boolean;
  /** Set when a batch could not be merged: those that were can be stored only if they are merged anew. */
  broken: boolean;
}

export function createLine<T>(rowsMax: number, { bytesOf, open, collect, fail, itemsMax }: LineDeps<T>): Line<T> {
  let next: NextInsert<T> | undefined;
  /** In the order they came; there is no room for any of them. */
  let waiting: Entry<T>[] = [];

  /** `later`: the insert holds too many days, but may have room for other batches. */
  function roomFor({ rows, days }: Groupable): 'room' | 'later' | 'full' {
    if (next === undefined) return 'room';
    if (next.rows + rows > rowsMax) {
      next.full = true;
      return 'full';
    }
    const fresh = days.filter((day) => next?.days.has(day) === false);
    return next.days.size + fresh.length <= GROUP_DAYS_MAX ? 'room' : 'later';
  }

  function join(entry: Entry<T>): 'gone' | 'later' | 'full' {
    if (next !== undefined && (next.full || next.broken || next.entries.length >= itemsMax())) return 'full';
    if (entry.known !== undefined) {
      const room = roomFor(entry.known);
      if (room !== 'room') return room;
    } else if (next !== undefined && next.rows + guessedRows(entry.item, next) > rowsMax) {
      next.full = true;
      return 'full';
    }
    let arrival: Arrival | undefined;
    try {
      arrival = open(entry.item);
    } catch (cause) {
      fail(entry.item, cause);
    }
    if (arrival === undefined) return 'gone';
    entry.known ??= { rows: sumRows(arrival.open.families), days: daysOf(arrival.open) };
    const room = roomFor(entry.known);
    if (room !== 'room') return room;
    merge(entry, entry.known, arrival);
    return 'gone';
  }

  function merge(entry: Entry<T>, { rows, days }: Groupable, arrival: Arrival): void {
    next ??= { entries: [], days: new Set(), collection: collect(), rows: 0, bytes: 0, full: false, broken: false };
    try {
      next.collection.add(arrival);
    } catch (cause) {
      next.broken = true;
      fail(entry.item, cause);
      return;
    }
    next.entries.push(entry);
    for (const day of days) next.days.add(day);
    next.rows += rows;
    next.bytes += bytesOf(entry.item);
  }

  /** As many to a byte as those have that are merged. A batch that was opened to see that it does not fit would have to be opened again. */
  const guessedRows = (item: T, { rows, bytes }: NextInsert<T>): number => (rows * bytesOf(item)) / bytes;

  /** Has the batches of the next insert wait again, before all others. */
  function unmerge(): void {
    if (next === undefined) return;
    next.collection.discard();
    waiting = [...next.entries, ...waiting];
    next = undefined;
  }

  function fill(): void {
    const [oldest, ...others] = waiting;
    if (oldest === undefined) return;
    const offered = next === undefined ? [oldest, ...others.reverse()] : [...others.reverse(), oldest];
    const gone = new Set<Entry<T>>();
    for (const entry of offered) {
      const answer = join(entry);
      if (answer === 'full') break;
      if (answer === 'gone') gone.add(entry);
    }
    waiting = waiting.filter((entry) => !gone.has(entry));
    if (next?.broken === true) unmerge();
  }

  return {
    add(item) {
      const entry: Entry<T> = { item, known: undefined };
      const behind = next === undefined && waiting.length > 0;
      if (behind || join(entry) !== 'gone') waiting.push(entry);
      if (behind) fill();
      else if (next?.broken === true) unmerge();
    },
    take() {
      if (next !== undefined && next.entries.length > itemsMax()) unmerge();
      if (next === undefined) fill();
      if (next === undefined) return undefined;
      const { entries, collection } = next;
      next = undefined;
      return { items: entries.map(({ item }) => item), collected: collection.finish() };
    },
    fill,
    get enough() {
      return waiting.length > 0 || (next !== undefined && (next.full || next.rows >= rowsMax));
    },
    get oldest() {
      return (next?.entries[0] ?? waiting[0])?.item;
    },
    items: () => [...(next?.entries ?? []), ...waiting].map(({ item }) => item),
  };
}
