import { openBatch, sealBatch } from '@poplar/proto/batch';
import { createBatchBuilder } from '@poplar/proto/builder';
import { DEFAULT_LIMITS } from '@poplar/proto/limits';
import { SAMPLE_IDENTITY, sampleInterface, samplePoll, sampleRows } from '@poplar/proto/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createByteSink } from './byte-sink.ts';
import type { Collection } from './collection.ts';
import { GROUP_DAYS_MAX } from './grouping.ts';
import { createLine } from './line.ts';
import { type Arrival, sumRows } from './record.ts';

const DAY_MS = 24 * 3600_000;
const ROWS_MAX = 40;

/** A batch of some interface rows and a poll on each of some days. */
interface Item {
  readonly name: number;
  readonly interfaces: number;
  readonly days: readonly number[];
  readonly refused: boolean;
}

function arrivalOf({ name, interfaces, days }: Item): Arrival {
  const builder = createBatchBuilder();
  const lastMs = Number(samplePoll().tsMs) + Math.max(...days) * DAY_MS;
  for (const [index, day] of days.entries()) {
    const rows = Array.from({ length: index === 0 ? interfaces : 0 }, (_, port) =>
      sampleInterface({ interface: `ether${port}` }),
    );
    const tsMs = Number(samplePoll().tsMs) + day * DAY_MS;
    builder.add(samplePoll({ tsMs, pollNumber: index + 1 }), sampleRows({ interfaces: rows }));
  }
  const batch = sealBatch(builder, { ...SAMPLE_IDENTITY, sequence: name + 1, sealedAtMs: lastMs });
  return { open: openBatch(batch, DEFAULT_LIMITS), contentHash: 1n, receivedAtMs: lastMs, payloadBytes: batch.payload.length };
}

/** Of the batches that it was given: their sequences. Cannot merge one of a name in `unmergeable`. */
function collection(unmergeable: ReadonlySet<number>): Collection {
  const sequences: number[] = [];
  return {
    add({ open }) {
      if (unmergeable.has(open.sequence - 1)) throw new Error('no memory');
      sequences.push(open.sequence);
    },
    finish: () => ({
      rows: { batches: sequences.length, blocks: [], marks: [], memory: createByteSink() },
      records: [],
      families: new Set(),
      pollEnds: sequences.map((sequence) => Float64Array.of(sequence)),
    }),
    discard: () => {},
  };
}

interface LineOptions {
  readonly unmergeable?: ReadonlySet<number>;
  /** Of every batch; as they are unless given. */
  readonly guessedBytes?: number;
}

function lineOf(arrivals: ReadonlyMap<number, Arrival>, { unmergeable = new Set(), guessedBytes }: LineOptions = {}) {
  const opened: number[] = [];
  const refused: number[] = [];
  const failed: number[] = [];
  let itemsMax = Number.POSITIVE_INFINITY;
  const line = createLine<Item>(ROWS_MAX, {
    bytesOf: ({ name }) => guessedBytes ?? arrivals.get(name)?.open.bytes ?? 1,
    open(item) {
      opened.push(item.name);
      if (item.refused) refused.push(item.name);
      return item.refused ? undefined : arrivals.get(item.name);
    },
    collect: () => collection(unmergeable),
    fail: ({ name }) => void failed.push(name),
    itemsMax: () => itemsMax,
  });
  const allow = (most: number): void => {
    itemsMax = most;
  };
  return { line, opened, refused, failed, allow };
}

const simple = (name: number, interfaces = 9, days: readonly number[] = [0]): Item => ({
  name,
  interfaces,
  days,
  refused: false,
});

const arrivalsOf = (items: readonly Item[]): Map<number, Arrival> => new Map(items.map((item) => [item.name, arrivalOf(item)]));

const names = (items: readonly Item[] | undefined): number[] | undefined => items?.map(({ name }) => name);

const drawnItems = fc
  .array(
    fc.record({
      interfaces: fc.integer({ min: 0, max: 50 }),
      day: fc.integer({ min: 0, max: 20 }),
      over: fc.boolean(),
      refused: fc.integer({ min: 0, max: 9 }).map((draw) => draw === 0),
    }),
    { maxLength: 40 },
  )
  .map((drawn): Item[] =>
    drawn.map(({ interfaces, day, over, refused }, name) => ({
      name,
      interfaces,
      days: over ? [day, day + 1] : [day],
      refused,
    })),
  );

