import { NOT_KNOWN, scaled } from './rate.ts';

const VOLUME_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** A volume in bytes with an IEC prefix: `1.50 GiB` (1 GiB = 2³⁰ bytes); a dash when it is not known. */
export function formatBytes(bytes: number | null): string {
  if (bytes === null) return NOT_KNOWN;
  const { value, unit } = scaled(bytes, 1024, VOLUME_UNITS);
  return `${value} ${unit}`;
}

const COUNT_GROUPS = /\B(?=(\d{3})+(?!\d))/g;

/** A whole number with thin spaces between thousands: `1 234 567`; a dash when it is not known. */
export function formatCount(count: number | null): string {
  if (count === null) return NOT_KNOWN;
  return Math.round(count).toString().replace(COUNT_GROUPS, '\u2009');
}

/** A share as a whole percentage: 0.416 → `42 %`; a dash when it is not known. */
export function formatRatio(ratio: number | null): string {
  return ratio === null ? NOT_KNOWN : `${Math.round(ratio * 100)}\u00a0%`;
}
