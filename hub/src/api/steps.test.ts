import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketStarts, chooseStep } from './steps.ts';

const HOUR = 3600_000;

describe('chooseStep', () => {
  it('is never shorter than the interval of the samples', () => {
    expect(chooseStep(HOUR, 600, 10_000)).toBe(10_000);
    expect(chooseStep(HOUR, 2000, 60_000)).toBe(60_000);
  });

  it('keeps a day below 600 buckets', () => {
    expect(chooseStep(24 * HOUR, 600, 10_000)).toBe(180_000);
  });

  it('never makes more buckets than asked for, but for the one that is cut', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 31 * 24 * HOUR }),
        fc.integer({ min: 1, max: 2000 }),
        fc.integer({ min: 1000, max: HOUR }),
        (range, points, least) => {
          const from = Date.UTC(2026, 0, 1) + (range % 7777);
          expect(bucketStarts(from, from + range, chooseStep(range, points, least)).length).toBeLessThanOrEqual(points + 1);
        },
      ),
    );
  });
});

describe('bucketStarts', () => {
  it('covers the range with multiples of the step', () => {
    expect(bucketStarts(15, 40, 10)).toEqual([10, 20, 30]);
    expect(bucketStarts(20, 41, 10)).toEqual([20, 30, 40]);
    expect(bucketStarts(20, 20, 10)).toEqual([]);
  });
});
