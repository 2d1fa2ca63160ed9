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

/**
 * The halves of a pair of counters: `tx,rx` of a registration table, `upload/download` of a queue. Both are NaN when the
 * separator is missing.
 */
export function parsePair(
  text: string,
  separator: ',' | '/' = ',',
  parse: (half: string) => Parsed = parseCounter,
): readonly [first: Parsed, second: Parsed] {
  const at = text.indexOf(separator);
  if (at < 0) return [Number.NaN, Number.NaN];
  return [parse(text.slice(0, at)), parse(text.slice(at + 1))];
}
