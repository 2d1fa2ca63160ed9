import { expect, it } from 'vitest';
import { median, percentile } from './statistics.ts';

it('takes the middle of an odd number of values, and the mean of the two in the middle of an even one', () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([9, 1, 5, 6])).toBe(5.5);
});

it('places a percentile between its neighbours', () => {
  const values = [40, 10, 30, 20, 50];
  expect(percentile(values, 0)).toBe(10);
  expect(percentile(values, 100)).toBe(50);
  expect(percentile(values, 95)).toBeCloseTo(48);
  expect(values).toEqual([40, 10, 30, 20, 50]);
});

it('refuses to make up a figure out of nothing', () => {
  expect(() => median([])).toThrow('BUG');
});
