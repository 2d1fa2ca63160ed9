import type { Parsed } from './parsed.ts';

const DAY_MS = 86_400_000;
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
/** `nov/29/2026` before RouterOS 7.10, `2026-11-29` from there on. */
const MONTH_FIRST = /^([a-z]{3})\/(\d{2})\/(\d{4})$/i;
const ISO = /^(\d{4})-(\d{2})-(\d{2})$/;
const TIME = /^(\d{2}):(\d{2}):(\d{2})$/;
const GMT_OFFSET = /^([+-])(\d{2}):(\d{2})$/;
/** No place on Earth is further from Greenwich. */
const GMT_OFFSET_MAX_S = 14 * 3600;

/** A date's midnight, milliseconds since 1970-01-01, as if it were UTC. */
export function parseDateMs(text: string): number {
  const [, name = '', dayOfName = '', yearOfName = ''] = MONTH_FIRST.exec(text) ?? [];
  if (name !== '') return midnightMs(Number(yearOfName), MONTHS.indexOf(name.toLowerCase()) + 1, Number(dayOfName));
  const [, year = '', month = '', day = ''] = ISO.exec(text) ?? [];
  return midnightMs(Number(year), Number(month), Number(day));
}

/** NaN for a day that no calendar has. */
function midnightMs(year: number, month: number, day: number): number {
  if (month < 1) return Number.NaN;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date.getTime() : Number.NaN;
}

/** `14:30:25` as milliseconds since midnight. */
export function parseTimeOfDayMs(text: string): number {
  const [, hours, minutes, seconds] = TIME.exec(text) ?? [];
  const ms = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000;
  return ms < DAY_MS && Number(minutes) < 60 && Number(seconds) < 60 ? ms : Number.NaN;
}

/**
 * The local time minus UTC, seconds: `+02:00`, `-03:30`. Scripts on routers see seconds instead, negative ones as 32 bits without a sign
 * (4294949296 is -18000): a bare number is read as that.
 */
export function parseGmtOffsetS(text: string): Parsed {
  const [, sign, hours, minutes] = GMT_OFFSET.exec(text) ?? [];
  const seconds = sign === undefined ? bareSeconds(text) : (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -60 : 60);
  // Adding zero turns -0 into 0.
  return Math.abs(seconds) <= GMT_OFFSET_MAX_S ? seconds + 0 : Number.NaN;
}

function bareSeconds(text: string): number {
  if (!/^-?\d{1,10}$/.test(text)) return Number.NaN;
  const seconds = Number(text);
  return seconds >= 2 ** 31 ? seconds - 2 ** 32 : seconds;
}
