import { type Parsed, saysNone, U32_MAX } from './parsed.ts';

/** Microseconds of the units in `1w2d3h4m5s`, `1s30ms`, `4ms500us`, `0ms`, largest first; RouterOS leaves out what is zero. */
const UNITS: readonly (readonly [unit: string, us: number])[] = [
  ['w', 604_800_000_000],
  ['d', 86_400_000_000],
  ['h', 3_600_000_000],
  ['m', 60_000_000],
  ['s', 1_000_000],
  ['ms', 1000],
  ['us', 1],
];
/** `00:02:51`, `3d04:05:06.5`, `2w3d04:05:06`: the terminal's form, seen in older replies. */
const CLOCK = /^(?:(\d+)w)?(?:(\d+)d)?(\d+):(\d{2}):(\d{2}(?:\.\d+)?)$/;
const BARE = /^\d+(?:\.\d+)?$/;

/** A duration in whole milliseconds. A bare number is seconds. */
export function parseDurationMs(text: string): Parsed {
  const us = readUs(text, 1_000_000);
  if (us === undefined) return undefined;
  const ms = Math.floor(us / 1000);
  return ms <= Number.MAX_SAFE_INTEGER ? ms : Number.NaN;
}

/** The duration of a test in whole microseconds, up to 71 minutes. A bare number is milliseconds, as in what /ping sums up. */
export function parseDurationUs(text: string): Parsed {
  const us = readUs(text, 1000);
  return us === undefined || us <= U32_MAX ? us : Number.NaN;
}

/** Microseconds; NaN when the text is no duration, undefined when it says that there is none: a hold time can be `infinity`. */
function readUs(text: string, usOfBare: number): number | undefined {
  if (text === '' || text === 'infinity' || saysNone(text)) return undefined;
  return readUnits(text) ?? readClock(text) ?? (BARE.test(text) ? Math.round(Number(text) * usOfBare) : Number.NaN);
}

/** Reads number and unit in turn, without a regular expression: uptimes are in every row. Undefined when it is another form. */
function readUnits(text: string): number | undefined {
  let us = 0;
  let next = 0;
  for (let at = 0; at < text.length; ) {
    const from = at;
    while (isDigit(text.charCodeAt(at))) at++;
    const unitFrom = at;
    while (at < text.length && !isDigit(text.charCodeAt(at))) at++;
    if (unitFrom === from || unitFrom === at) return undefined;
    while (next < UNITS.length && !isUnit(text, unitFrom, at, UNITS[next]?.[0])) next++;
    const unit = UNITS[next++];
    if (unit === undefined) return undefined;
    us += Number(text.slice(from, unitFrom)) * unit[1];
  }
  return us;
}

function isUnit(text: string, from: number, to: number, unit: string | undefined): boolean {
  return unit?.length === to - from && text.startsWith(unit, from);
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function readClock(text: string): number | undefined {
  const match = CLOCK.exec(text);
  if (match === null) return undefined;
  const [, weeks, days, hours, minutes, seconds] = match;
  const minutesInAll = ((number(weeks) * 7 + number(days)) * 24 + number(hours)) * 60 + number(minutes);
  return Math.round((minutesInAll * 60 + number(seconds)) * 1_000_000);
}

function number(digits: string | undefined): number {
  return digits === undefined ? 0 : Number(digits);
}
