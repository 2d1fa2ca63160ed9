import { expect, test } from 'vitest';
import { retryDelayMs } from './delivery.ts';

test('the wait before a retry is anything up to a bound that doubles, to five minutes', () => {
  expect([1, 2, 3, 10, 1000].map((failures) => retryDelayMs(failures, () => 1))).toEqual([2000, 4000, 8000, 300_000, 300_000]);
  expect(retryDelayMs(5, () => 0.5)).toBe(16_000);
  expect(retryDelayMs(5, () => 0)).toBe(0);
});
