import { type Parsed, saysNone } from './parsed.ts';

/** `1w2d3h4m5s`, `1s30ms`, `690ms`, `0ms`; RouterOS leaves out what is zero. */
const UNITS = /^(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?(?:(\d+)us)?$/;
/** `00:02:51`, `3d04:05:06.5`, `2w3d04:05:06`: the terminal's form, seen in older replies. */
const CLOCK = /^(?:(\d+)w)?(?:(\d+)d)?(\d+):(\d{2}):(\d{2}(?:\.\d+)?)$/;
const SECONDS = /^\d+$/;

/** A duration in whole milliseconds. A bare number is seconds. */
export function parseDurationMs(text: string): Parsed {
  if (text === '' || saysNone(text)) return undefined;
  const ms = readUnits(text) ?? readClock(text) ?? (SECONDS.test(text) ? Number(text) * 1000 : Number.NaN);
  return ms <= Number.MAX_SAFE_INTEGER ? ms : Number.NaN;
}

function readUnits(text: string): number | undefined {
  const match = UNITS.exec(text);
  if (match === null) return undefined;
  const [, weeks, days, hours, minutes, seconds, ms, us] = match;
  const minutesInAll = ((number(weeks) * 7 + number(days)) * 24 + number(hours)) * 60 + number(minutes);
  return (minutesInAll * 60 + number(seconds)) * 1000 + number(ms) + Math.floor(number(us) / 1000);
}

function readClock(text: string): number | undefined {
  const match = CLOCK.exec(text);
  if (match === null) return undefined;
  const [, weeks, days, hours, minutes, seconds] = match;
  const minutesInAll = ((number(weeks) * 7 + number(days)) * 24 + number(hours)) * 60 + number(minutes);
  return Math.round((minutesInAll * 60 + number(seconds)) * 1000);
}

function number(digits: string | undefined): number {
  return digits === undefined ? 0 : Number(digits);
}
