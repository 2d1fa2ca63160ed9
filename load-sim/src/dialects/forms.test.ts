import { describe, expect, it } from 'vitest';
import { dialectOf } from './dialect.ts';
import { dateText, durationText, fineDurationText, macText } from './forms.ts';

describe('value forms', () => {
  it.each([
    [0, '0s', '0ms'],
    [690, '0s', '690ms'],
    [1_030, '1s', '1s30ms'],
    [60_000, '1m', '1m'],
    [595_000, '9m55s', '9m55s'],
    [((9 * 24 + 3) * 60 + 4) * 60_000 + 5_000, '1w2d3h4m5s', '1w2d3h4m5s'],
    [86_400_000, '1d', '1d'],
  ])('%i ms last %s', (milliseconds, whole, fine) => {
    expect([durationText(milliseconds), fineDurationText(milliseconds)]).toEqual([whole, fine]);
  });

  it('write dates month first on v6 and in ISO order on recent v7', () => {
    const at = Date.UTC(2017, 9, 4, 20, 11, 3);
    expect(dateText(dialectOf('6.49'), at)).toBe('oct/04/2017 20:11:03');
    expect(dateText(dialectOf('7.18'), at)).toBe('2017-10-04 20:11:03');
  });

  it('write addresses with all their zeros', () => {
    expect(macText(0x02_00_00_00_0a_ff)).toBe('02:00:00:00:0A:FF');
  });
});
