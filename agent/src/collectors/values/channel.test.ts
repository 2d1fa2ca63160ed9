import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseChannelMhz, parseFixedMhz } from './channel.ts';

describe('channels', () => {
  it.each([
    ['5500/ax/Ceee/D', 5500],
    ['2412/20-Ce/gn', 2412],
    ['5180/20/a/P(17dBm)', 5180],
    ['5280/ax/eCee', 5280],
    ['2437/ax', 2437],
    ['5805', 5805],
    ['58320', 58_320],
    ['5180/be/Ceee,6115/be/Ceee', 5180],
    ['none', undefined],
    ['somewhere', Number.NaN],
    ['5180MHz', Number.NaN],
    ['', Number.NaN],
  ])('of %s begin with %s MHz', (text, mhz) => {
    expect(parseChannelMhz(text)).toBe(mhz);
  });

  it.each([
    ['5475', 5475],
    ['auto', undefined],
    ['5180,5260', undefined],
    ['5180-5320', undefined],
    ['', undefined],
  ])('configured as %s leave no choice but %s', (text, mhz) => {
    expect(parseFixedMhz(text)).toBe(mhz);
  });

  it('are a frequency, nothing, or NaN for any text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const mhz = parseChannelMhz(text);
        expect(mhz === undefined || Number.isNaN(mhz) || (Number(mhz) >= 0 && Number(mhz) < 100_000)).toBe(true);
      }),
    );
  });
});
