import { expect, test } from 'vitest';
import { fittingColumns, parseColumns, ROUTER_COLUMNS } from './router-columns.tsx';

test('a wide window shows every column, a narrow one the more telling ones', () => {
  expect(fittingColumns(4000)).toHaveLength(ROUTER_COLUMNS.length);
  expect(fittingColumns(520)).toEqual(['state', 'router', 'in', 'out', 'problem']);
  expect(fittingColumns(0)).toEqual(['state', 'router']);
});

test('columns of an address keep the order of the table, and unknown ones are left out', () => {
  expect(parseColumns('cpu,router,colour', 4000).map((column) => column.id)).toEqual(['router', 'cpu']);
  expect(parseColumns('colour', 520).map((column) => column.id)).toEqual(fittingColumns(520));
});

test('no two columns share an id or a name in the CSV file', () => {
  expect(new Set(ROUTER_COLUMNS.map((column) => column.id)).size).toBe(ROUTER_COLUMNS.length);
  expect(new Set(ROUTER_COLUMNS.map((column) => column.csvName)).size).toBe(ROUTER_COLUMNS.length);
});
