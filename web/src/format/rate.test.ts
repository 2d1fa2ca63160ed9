import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatAxisRate, formatRate, splitRate } from './rate.ts';

describe('a rate', () => {
  test('has three significant digits and an SI prefix', () => {
    expect(formatRate(45_230_000)).toBe('45.2 Mbit/s');
    expect(formatRate(1_000_000)).toBe('1.00 Mbit/s');
    expect(formatRate(123_456_789_000)).toBe('123 Gbit/s');
    expect(formatRate(7_240)).toBe('7.24 kbit/s');
  });

  test('below one kbit/s is whole bits', () => {
    expect(formatRate(0)).toBe('0 bit/s');
    expect(formatRate(512.4)).toBe('512 bit/s');
  });

  test('takes the next prefix rather than show 1000', () => {
    expect(formatRate(999.6)).toBe('1.00 kbit/s');
    expect(formatRate(999_499)).toBe('999 kbit/s');
    expect(formatRate(999_600)).toBe('1.00 Mbit/s');
    expect(formatRate(9_996)).toBe('10.0 kbit/s');
  });

  test('that is not known is a dash, not a zero', () => {
    expect(formatRate(null)).toBe('–');
  });

  test('never shows more than three digits, whatever its size', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 9.99e14, noNaN: true }), (bps) => {
        const { value } = splitRate(bps);
        expect(value.replace(/\D/g, '').length).toBeLessThanOrEqual(3);
      }),
    );
  });
});

describe('an axis label', () => {
  test('is short and the same for both directions', () => {
    expect([0, 500, 250_000_000, -250_000_000, 1_500_000_000].map(formatAxisRate)).toEqual([
      '0',
      '500',
      '250 M',
      '250 M',
      '1.5 G',
    ]);
  });
});
