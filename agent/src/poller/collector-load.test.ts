import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHEAP_RUN_MS, type CollectorLoad, createCollectorLoad, PAUSE_MAX_MS, spaced } from './collector-load.ts';

const LIMITS = { shareMaxPct: 10, runMaxMs: 4000, routerCpuMaxPct: 95 };
const MINUTE_MS = 60_000;

function afterRuns(interval: number, ...durations: number[]): CollectorLoad {
  const load = createCollectorLoad(interval, LIMITS);
  for (const durationMs of durations) load.ran(durationMs);
  return load;
}

const times = (count: number, durationMs: number): number[] => Array.from({ length: count }, () => durationMs);

describe('the share of time', () => {
  it('is left alone by runs that take less, however unequal they are', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1000 }), { maxLength: 50 }), (durations) => {
        expect(afterRuns(10_000, ...durations)).toMatchObject({ state: 'running', reason: '', intervalMs: 10_000 });
      }),
    );
  });

  it('is kept by doubling the interval, once three runs have shown what they cost', () => {
    expect(afterRuns(10_000, 3000, 3000).state).toBe('running');
    expect(afterRuns(10_000, ...times(3, 3000))).toMatchObject({
      state: 'slowed',
      intervalMs: 40_000,
      reason: 'a run takes 3 000 ms: more than 10 % of every 10 000 ms',
    });
  });

  it('is never exceeded in the long run, whatever the runs take, and no interval grows beyond the longest', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 3_000_000 }), fc.integer({ min: 0, max: 4000 }), (interval, durationMs) => {
        const { intervalMs } = afterRuns(interval, ...times(5, durationMs));
        expect(intervalMs).toBeLessThanOrEqual(PAUSE_MAX_MS);
        const slowest = intervalMs * 2 > PAUSE_MAX_MS;
        expect(slowest || durationMs <= Math.max(CHEAP_RUN_MS, intervalMs / 10)).toBe(true);
      }),
    );
  });

  it('does not change around its border', () => {
    const load = afterRuns(10_000, ...times(3, 1500));
    expect(load.intervalMs).toBe(20_000);
    for (const durationMs of [900, 1100, 800, 1200, 700, 900, 600, 1900]) {
      load.ran(durationMs);
      expect(load.intervalMs).toBe(20_000);
    }
    for (const durationMs of times(10, 400)) load.ran(durationMs);
    expect(load).toMatchObject({ state: 'running', intervalMs: 10_000, reason: '' });
  });
});

describe('a run that is too long', () => {
  it('pauses the collector for a minute, or for its interval where that is longer', () => {
    expect(afterRuns(10_000, 4001)).toMatchObject({
      state: 'shed',
      reason: 'a run took 4 001 ms, at most 4 000 ms are allowed',
      intervalMs: MINUTE_MS,
    });
    expect(afterRuns(300_000, 4001).intervalMs).toBe(300_000);
  });

  it('makes the pause four times as long with each failure in a row, up to an hour', () => {
    const load = createCollectorLoad(10_000, LIMITS);
    const pauses = Array.from({ length: 6 }, () => {
      load.shed('no complete answer');
      return load.intervalMs / MINUTE_MS;
    });
    expect(pauses).toEqual([1, 4, 16, 60, 60, 60]);
  });

  it('is over with a good run, and the next failure soon after it counts on', () => {
    const load = afterRuns(10_000, 4001, 20);
    expect(load).toMatchObject({ state: 'running', reason: '' });
    load.ran(5000);
    expect(load.intervalMs).toBe(4 * MINUTE_MS);
    for (const durationMs of times(5, 20)) load.ran(durationMs);
    load.ran(5000);
    expect(load.intervalMs).toBe(MINUTE_MS);
  });

  it('is not over with one that is barely short enough', () => {
    const load = afterRuns(10_000, 4001, 3999);
    expect(load).toMatchObject({ state: 'shed', intervalMs: MINUTE_MS });
    load.ran(2000);
    expect(load.state).not.toBe('shed');
  });
});

it('knows long runs from cheap ones by their mean', () => {
  expect(afterRuns(10_000, ...times(4, 100)).expensive).toBe(false);
  expect(afterRuns(10_000, ...times(4, 101)).expensive).toBe(true);
});

it('writes numbers in groups of three', () => {
  expect([0, 999, 1000, 5213.4, 1_234_567].map(spaced)).toEqual(['0', '999', '1 000', '5 213', '1 234 567']);
});
