import { expect, test } from 'vitest';
import { formatClock, formatDay, formatMinute } from '../format/time.ts';
import { timeLabels } from './ticks.ts';

const NOON = new Date(2026, 10, 23, 12).getTime();
const HOUR = 3_600_000;

test('ticks closer than a minute show seconds', () => {
  expect(timeLabels([NOON, NOON + 15_000], 15_000)[1]).toBe(formatClock(NOON + 15_000));
});

test('the first tick of each day carries its date', () => {
  const ticks = [NOON, NOON + 6 * HOUR, NOON + 12 * HOUR];
  expect(timeLabels(ticks, 6 * HOUR)).toEqual([`${formatMinute(NOON)}\n11-23`, '18:00', '00:00\n11-24']);
});

test('ticks of days are dates', () => {
  expect(timeLabels([NOON], 24 * HOUR)).toEqual([formatDay(NOON).slice(5)]);
});
