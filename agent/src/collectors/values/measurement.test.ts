import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  parseCelsius,
  parseExactDecibels,
  parseExactMetres,
  parseMilliamps,
  parseNanometres,
  parseVolts,
  parseWatts,
} from './measurement.ts';

const PARSERS = { parseCelsius, parseExactDecibels, parseExactMetres, parseMilliamps, parseNanometres, parseVolts, parseWatts };

describe('measured values', () => {
  it.each([
    [parseCelsius, '33', 33],
    [parseCelsius, '-4.5C', -4.5],
    [parseVolts, '3.251', 3.251],
    [parseVolts, '3312mV', 3.312],
    [parseMilliamps, '6.1mA', 6.1],
    [parseMilliamps, '0.152A', 152],
    [parseWatts, '4100mW', 4.1],
    [parseExactDecibels, '-2.843dBm', -2.843],
    [parseExactDecibels, '-0.000', 0],
    [parseExactDecibels, '-1.2,-1.3,-1.4,-1.5', -1.2],
    [parseNanometres, '1310nm', 1310],
    [parseExactMetres, '120.5m', 120.5],
    [parseExactMetres, '1.2km', 1200],
    [parseVolts, 'n/a', undefined],
    [parseVolts, '3.3A', Number.NaN],
    [parseVolts, 'high', Number.NaN],
    [parseVolts, '9'.repeat(400), Number.NaN],
  ])('%o reads %s as %s', (parse, text, value) => {
    expect(parse(text)).toBe(value);
  });

  it.each(Object.entries(PARSERS))('%s returns a finite value, nothing, or NaN for any text, in linear time', (_, parse) => {
    expect(parse(`${'1'.repeat(100_000)}x`)).toBeNaN();
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[+-]?[0-9]{0,12}\.?[0-9]{0,3} ?[a-zA-Z%]{0,3}$/)), (text) => {
        const value = parse(text);
        expect(value === undefined || Number.isNaN(value) || Math.abs(Number(value)) <= 1e9).toBe(true);
        expect(Object.is(value, -0)).toBe(false);
      }),
    );
  });
});
