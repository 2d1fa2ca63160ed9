import { type Parsed, saysNone, U32_MAX } from './parsed.ts';

/** A number with an optional unit, and what may follow: `@rate` of a signal, the other links of a list. */
const QUANTITY = /^([+-]?\d+(?:\.\d+)?) ?([A-Za-z%]*)(?:[@,].*)?$/;

interface Quantity {
  readonly value: number;
  readonly unit: string;
}

const PLAIN = /^-?\d{1,15}$/;

/** A number and its unit, the first of a list; undefined when the text is something else. */
export function readQuantity(text: string): Quantity | undefined {
  if (PLAIN.test(text)) return { value: Number(text), unit: '' };
  const [, value, unit] = QUANTITY.exec(text) ?? [];
  return value === undefined ? undefined : { value: Number(value), unit: unit ?? '' };
}

function parseScaled(text: string, scales: Readonly<Record<string, number>>, min: number, max: number): Parsed {
  const quantity = readQuantity(text);
  const scale = quantity === undefined ? undefined : scales[quantity.unit];
  if (quantity === undefined || scale === undefined) return saysNone(text) ? undefined : Number.NaN;
  const value = Math.round(quantity.value * scale);
  return value >= min && value <= max ? value : Number.NaN;
}

const DECIBELS = { '': 1, dBm: 1, dB: 1 };

/** A signal in dBm or a ratio in dB: `-51@1Mbps`, `-76`, `-97dBm`, the first of `-58,-61`. */
export function parseDecibels(text: string): Parsed {
  return parseScaled(text, DECIBELS, -1000, 1000);
}

const PERCENT = { '': 1, '%': 1 };

/** A whole percentage: `51`, `51%`. Can exceed 100. */
export function parsePercent(text: string): Parsed {
  return parseScaled(text, PERCENT, 0, U32_MAX);
}

/** A share with its fraction, from 0 to 100: `0`, `0.1%`. */
export function parseFractionalPercent(text: string): Parsed {
  const quantity = readQuantity(text);
  if (quantity === undefined || !(quantity.unit in PERCENT)) return saysNone(text) ? undefined : Number.NaN;
  return quantity.value >= 0 && quantity.value <= 100 ? quantity.value : Number.NaN;
}

const MEGAHERTZ = { '': 1, MHz: 1, GHz: 1000 };

/** A clock in MHz: `1400`, `1400MHz`. */
export function parseMegahertz(text: string): Parsed {
  return parseScaled(text, MEGAHERTZ, 0, U32_MAX);
}

const COUNT = { '': 1 };

/** A small whole number. */
export function parseSmallCount(text: string): Parsed {
  return parseScaled(text, COUNT, 0, U32_MAX);
}

const BYTES = { '': 1, B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 };

/** A size in bytes: `36741120` as the API writes it, `512.0MiB` as the terminal does. */
export function parseBytes(text: string): Parsed {
  return parseScaled(text, BYTES, 0, Number.MAX_SAFE_INTEGER);
}

const METRES = { '': 1, m: 1, km: 1000 };

/** A registration table's distance in metres: `120.5m`. A number without unit is taken for metres; MikroTik's manual names no unit. */
export function parseMetres(text: string): Parsed {
  return parseScaled(text, METRES, 0, U32_MAX);
}
