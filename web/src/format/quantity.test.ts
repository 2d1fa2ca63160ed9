import { expect, test } from 'vitest';
import { formatQuantity, formatSpeed } from './quantity.ts';

test('a figure keeps its unit, its sign and no more digits than asked for', () => {
  expect(formatQuantity(-4.56, 'dBm', 1)).toBe('−4.6\u00a0dBm');
  expect(formatQuantity(41, '°C', 1)).toBe('41\u00a0°C');
  expect(formatQuantity(-0.04, 'dBm', 1)).toBe('0\u00a0dBm');
  expect(formatQuantity(null, 'W')).toBe('–');
});

test('the speed of a link has no more digits than it needs', () => {
  expect([1e8, 1e9, 2.5e9, 1e10, null].map(formatSpeed)).toEqual([
    '100\u00a0Mbit/s',
    '1\u00a0Gbit/s',
    '2.5\u00a0Gbit/s',
    '10\u00a0Gbit/s',
    '–',
  ]);
});
