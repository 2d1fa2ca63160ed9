/** What stands where a figure is not known. */
export const NOT_KNOWN = '–';

/** A figure and its unit, apart, so that tables can align both. */
export interface Quantity {
  readonly value: string;
  readonly unit: string;
}

/** Three significant digits without an exponent: 1.23, 12.3, 123. Takes 0 ≤ value < 1000. */
export function threeDigits(value: number): string {
  if (value >= 99.95) return value.toFixed(0);
  if (value >= 9.995) return value.toFixed(1);
  return value.toFixed(2);
}

/**
 * Scales a value to the prefix that leaves 1 to 999.
 * @param step 1000 for SI prefixes, 1024 for IEC.
 */
export function scaled(value: number, step: number, units: readonly [string, ...string[]]): Quantity {
  let size = Math.abs(value);
  let index = 0;
  while (size >= (step === 1000 ? 999.5 : 1023.5) && index < units.length - 1) {
    size /= step;
    index += 1;
  }
  const unit = units[index] ?? units[0];
  const digits = index === 0 ? size.toFixed(0) : size >= 999.5 ? size.toFixed(0) : threeDigits(size);
  return { value: value < 0 && digits !== '0' ? `−${digits}` : digits, unit };
}

const RATE_UNITS = ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s', 'Tbit/s'] as const;

/** A rate in bits per second with an SI prefix (1 Mbit/s = 10⁶ bit/s), figure and unit apart. */
export function splitRate(bps: number): Quantity {
  return scaled(bps, 1000, RATE_UNITS);
}

/** A rate as text: `45.2 Mbit/s`; a dash when it is not known. */
export function formatRate(bps: number | null): string {
  if (bps === null) return NOT_KNOWN;
  const { value, unit } = splitRate(bps);
  return `${value} ${unit}`;
}

/** A rate for an axis: `45 M`, `1.5 G`, `0`; the axis names the unit once. */
export function formatAxisRate(bps: number): string {
  const size = Math.abs(bps);
  if (size < 1e-9) return '0';
  const prefixes = ['', ' k', ' M', ' G', ' T'];
  const index = Math.min(prefixes.length - 1, Math.max(0, Math.floor(Math.log10(size) / 3 + 1e-9)));
  return `${Number((size / 1000 ** index).toPrecision(3))}${prefixes[index] ?? ''}`;
}
