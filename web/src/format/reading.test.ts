import { describe, expect, it } from 'vitest';
import { formatReading } from './reading.ts';

describe('formatReading', () => {
  it.each([
    [{ value: 24.1, unit: 'V', state: '' }, '24.1\u00a0V'],
    [{ value: 48, unit: 'C', state: '' }, '48\u00a0°C'],
    [{ value: 0, unit: 'RPM', state: '' }, '0\u00a0RPM'],
    [{ value: 0.1 + 0.2, unit: 'A', state: '' }, '0.3\u00a0A'],
    [{ value: -3, unit: '', state: '' }, '-3'],
    [{ value: null, unit: '', state: 'not-present' }, 'not-present'],
    [{ value: null, unit: 'V', state: '' }, '–'],
  ])('writes %j as %s', (reading, text) => {
    expect(formatReading(reading)).toBe(text);
  });
});
