import { formatAxisRate, NOT_KNOWN } from './rate.ts';

/** A figure with its unit, a true minus and no line break: `−4.5 dBm`, `41 °C`; a dash when it is not known. */
export function formatQuantity(value: number | null, unit: string, digits = 0): string {
  if (value === null) return NOT_KNOWN;
  const size = Number(Math.abs(value).toFixed(digits));
  return `${value < 0 && size !== 0 ? '−' : ''}${size}\u00a0${unit}`;
}

/** The speed of a link: `1 Gbit/s`, `2.5 Gbit/s`; a dash when it is not known. */
export function formatSpeed(bps: number | null): string {
  return bps === null ? NOT_KNOWN : `${formatAxisRate(bps).replace(' ', '\u00a0')}bit/s`;
}
