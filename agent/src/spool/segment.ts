/** The index of one segment file: where its records are and which still wait. 25 bytes of memory per record. */
import type { RecordHeader } from './record.ts';

const FIRST_CAPACITY = 64;

/** One record as the index knows it. */
export interface IndexedRecord {
  readonly epoch: bigint;
  readonly sequence: number;
  readonly contentHash: bigint;
  readonly offset: number;
  readonly messageBytes: number;
}

export interface Segment {
  readonly path: string;
  /** Position of its first record. */
  readonly base: number;
  /** Length of the file. */
  bytes: number;
  /** Some of its records could not be read: the file is kept aside when the others are done. */
  damaged: boolean;
  /** The epochs of its records. */
  readonly epochs: readonly bigint[];
  readonly records: number;
  /** Records that still wait. */
  readonly waiting: number;
  add(header: RecordHeader, offset: number): void;
  /** The record at an index; undefined past the end or when it no longer waits. */
  waitingAt(index: number): IndexedRecord | undefined;
  /** Index of the first waiting record at or after `index`; `records` when there is none. */
  nextWaiting(index: number): number;
  /** Marks what it holds of the run as done; returns how many waited. */
  settle(epoch: bigint, first: number, last: number): number;
}

export function createSegment(path: string, base: number, bytes: number): Segment {
  const runs: { epoch: bigint; from: number }[] = [];
  let sequences = new Float64Array(FIRST_CAPACITY);
  let offsets = new Uint32Array(FIRST_CAPACITY);
  let lengths = new Uint32Array(FIRST_CAPACITY);
  let hashes = new BigUint64Array(FIRST_CAPACITY);
  let done = new Uint8Array(FIRST_CAPACITY);
  let records = 0;
  let waiting = 0;

  function grow(): void {
    const capacity = records * 2;
    sequences = enlarge(new Float64Array(capacity), sequences);
    offsets = enlarge(new Uint32Array(capacity), offsets);
    lengths = enlarge(new Uint32Array(capacity), lengths);
    done = enlarge(new Uint8Array(capacity), done);
    const larger = new BigUint64Array(capacity);
    larger.set(hashes);
    hashes = larger;
  }

  const epochAt = (index: number): bigint => runs.findLast(({ from }) => from <= index)?.epoch ?? 0n;

  return {
    path,
    base,
    bytes,
    damaged: false,
    get epochs() {
      return runs.map(({ epoch }) => epoch);
    },
    get records() {
      return records;
    },
    get waiting() {
      return waiting;
    },
    add(header, offset) {
      if (records === sequences.length) grow();
      const rises = records > 0 && header.sequence > (sequences[records - 1] ?? 0);
      if (!rises || runs.at(-1)?.epoch !== header.epoch) runs.push({ epoch: header.epoch, from: records });
      sequences[records] = header.sequence;
      offsets[records] = offset;
      lengths[records] = header.messageBytes;
      hashes[records] = header.contentHash;
      records++;
      waiting++;
    },
    waitingAt(index) {
      if (index >= records || done[index] === 1) return undefined;
      return {
        epoch: epochAt(index),
        sequence: sequences[index] ?? 0,
        contentHash: hashes[index] ?? 0n,
        offset: offsets[index] ?? 0,
        messageBytes: lengths[index] ?? 0,
      };
    },
    nextWaiting(index) {
      const next = done.indexOf(0, index);
      return next < 0 || next > records ? records : next;
    },
    settle(epoch, first, last) {
      let settled = 0;
      for (const [run, { epoch: own, from }] of runs.entries()) {
        if (own !== epoch) continue;
        const to = runs[run + 1]?.from ?? records;
        for (let index = lowerBound(sequences, from, to, first); index < to && (sequences[index] ?? 0) <= last; index++) {
          if (done[index] === 1) continue;
          done[index] = 1;
          settled++;
        }
      }
      waiting -= settled;
      return settled;
    },
  };
}

function enlarge<T extends Float64Array | Uint32Array | Uint8Array>(larger: T, old: T): T {
  larger.set(old);
  return larger;
}

function lowerBound(values: Float64Array, from: number, to: number, value: number): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
