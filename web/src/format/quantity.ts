import { formatAxisRate, NOT_KNOWN } from './rate.ts';

/** A figure with a true minus and at most so many digits after the point: `−4.5`; a dash when it is not known. */
export function formatFigure(value: number | null, digits = 0): string {
  if (value === null) return NOT_KNOWN;
  const size = Number(Math.abs(value).toFixed(digits));
  return `${value < 0 && size !== 0 ? '−' : ''}${size}`;
}

/** The same with its unit and no line break between: `−4.5 dBm`, `41 °C`. */
export function formatQuantity(value: number | null, unit: string, digits = 0): string {
  return value === null ? NOT_KNOWN : `${formatFigure(value, digits)}\u00a0${unit}`;
}

/** The speed of a link: `1 Gbit/s`, `2.5 Gbit/s`; a dash when it is not known. */
export function formatSpeed(bps: number | null): string {
  return bps === null ? NOT_KNOWN : `${formatAxisRate(bps).replace(' ', '\u00a0')}bit/s`;
}
