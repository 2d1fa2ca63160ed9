import { expect, test } from 'vitest';
import { formatSort, parseSort, sortRows } from './sort.ts';

test('names sort as people count', () => {
  expect(sortRows(['ether10', 'ether2', 'Ether1'], (name) => name, false)).toEqual(['Ether1', 'ether2', 'ether10']);
});

test('what is not known comes last in both directions', () => {
  expect(sortRows([null, 2, 1], (value) => value, false)).toEqual([1, 2, null]);
  expect(sortRows([null, 1, 2], (value) => value, true)).toEqual([2, 1, null]);
});

test('equal rows keep their order', () => {
  const rows = [
    { id: 1, key: 0 },
    { id: 2, key: 0 },
  ];
  expect(sortRows(rows, (row) => row.key, true)).toEqual(rows);
});

test('the order of an address is read back, and an unknown column is the default', () => {
  const fallback = { column: 'state', descending: false };
  expect(parseSort('-cpu', ['cpu'], fallback)).toEqual({ column: 'cpu', descending: true });
  expect(parseSort(formatSort({ column: 'cpu', descending: true }), ['cpu'], fallback)).toEqual({
    column: 'cpu',
    descending: true,
  });
  expect(parseSort('colour', ['cpu'], fallback)).toBe(fallback);
  expect(parseSort(null, ['cpu'], fallback)).toBe(fallback);
});
