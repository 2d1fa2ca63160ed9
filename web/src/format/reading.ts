import { NOT_KNOWN } from './rate.ts';

/** A sensor's reading as the API gives it. */
export interface Reading {
  readonly value: number | null;
  readonly unit: string;
  readonly state: string;
}

/** A reading with its unit: `24.1 V`, `48 °C`; the router's word for a state: `ok`; a dash when the sensor says nothing. */
export function formatReading({ value, unit, state }: Reading): string {
  if (value === null) return state === '' ? NOT_KNOWN : state;
  const shown = String(Math.round(value * 1000) / 1000);
  return unit === '' ? shown : `${shown}\u00a0${unit === 'C' ? '°C' : unit}`;
}
