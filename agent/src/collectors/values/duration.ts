import { type Parsed, saysNone } from './parsed.ts';

/** Milliseconds of the units in `1w2d3h4m5s`, `1s30ms`, `690ms`, `0ms`, largest first; RouterOS leaves out what is zero. */
const UNITS: readonly (readonly [unit: string, ms: number])[] = [
  ['w', 604_800_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
  ['us', 0.001],
];
/** `00:02:51`, `3d04:05:06.5`, `2w3d04:05:06`: the terminal's form, seen in older replies. */
const CLOCK = /^(?:(\d+)w)?(?:(\d+)d)?(\d+):(\d{2}):(\d{2}(?:\.\d+)?)$/;
const SECONDS = /^\d+$/;

/** A duration in whole milliseconds. A bare number is seconds. */
export function parseDurationMs(text: string): Parsed {
  if (text === '' || saysNone(text)) return undefined;
  const ms = readUnits(text) ?? readClock(text) ?? (SECONDS.test(text) ? Number(text) * 1000 : Number.NaN);
  return ms <= Number.MAX_SAFE_INTEGER ? ms : Number.NaN;
}

/** Reads number and unit in turn, without a regular expression: uptimes are in every row. Undefined when it is another form. */
function readUnits(text: string): number | undefined {
  let ms = 0;
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
    ms += Number(text.slice(from, unitFrom)) * unit[1];
  }
  return Math.floor(ms);
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
  return Math.round((minutesInAll * 60 + number(seconds)) * 1000);
}

function number(digits: string | undefined): number {
  return digits === undefined ? 0 : Number(digits);
}
