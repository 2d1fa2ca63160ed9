import { expect, test } from 'vitest';
import { createBackoff } from './backoff.ts';

test('the bound of a delay doubles from half a second to fifteen, and an answer starts it over', () => {
  const longest = createBackoff(() => 1);
  expect(Array.from({ length: 8 }, () => longest.next())).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]);
  longest.reset();
  expect(longest.next()).toBe(500);
});

test('a delay is any part of its bound, from none to all, so that agents do not come back together', () => {
  const parts = [0, 0.25, 0.999];
  const delays = parts.map((part) => createBackoff(() => part).next());
  expect(delays).toEqual([0, 125, 499.5]);
});
