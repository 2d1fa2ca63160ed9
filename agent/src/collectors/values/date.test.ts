import { describe, expect, it } from 'vitest';
import { parseDateMs, parseGmtOffsetS, parseTimeOfDayMs } from './date.ts';

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

describe('a date', () => {
  it.each(MONTHS.map((month, index) => [month, index] as const))('names its month in Latin letters: %s', (month, index) => {
    expect(parseDateMs(`${month}/05/2026`)).toBe(Date.UTC(2026, index, 5));
    expect(parseDateMs(`${month.toUpperCase()}/05/2026`)).toBe(Date.UTC(2026, index, 5));
    expect(parseDateMs(`2026-${String(index + 1).padStart(2, '0')}-05`)).toBe(Date.UTC(2026, index, 5));
  });

  it('may be the first of all, or a leap day', () => {
    expect(parseDateMs('jan/01/1970')).toBe(0);
    expect(parseDateMs('1970-01-02')).toBe(86_400_000);
    expect(parseDateMs('2028-02-29')).toBe(Date.UTC(2028, 1, 29));
  });

  it.each([
    '',
    '2026-02-29',
    '2026-13-01',
    '2026-00-10',
    'feb/30/2026',
    'foo/01/2026',
    'нов/29/2026',
    '29.11.2026',
    '2026-11-29 x',
    'nov/9/2026',
  ])('that no calendar has cannot be read: %j', (text) => {
    expect(parseDateMs(text)).toBeNaN();
  });
});

describe('a time of day', () => {
  it('counts from midnight', () => {
    expect(parseTimeOfDayMs('00:00:00')).toBe(0);
    expect(parseTimeOfDayMs('23:59:59')).toBe(86_399_000);
  });

  it.each(['', '24:00:00', '12:60:00', '12:00:60', '1d02:03:04', '12:00', '7:00:00'])(
    'that no clock shows cannot be read: %j',
    (text) => {
      expect(parseTimeOfDayMs(text)).toBeNaN();
    },
  );
});

describe('an offset to UTC', () => {
  it.each([
    ['+00:00', 0],
    ['-00:00', 0],
    ['+02:00', 7200],
    ['+05:30', 19_800],
    ['-03:30', -12_600],
    ['+14:00', 50_400],
    ['7200', 7200],
    ['-18000', -18_000],
    ['4294949296', -18_000],
  ])('is in hours and minutes, or in seconds: %s', (text, seconds) => {
    expect(parseGmtOffsetS(text)).toBe(seconds);
  });

  it.each(['', '+2', '02:00', '+15:00', 'UTC', '2147483647', '99999999999'])('cannot be read: %j', (text) => {
    expect(parseGmtOffsetS(text)).toBeNaN();
  });
});
