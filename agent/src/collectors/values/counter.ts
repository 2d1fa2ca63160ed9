import { type Parsed, saysNone, U64_MAX } from './parsed.ts';

const DIGITS = /^\d{1,20}$/;
/** Decimal digits that a safe integer always holds. */
const SAFE_DIGITS = 15;

/** A counter or count up to 2^64 − 1: a number while that is exact, else a bigint. */
export function parseCounter(text: string): Parsed {
  if (!DIGITS.test(text)) return saysNone(text) ? undefined : Number.NaN;
  if (text.length <= SAFE_DIGITS) return Number(text);
  const value = BigInt(text);
  if (value <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(value);
  return value <= U64_MAX ? value : Number.NaN;
}

/** The halves of a `tx,rx` pair of counters, such as `bytes` of a registration table. */
export function parsePair(text: string): readonly [tx: Parsed, rx: Parsed] {
  const comma = text.indexOf(',');
  if (comma < 0) return [Number.NaN, Number.NaN];
  return [parseCounter(text.slice(0, comma)), parseCounter(text.slice(comma + 1))];
}
