/** The forms in which the RouterOS API writes values: all are text. */
import type { Dialect } from './dialect.ts';

/** One attribute of a reply, without the `=` signs. */
export type Property = readonly [name: string, value: string];

/** One `!re` row, in the order of its attributes. */
export type Row = readonly Property[];

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** `1w2d3h4m5s`, parts that are zero left out; `0s` for nothing. Milliseconds are cut off. */
export function durationText(milliseconds: number): string {
  return wholeSeconds(milliseconds) || '0s';
}

/** Like durationText with a millisecond part: `1s30ms`, `690ms`, `0ms`. */
export function fineDurationText(milliseconds: number): string {
  const rest = milliseconds % 1000;
  const text = wholeSeconds(milliseconds);
  return rest > 0 || text === '' ? `${text}${rest}ms` : text;
}

/** Microseconds with a part of each size: `1s3ms100us`, `690ms`, `0ms`. */
export function finestDurationText(microseconds: number): string {
  const rest = microseconds % 1000;
  const milliseconds = Math.floor(microseconds / 1000);
  if (rest === 0) return fineDurationText(milliseconds);
  return `${milliseconds === 0 ? '' : fineDurationText(milliseconds)}${rest}us`;
}

function wholeSeconds(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  const parts: readonly [number, string][] = [
    [Math.floor(seconds / 604_800), 'w'],
    [Math.floor(seconds / 86_400) % 7, 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ];
  return parts.map(([count, letter]) => (count > 0 ? `${count}${letter}` : '')).join('');
}

/** A router's local time in the form of its version; `localMs` as if it were UTC. */
export function dateText(dialect: Dialect, localMs: number): string {
  return `${dayText(dialect, localMs)} ${timeText(localMs)}`;
}

/** Its date alone. */
export function dayText(dialect: Dialect, localMs: number): string {
  const iso = new Date(localMs).toISOString();
  if (dialect.dates === 'iso') return iso.slice(0, 10);
  return `${MONTHS[Number(iso.slice(5, 7)) - 1] ?? ''}/${iso.slice(8, 10)}/${iso.slice(0, 4)}`;
}

/** Its time of day alone. */
export function timeText(localMs: number): string {
  return new Date(localMs).toISOString().slice(11, 19);
}

export function flagText(flag: boolean): string {
  return flag ? 'true' : 'false';
}

/** `AA:BB:CC:DD:EE:FF` from a 48-bit address. */
export function macText(mac: number): string {
  const digits = mac.toString(16).toUpperCase().padStart(12, '0');
  return digits.replace(/(..)(?=.)/g, '$1:');
}
