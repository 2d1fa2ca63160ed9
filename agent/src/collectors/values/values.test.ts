import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCounter, parsePair } from './counter.ts';
import { parseDurationMs, parseDurationUs } from './duration.ts';
import { parseFlag } from './flag.ts';
import { parseMac } from './mac.ts';
import {
  parseBytes,
  parseDecibels,
  parseFractionalPercent,
  parseMegahertz,
  parseMetres,
  parsePercent,
  parseSmallCount,
} from './quantity.ts';
import { parseLimitBps, parseRateBps } from './rate.ts';

const PARSERS = {
  parseCounter,
  parseDurationMs,
  parseDurationUs,
  parseFlag,
  parseMac,
  parseBytes,
  parseDecibels,
  parseFractionalPercent,
  parseMegahertz,
  parseMetres,
  parsePercent,
  parseSmallCount,
  parseRateBps,
  parseLimitBps,
};

describe('value parsers', () => {
  it.each([
    [parseDurationMs, '1w2d3h4m5s', 788_645_000],
    [parseDurationMs, '1s30ms', 1030],
    [parseDurationMs, '0ms', 0],
    [parseDurationMs, '690ms', 690],
    [parseDurationMs, '53m10s720ms', 3_190_720],
    [parseDurationMs, '1s2ms999us', 1002],
    [parseDurationMs, '00:02:51', 171_000],
    [parseDurationMs, '1d03:04:05', 97_445_000],
    [parseDurationMs, '2w3d04:05:06.5', 1_483_506_500],
    [parseDurationMs, '30', 30_000],
    [parseDurationMs, 'infinity', undefined],
    [parseDurationMs, 'never', undefined],
    [parseDurationMs, 'soon', Number.NaN],
    [parseDurationMs, '5s3m', Number.NaN],
    [parseDurationUs, '4ms500us', 4500],
    [parseDurationUs, '1s30ms', 1_030_000],
    [parseDurationUs, '207us', 207],
    [parseDurationUs, '00:00:00.010540', 10_540],
    [parseDurationUs, '12', 12_000],
    [parseDurationUs, '0.5', 500],
    [parseDurationUs, '71m34s', 4_294_000_000],
    [parseDurationUs, '71m35s', Number.NaN],
    [parseDurationUs, 'unknown', undefined],
    [parseDecibels, '-51@1Mbps', -51],
    [parseDecibels, '-76', -76],
    [parseDecibels, '-97dBm', -97],
    [parseDecibels, '17dB', 17],
    [parseDecibels, '-58,-61', -58],
    [parseDecibels, '-58V', Number.NaN],
    [parseDecibels, '99999', Number.NaN],
    [parseRateBps, '866.6Mbps-80MHz/2S/SGI', 866_600_000],
    [parseRateBps, '65Mbps-20MHz/1S', 65_000_000],
    [parseRateBps, '6Mbps', 6_000_000],
    [parseRateBps, '2.5Gbps', 2_500_000_000],
    [parseRateBps, '28900000', 28_900_000],
    [parseRateBps, 'fast', Number.NaN],
    [parseRateBps, '6mph', Number.NaN],
    [parseLimitBps, '10000000', 10_000_000],
    [parseLimitBps, '1.5M', 1_500_000],
    [parseLimitBps, '512kbps', 512_000],
    [parseLimitBps, 'unlimited', 0],
    [parseLimitBps, '10Q', Number.NaN],
    [parseLimitBps, '9'.repeat(400), Number.NaN],
    [parseCounter, '0', 0],
    [parseCounter, '9007199254740991', Number.MAX_SAFE_INTEGER],
    [parseCounter, '9007199254740992', 9_007_199_254_740_992n],
    [parseCounter, '18446744073709551615', 18_446_744_073_709_551_615n],
    [parseCounter, '18446744073709551616', Number.NaN],
    [parseCounter, '-1', Number.NaN],
    [parseCounter, '1e3', Number.NaN],
    [parseFlag, 'true', 1],
    [parseFlag, 'no', 0],
    [parseFlag, 'unknown', undefined],
    [parseFlag, 'perhaps', Number.NaN],
    [parseMac, '02:71:00:00:00:01', 0x02_71_00_00_00_01],
    [parseMac, '02-71-00-ab-CD-ef', 0x02_71_00_ab_cd_ef],
    [parseMac, 'FF:FF:FF:FF:FF:FF', 2 ** 48 - 1],
    [parseMac, '02:71:00', Number.NaN],
    [parsePercent, '51%', 51],
    [parsePercent, '104', 104],
    [parsePercent, '-1', Number.NaN],
    [parseFractionalPercent, '0.1%', 0.1],
    [parseFractionalPercent, '33C', Number.NaN],
    [parseFractionalPercent, '9'.repeat(400), Number.NaN],
    [parseRateBps, '9'.repeat(400), Number.NaN],
    [parseMegahertz, '1400', 1400],
    [parseMegahertz, '1.4GHz', 1400],
    [parseSmallCount, '4', 4],
    [parseSmallCount, '4294967296', Number.NaN],
    [parseBytes, '36741120', 36_741_120],
    [parseBytes, '36.7MiB', 38_482_739],
    [parseMetres, '2', 2],
    [parseMetres, '1.5km', 1500],
    [parseMetres, '120.5m', 121],
  ])('%o reads %s as %s', (parse, text, value) => {
    expect(parse(text)).toEqual(value);
  });

  it('reads pairs in the order tx, rx', () => {
    expect(parsePair('1000,2000')).toEqual([1000, 2000]);
    expect(parsePair('1000,')).toEqual([1000, Number.NaN]);
    expect(parsePair('1000')).toEqual([Number.NaN, Number.NaN]);
  });

  it('reads pairs with another separator, and of other values', () => {
    expect(parsePair('1000/18446744073709551615', '/')).toEqual([1000, 18_446_744_073_709_551_615n]);
    expect(parsePair('10M/unlimited', '/', parseLimitBps)).toEqual([10_000_000, 0]);
    expect(parsePair('1000,2000', '/')).toEqual([Number.NaN, Number.NaN]);
  });

  it('reads back every counter of 64 bits', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
        expect(BigInt(parseCounter(String(value)) ?? -1n)).toBe(value);
      }),
    );
  });

  it('reads back durations as RouterOS writes them', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 40 }), (ms) => {
        expect(parseDurationMs(durationText(ms))).toBe(ms);
      }),
    );
  });

  it.each(Object.entries(PARSERS))('%s returns a value, nothing, or NaN for any text, in linear time', (_, parse) => {
    const long = `${'1'.repeat(100_000)}x`;
    expect(parse(long)).toBeNaN();
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9a-zA-Z:.,@%-]{0,12}$/)), (text) => {
        expect(['number', 'bigint', 'undefined']).toContain(typeof parse(text));
        expect(parse(text)).not.toBe(Number.POSITIVE_INFINITY);
      }),
    );
  });
});

function durationText(ms: number): string {
  const units: [string, number][] = [
    ['w', 604_800_000],
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1000],
    ['ms', 1],
  ];
  let rest = ms;
  let text = '';
  for (const [unit, size] of units) {
    const count = Math.floor(rest / size);
    rest %= size;
    if (count > 0) text += `${count}${unit}`;
  }
  return text === '' ? '0ms' : text;
}
