import type { GatheredRows } from '../../collector.ts';
import type { WrittenReplies } from '../../testing.ts';

/**
 * What is to become of one published record, written by hand as one reads it by eye. A property left out of a row is one
 * that is absent: the router did not report it.
 */
export type Expectation =
  | {
      readonly rows: { readonly [F in keyof GatheredRows]?: readonly Partial<GatheredRows[F][number]>[] };
      /** What the router answered before, by the paths of the menus: a monitor's answer only counts for items that were printed. */
      readonly beside?: WrittenReplies;
      /** Values that cannot be read; none unless named. */
      readonly parseErrors?: number;
    }
  | {
      /** Why no collector reads this reply. */
      readonly unread: string;
    };

/** Expectations by the command and the record's name in records.jsonl. */
export type Expectations = Readonly<Record<string, Readonly<Record<string, Expectation>>>>;
