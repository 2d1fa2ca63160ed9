import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StoreError } from '../clickhouse/store-error.ts';
import { GROUP_DAYS_MAX, type Groupable, storeByHalves, takeGroup } from './grouping.ts';

const never = new AbortController().signal;
const refusal = new StoreError('VIOLATED_CONSTRAINT', { retryable: false, code: 469 });

interface Item extends Groupable {
  readonly name: number;
}

const items = fc
  .array(fc.record({ rows: fc.integer({ min: 1, max: 40 }), day: fc.integer({ min: 0, max: 30 }), over: fc.boolean() }), {
    maxLength: 60,
  })
  .map((drawn): Item[] => drawn.map(({ rows, day, over }, name) => ({ name, rows, days: over ? [day, day + 1] : [day] })));

describe('takeGroup', () => {
  it('takes every batch once, the first always, within the bounds on rows and days', () => {
    fc.assert(
      fc.property(items, (waiting) => {
        const taken: Item[] = [];
        let left: readonly Item[] = waiting;
        while (left.length > 0) {
          const next = takeGroup(left, { rowsMax: 100 });
          expect(next.group[0]).toBe(left[0]);
          expect(new Set(next.group.flatMap(({ days }) => days)).size).toBeLessThanOrEqual(GROUP_DAYS_MAX);
          expect(next.group.reduce((sum, { rows }) => sum + rows, 0)).toBeLessThanOrEqual(100);
          taken.push(...next.group);
          left = next.left;
        }
        expect(taken.map(({ name }) => name).toSorted((a, b) => a - b)).toEqual(waiting.map(({ name }) => name));
      }),
    );
  });

  it('stores a backlog of a hundred days, whose days come mixed, by some days at a time', () => {
    const waiting = Array.from({ length: 400 }, (_, name) => ({ name, rows: 1, days: [(name * 37) % 100] }));
    let left: readonly Item[] = waiting;
    let groups = 0;
    while (left.length > 0) {
      left = takeGroup(left, { rowsMax: 100_000 }).left;
      groups += 1;
    }
    expect(groups).toBe(Math.ceil(100 / GROUP_DAYS_MAX));
  });

  it('takes a batch alone that is over every bound by itself', () => {
    const days = Array.from({ length: GROUP_DAYS_MAX + 1 }, (_, day) => day);
    const waiting = [
      { name: 0, rows: 500, days },
      { name: 1, rows: 1, days: [0] },
    ];
    const { group, left } = takeGroup(waiting, { rowsMax: 100 });
    expect([group.map(({ name }) => name), left.map(({ name }) => name)]).toEqual([[0], [1]]);
  });

  it('takes no more batches than it may', () => {
    const waiting = [0, 1, 2].map((name) => ({ name, rows: 1, days: [0] }));
    expect(takeGroup(waiting, { rowsMax: 100, itemsMax: 1 }).group).toHaveLength(1);
  });
});

describe('storeByHalves', () => {
  it('stores the innocent once each and names exactly those at fault, in about log2 attempts for each', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.integer({ min: 0, max: 63 }), { maxLength: 4 }), async (poisoned) => {
        const stored: number[] = [];
        const refused: number[] = [];
        let attempts = 0;
        await storeByHalves(
          Array.from({ length: 64 }, (_, name) => name),
          (part) => {
            attempts += 1;
            if (part.some((name) => poisoned.includes(name))) return Promise.reject(refusal);
            stored.push(...part);
            return Promise.resolve();
          },
          (name) => void refused.push(name),
          never,
        );
        const order = (names: readonly number[]) => names.toSorted((a, b) => a - b);
        expect(order(refused)).toEqual(order(poisoned));
        expect(order([...stored, ...refused])).toEqual(Array.from({ length: 64 }, (_, name) => name));
        expect(attempts).toBeLessThanOrEqual(1 + 2 * 6 * poisoned.length);
      }),
    );
  });

  it('does not halve what is no judgement of the values', async () => {
    const refused: number[] = [];
    const fault = new Error('the disk is gone');
    const storing = storeByHalves(
      [1, 2],
      () => Promise.reject(fault),
      (name) => void refused.push(name),
      never,
    );
    await expect(storing).rejects.toBe(fault);
    expect(refused).toEqual([]);
  });
});