describe('the line before the inserts', () => {
  it('gives out every batch once, within the bounds on rows and days, merged from what it gave out', () => {
    fc.assert(
      fc.property(drawnItems, fc.infiniteStream(fc.integer({ min: 0, max: 5 })), (items, pauses) => {
        const arrivals = arrivalsOf(items);
        const { line, refused } = lineOf(arrivals);
        const taken: number[] = [];
        const take = (): void => {
          const insert = line.take();
          if (insert === undefined) return;
          const inserted = insert.items.map(({ name }) => name);
          const rows = insert.items.map((item) => sumRows(arrivalOf(item).open.families));
          expect(rows.length === 1 || rows.reduce((sum, of) => sum + of, 0) <= ROWS_MAX).toBe(true);
          expect(new Set(insert.items.flatMap(({ days }) => days)).size).toBeLessThanOrEqual(GROUP_DAYS_MAX);
          expect(insert.collected.pollEnds.map(([sequence]) => (sequence ?? 0) - 1)).toEqual(inserted);
          taken.push(...inserted);
          line.fill();
        };
        for (const item of items) {
          line.add(item);
          if (pauses.next().value === 0) take();
        }
        while (line.oldest !== undefined) take();
        expect([...taken, ...refused].toSorted((a, b) => a - b)).toEqual(items.map(({ name }) => name));
      }),
      { numRuns: 60 },
    );
  });

  it('opens a batch once, when there is room for it by the bytes of those that are merged', () => {
    const items = Array.from({ length: 12 }, (_, name) => simple(name));
    const { line, opened } = lineOf(arrivalsOf(items));
    for (const item of items) line.add(item);
    expect(opened).toEqual([0, 1, 2, 3]);
    expect(line.enough).toBe(true);
    expect(names(line.take()?.items)).toEqual([0, 1, 2, 3]);
    line.fill();
    expect(opened.slice(4)).toEqual([4, 11, 10, 9]);
    expect(names(line.take()?.items)).toEqual([4, 11, 10, 9]);
  });

  it('opens a batch again when it had more rows than its bytes promised', () => {
    const items = [...[0, 1, 2].map((name) => simple(name, 1)), simple(3, 39)];
    const { line, opened } = lineOf(arrivalsOf(items), { guessedBytes: 1 });
    for (const item of items) line.add(item);
    expect(opened).toEqual([0, 1, 2, 3]);
    expect(names(line.take()?.items)).toEqual([0, 1, 2]);
    expect(names(line.take()?.items)).toEqual([3]);
    expect(opened).toEqual([0, 1, 2, 3, 3]);
  });

  it('goes on with other days when one does not fit', () => {
    const days = Array.from({ length: GROUP_DAYS_MAX }, (_, day) => simple(day, 0, [day]));
    const items = [...days, simple(50, 0, [50]), simple(51, 0, [3])];
    const { line } = lineOf(arrivalsOf(items));
    for (const item of items) line.add(item);
    expect(names(line.take()?.items)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 51]);
    expect(names(line.take()?.items)).toEqual([50]);
  });

  it('gives out one at a time when only one may go, those that were merged with others too', () => {
    const items = [simple(0), simple(1), simple(2)];
    const { line, allow } = lineOf(arrivalsOf(items));
    for (const item of items) line.add(item);
    allow(1);
    expect([line.take(), line.take(), line.take(), line.take()].map((insert) => names(insert?.items))).toEqual([
      [0],
      [1],
      [2],
      undefined,
    ]);
  });

  it.each([1, 3])('loses no other batch when one cannot be merged, the one after %i', (before) => {
    const items = [0, 1, 2, 3, 4, 5].map((name) => simple(name, 2));
    const { line, failed } = lineOf(arrivalsOf(items), { unmergeable: new Set([before]) });
    for (const item of items) line.add(item);
    const taken: number[] = [];
    while (line.oldest !== undefined) {
      taken.push(...(names(line.take()?.items) ?? []));
      line.fill();
    }
    expect(failed).toEqual([before]);
    expect(taken.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5].filter((name) => name !== before));
  });

  it('lets go of a batch that cannot be opened', () => {
    const failed: number[] = [];
    const line = createLine<Item>(ROWS_MAX, {
      bytesOf: () => 1,
      open: () => {
        throw new Error('BUG');
      },
      collect: () => collection(new Set()),
      fail: ({ name }) => void failed.push(name),
      itemsMax: () => 10,
    });
    line.add(simple(7));
    expect([failed, line.oldest]).toEqual([[7], undefined]);
  });
});
