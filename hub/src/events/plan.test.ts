import { describe, expect, it } from 'vitest';
import { portions } from '../rollup/sites.ts';
import type { Derivation } from './derivation.ts';
import { dueUntil, rangesOf, spansOf, tasksOf } from './plan.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const T0 = Date.UTC(2026, 0, 5, 10);

const mark = (minutes: number, site = 'fra1') => ({ site, bucketMs: T0 + minutes * MINUTE });
const plan = { forwardMs: 20 * MINUTE, spanMs: HOUR };

describe('rangesOf', () => {
  it('reaches from a bucket to what looks back on it, up to the newest row: the end of a bucket belongs to it, its start does not', () => {
    expect(rangesOf([mark(5)], plan, T0 + 8 * MINUTE)).toEqual([
      { sites: ['fra1'], fromMs: T0 + 5 * MINUTE + 1, toMs: T0 + 8 * MINUTE + 1 },
    ]);
  });

  it('takes whole spans of what is older, and shares them among sites', () => {
    expect(rangesOf([mark(5), mark(30, 'lon2'), mark(10, 'ams1')], plan, T0 + 10 * HOUR)).toEqual([
      { sites: ['ams1', 'fra1', 'lon2'], fromMs: T0, toMs: T0 + HOUR },
    ]);
  });

  it('crosses no span', () => {
    expect(rangesOf([mark(50)], plan, T0 + 10 * HOUR)).toEqual([
      { sites: ['fra1'], fromMs: T0 + HOUR, toMs: T0 + 2 * HOUR },
      { sites: ['fra1'], fromMs: T0, toMs: T0 + HOUR },
    ]);
    const last = T0 + 61 * MINUTE;
    expect(rangesOf([mark(55), mark(60)], plan, last)).toEqual([
      { sites: ['fra1'], fromMs: T0 + HOUR, toMs: last + 1 },
      { sites: ['fra1'], fromMs: T0 + 55 * MINUTE + 1, toMs: T0 + HOUR },
    ]);
  });

  it('makes nothing of what lies behind the newest row', () => {
    expect(rangesOf([mark(5)], plan, T0)).toEqual([]);
  });

  it('covers every moment that a mark makes dirty, once', () => {
    const marks = [mark(0), mark(55), mark(125), mark(600, 'lon2')];
    const newest = T0 + 700 * MINUTE;
    const ranges = rangesOf(marks, plan, newest);
    const covering = (site: string, ms: number): number =>
      ranges.filter(({ sites, fromMs, toMs }) => sites.includes(site) && fromMs <= ms && ms < toMs).length;
    for (const { site, bucketMs } of marks)
      for (let ms = bucketMs + 1; ms <= bucketMs + 5 * MINUTE + plan.forwardMs; ms += 30_000)
        expect(covering(site, ms), `${site} ${(ms - T0) / MINUTE}`).toBe(1);
  });

  it('names no more sites at once than an address has room for', () => {
    const marks = Array.from({ length: 1000 }, (_, index) => mark(5, `site-${index}`));
    const ranges = rangesOf(marks, plan, T0 + 8 * MINUTE);
    expect(ranges.flatMap(({ sites }) => sites)).toHaveLength(1000);
    for (const { sites } of ranges) expect(encodeURIComponent(`['${sites.join("','")}']`).length).toBeLessThan(5000);
  });
});

describe('tasksOf', () => {
  it('lets derivations with the same range share it', () => {
    const derivation = (name: string, forwardMs: number): Derivation => ({
      name,
      forwardMs,
      lookbackMs: forwardMs,
      spanMs: HOUR,
      rows: '1',
      select: '',
    });
    const [short, long] = [derivation('short', 20 * MINUTE), derivation('long', 2 * HOUR)];
    const named = (newestMs: number) =>
      tasksOf([mark(5)], [short, long], newestMs).map(({ range, derivations }) => [
        (range.fromMs - T0) / HOUR,
        derivations.map(({ name }) => name),
      ]);
    expect(named(T0 + 10 * HOUR)).toEqual([
      [2, ['long']],
      [1, ['long']],
      [0, ['short', 'long']],
    ]);
    expect(named(T0 + 8 * MINUTE)).toEqual([[(5 * MINUTE + 1) / HOUR, ['short', 'long']]]);
  });
});

describe('spansOf', () => {
  it('joins the marks of six hours, the newest first', () => {
    const marks = [700, 690, 400, 341, 340, 100].map((minutes) => mark(minutes));
    expect(spansOf(marks).map((span) => span.map(({ bucketMs }) => (bucketMs - T0) / MINUTE))).toEqual([
      [700, 690, 400, 341],
      [340, 100],
    ]);
    expect(spansOf([])).toEqual([]);
  });
});

describe('portions', () => {
  it('fills statements up to a number of rows, and leaves no site out', () => {
    const rows: Readonly<Record<string, number>> = { a: 4, b: 5, c: 2, d: 30, e: 0 };
    expect(portions(Object.keys(rows), (site) => rows[site] ?? 0, 10)).toEqual([['a', 'b'], ['c'], ['d'], ['e']]);
  });
});

describe('dueUntil', () => {
  it('is the end of the bucket that holds a minute from now', () => {
    expect(dueUntil(T0 + 2 * MINUTE)).toBe(T0 + 5 * MINUTE);
    expect(dueUntil(T0 + 4 * MINUTE)).toBe(T0 + 5 * MINUTE);
    expect(dueUntil(T0 + 4 * MINUTE + 1)).toBe(T0 + 10 * MINUTE);
  });
});
