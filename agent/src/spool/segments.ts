/** The segments of a spool, oldest first, as one sequence of records. In memory. */
import type { IndexedRecord, Segment } from './segment.ts';
import type { SequenceSpan } from './spool.ts';

export interface Located {
  readonly segment: Segment;
  readonly record: IndexedRecord;
}

export interface Segments {
  readonly all: readonly Segment[];
  /** Position for the first record of a segment that is added now. */
  readonly nextBase: number;
  /** Position of the newest record; 0 when there never was one. */
  readonly newest: number;
  readonly bytes: number;
  readonly waiting: number;
  add(segment: Segment): void;
  remove(segment: Segment): void;
  /** The record at a position, if it still waits. */
  at(position: number): Located | undefined;
  /** Position of the first waiting record after `position`; undefined at the end. */
  nextWaiting(position: number): number | undefined;
  /** Marks a run as done; returns how many records waited. */
  settle(span: SequenceSpan): number;
}

export function createSegments(): Segments {
  const all: Segment[] = [];
  /** Survives the removal of the last segment: positions never repeat. */
  let nextFree = 1;
  const end = (segment: Segment): number => segment.base + segment.records;

  return {
    all,
    get nextBase() {
      const newest = all.at(-1);
      return newest === undefined ? nextFree : Math.max(nextFree, end(newest));
    },
    get newest() {
      return this.nextBase - 1;
    },
    get bytes() {
      return all.reduce((sum, segment) => sum + segment.bytes, 0);
    },
    get waiting() {
      return all.reduce((sum, segment) => sum + segment.waiting, 0);
    },
    add(segment) {
      all.push(segment);
    },
    remove(segment) {
      nextFree = Math.max(nextFree, end(segment));
      const index = all.indexOf(segment);
      if (index >= 0) all.splice(index, 1);
    },
    at(position) {
      const segment = all.find((candidate) => position >= candidate.base && position < end(candidate));
      const record = segment?.waitingAt(position - segment.base);
      return segment === undefined || record === undefined ? undefined : { segment, record };
    },
    nextWaiting(position) {
      for (const segment of all) {
        if (segment.waiting === 0 || position >= end(segment) - 1) continue;
        const index = segment.nextWaiting(Math.max(0, position + 1 - segment.base));
        if (index < segment.records) return segment.base + index;
      }
      return undefined;
    },
    settle({ epoch, first, last }) {
      return all.reduce((sum, segment) => sum + (segment.waiting === 0 ? 0 : segment.settle(epoch, first, last)), 0);
    },
  };
}
