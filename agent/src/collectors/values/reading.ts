import { saysNone } from './parsed.ts';

/** What a sensor says: a number with its unit, or a state in the router's word. */
export interface Reading {
  /** Undefined when the sensor reports a state, or nothing. */
  readonly value: number | undefined;
  /** C, V, A, W, RPM or %; empty where the text has none. */
  readonly unit: string;
  /** ok, fail, not-present …; empty when the sensor reports a number. */
  readonly state: string;
}

const NUMBER = /^([+-]?\d+(?:\.\d+)?) ?([A-Za-z%]*)$/;
const STATE = /^[a-z]+(?:[ -][a-z]+)*$/i;
const STATE_LENGTH_MAX = 64;

/** Unit as stored, and what one of the written unit is in it. */
const UNITS: ReadonlyMap<string, readonly [unit: string, scale: number]> = new Map([
  ['', ['', 1]],
  ['C', ['C', 1]],
  ['V', ['V', 1]],
  ['mV', ['V', 1e-3]],
  ['A', ['A', 1]],
  ['mA', ['A', 1e-3]],
  ['W', ['W', 1]],
  ['RPM', ['RPM', 1]],
  ['%', ['%', 1]],
]);

/**
 * Reads `24.1`, `33C`, `24.1V`, `4700RPM`, `108mA`, `ok`, `not-present`, `no-input`. Returns undefined when the text is
 * neither a number with a known unit nor a word.
 */
export function parseReading(text: string): Reading | undefined {
  const [, digits, suffix] = NUMBER.exec(text) ?? [];
  if (digits === undefined) {
    const isState = text.length <= STATE_LENGTH_MAX && (STATE.test(text) || saysNone(text));
    return isState ? { value: undefined, unit: '', state: text } : undefined;
  }
  const [unit, scale] = UNITS.get(suffix ?? '') ?? [];
  const value = Number(digits) * (scale ?? 1);
  return unit === undefined || !Number.isFinite(value) ? undefined : { value, unit, state: '' };
}
