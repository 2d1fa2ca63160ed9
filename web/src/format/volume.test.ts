import { expect, test } from 'vitest';
import { formatBytes, formatCount, formatRatio } from './volume.ts';

test('volumes have IEC prefixes', () => {
  expect(formatBytes(0)).toBe('0 B');
  expect(formatBytes(1023)).toBe('1023 B');
  expect(formatBytes(1024)).toBe('1.00 KiB');
  expect(formatBytes(1.5 * 2 ** 30)).toBe('1.50 GiB');
  expect(formatBytes(1000 * 2 ** 20)).toBe('1000 MiB');
  expect(formatBytes(null)).toBe('–');
});

test('counts have thin spaces between thousands', () => {
  expect(formatCount(1234567)).toBe('1\u2009234\u2009567');
  expect(formatCount(999)).toBe('999');
  expect(formatCount(null)).toBe('–');
});

test('shares are whole percentages', () => {
  expect(formatRatio(0.416)).toBe('42\u00a0%');
  expect(formatRatio(null)).toBe('–');
});
