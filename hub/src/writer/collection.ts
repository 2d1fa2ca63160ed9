/** Batches on their way into one insert: their rows merged as they come, and what remains to be known of each. */
import type { FamilyName } from '@poplar/proto/families';
import { pollEndsMs } from './block.ts';
import type { Insertion, MergedRows } from './insertion.ts';
import { type Arrival, storedRecord } from './record.ts';
import type { BatchRecord } from './store.ts';

/** What is left of batches when their rows are merged. */
export interface Collected {
  readonly rows: MergedRows;
  /** In the order of the batches; the time of storing is still to come. */
  readonly records: readonly BatchRecord[];
  /** Families of which there are rows. */
  readonly families: ReadonlySet<FamilyName>;
  /** Of every poll, by the hub's clock as far as the agent knew it, Unix ms. */
  readonly pollEnds: readonly Float64Array[];
}

export interface Collection {
  /** The batch is not needed afterwards. When it throws, the collection cannot be used any more. */
  add(arrival: Arrival): void;
  finish(): Collected;
  discard(): void;
}

export function createCollection(insertion: Pick<Insertion, 'gather'>): Collection {
  const gathering = insertion.gather();
  const records: BatchRecord[] = [];
  const families = new Set<FamilyName>();
  const pollEnds: Float64Array[] = [];
  return {
    add(arrival) {
      const { open } = arrival;
      gathering.add(open);
      records.push(storedRecord(arrival, 0));
      for (const { rows, spec } of Object.values(open.families)) if (rows > 0) families.add(spec.name);
      const offsetMs = open.clockOffsetMs ?? 0;
      pollEnds.push(pollEndsMs(open).map((endMs) => endMs + offsetMs));
    },
    finish: () => ({ rows: gathering.finish(), records, families, pollEnds }),
    discard: () => gathering.discard(),
  };
}
