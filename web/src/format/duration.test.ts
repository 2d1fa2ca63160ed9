import { expect, test } from 'vitest';
import { formatAge, formatDuration, formatLatency } from './duration.ts';

const M = 60_000;
const H = 60 * M;
const D = 24 * H;

test('durations are their two largest units', () => {
  expect(formatDuration(850)).toBe('850 ms');
  expect(formatDuration(12_400)).toBe('12 s');
  expect(formatDuration(4 * M + 10_000)).toBe('4 m 10 s');
  expect(formatDuration(3 * H)).toBe('3 h');
  expect(formatDuration(12 * D + 4 * H + 59 * M)).toBe('12 d 4 h');
  expect(formatDuration(null)).toBe('–');
});

test('ages are one unit and never negative', () => {
  expect(formatAge(8_900)).toBe('8 s');
  expect(formatAge(59 * M)).toBe('59 m');
  expect(formatAge(3 * D)).toBe('3 d');
  expect(formatAge(-2_000)).toBe('0 s');
});

test('latencies keep the digits that tell', () => {
  expect(formatLatency(3.14)).toBe('3.1 ms');
  expect(formatLatency(850.4)).toBe('850 ms');
  expect(formatLatency(1_240)).toBe('1.24 s');
  expect(formatLatency(-4)).toBe('−4 ms');
  expect(formatLatency(252_000)).toBe('4 m 12 s');
});
