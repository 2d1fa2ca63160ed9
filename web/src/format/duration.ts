import { NOT_KNOWN } from './rate.ts';

const UNITS: readonly (readonly [number, string])[] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'm'],
  [1000, 's'],
];

/** A duration as its two largest units: `12 d 4 h`, `4 m 10 s`, `850 ms`; a dash when it is not known. */
export function formatDuration(ms: number | null): string {
  if (ms === null) return NOT_KNOWN;
  const size = Math.max(0, ms);
  if (size < 1000) return `${Math.round(size)} ms`;
  const index = UNITS.findIndex(([unit]) => size >= unit);
  const [unit, name] = UNITS[index] ?? [1000, 's'];
  const whole = Math.floor(size / unit);
  const [nextUnit, nextName] = UNITS[index + 1] ?? [0, ''];
  const rest = nextUnit === 0 ? 0 : Math.floor((size - whole * unit) / nextUnit);
  return rest === 0 ? `${whole} ${name}` : `${whole} ${name} ${rest} ${nextName}`;
}

/** An age in its largest unit alone, for where it changes every second: `8 s`, `4 m`, `3 h`, `12 d`. */
export function formatAge(ms: number | null): string {
  if (ms === null) return NOT_KNOWN;
  const size = Math.max(0, ms);
  const [unit, name] = UNITS.find(([unit]) => size >= unit) ?? [1000, 's'];
  return `${Math.floor(size / unit)} ${name}`;
}

/** A latency: `850 ms`, `1.24 s`; a dash when it is not known. */
export function formatLatency(ms: number | null): string {
  if (ms === null) return NOT_KNOWN;
  const sign = ms < 0 ? '−' : '';
  const size = Math.abs(ms);
  if (size < 9.95) return `${sign}${Number(size.toFixed(1))} ms`;
  if (size < 999.5) return `${sign}${Math.round(size)} ms`;
  return `${sign}${size < 60_000 ? `${(size / 1000).toFixed(2)} s` : formatDuration(size)}`;
}
