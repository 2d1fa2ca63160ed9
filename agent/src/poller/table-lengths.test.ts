import { expect, it } from 'vitest';
import { createTableLengths, LENGTH_BELIEVED_MS } from './table-lengths.ts';

const PATH = '/ip/neighbor';
const MAX = 2000;

it.each([
  [0, false],
  [1000, false],
  [1001, true],
  [2000, true],
  [5213, true],
])('a table that had %d of 2000 rows lately is counted before it is printed: %s', (rows, counted) => {
  const lengths = createTableLengths();
  expect(lengths.mustCount(PATH, MAX, 0)).toBe(true);
  lengths.note(PATH, rows, MAX, 0);
  expect(lengths.mustCount(PATH, MAX, 1)).toBe(counted);
  expect(lengths.mustCount('/queue/simple', MAX, 1)).toBe(true);
});

it('does not believe a length for ever', () => {
  const lengths = createTableLengths();
  lengths.note(PATH, 10, MAX, 0);
  expect(lengths.mustCount(PATH, MAX, LENGTH_BELIEVED_MS - 1)).toBe(false);
  expect(lengths.mustCount(PATH, MAX, LENGTH_BELIEVED_MS)).toBe(true);
});

it('has a table that was too long come back once it is clearly shorter', () => {
  const lengths = createTableLengths();
  const tooLong = [2000, 2001, 1999, 1801, 1800, 1999, 2000].map((rows) => lengths.note(PATH, rows, MAX, 0));
  expect(tooLong).toEqual([false, true, true, true, false, false, false]);
});
