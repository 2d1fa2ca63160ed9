/**
 * What a stored value is, as a function of seed, router, object and round: computed here when a batch is sealed, and again by
 * ClickHouse, from the SQL that `formula-sql.ts` makes of the same formula, when everything is compared.
 */
import { derive, mix } from '../traffic/random.ts';

/** `lane` keeps the hashes of one object's columns apart. All numbers stay below 2^53. */
export type NumberFormula =
  | { readonly form: 'absent' }
  | { readonly form: 'constant'; readonly value: number }
  /** `low` + 64 × router + object: an identity. */
  | { readonly form: 'address'; readonly low: number }
  /** A name out of 2^53, the same in every round. */
  | { readonly form: 'name'; readonly lane: number }
  /** `low` … `low` + `span` − 1, over `per`; the same in every round. */
  | { readonly form: 'fixed'; readonly lane: number; readonly low: number; readonly span: number; readonly per?: number }
  /** The same, another in every round. */
  | { readonly form: 'gauge'; readonly lane: number; readonly low: number; readonly span: number; readonly per?: number }
  /**
   * Grows by 0 to 2 × its rate in a round, evenly spread: as noisy as traffic can be. Rates are spread over three decades below
   * `most` a second; one object in four is idle.
   */
  | { readonly form: 'counter'; readonly lane: number; readonly most: number }
  /** The population's interval. */
  | { readonly form: 'interval' }
  /** Milliseconds since something that was up to `span` before the start. */
  | { readonly form: 'elapsed'; readonly lane: number; readonly span: number };

/** Where and when a value is: what formulas depend on. */
export interface Spot {
  /** Of the object, from `objectKey`. */
  readonly key: number;
  /** Of the object in this round, from `roundKey`. */
  readonly roundKey: number;
  readonly router: number;
  readonly object: number;
  readonly round: number;
  /** Of the poll, since the population's start. */
  readonly sinceStartMs: number;
  readonly intervalMs: number;
}

/** Lanes that belong to an object and not to one of its columns. */
export const IDLE_LANE = 1000;
export const DECADES_LANE = 1001;
/** Added to a counter's lane. */
export const RATE_LANE = 2000;
export const IDLE_IN_100 = 25;
/** Binary orders that rates are spread over. */
export const RATE_SHIFTS = 11;
export const COUNTER_START_SPAN = 2 ** 31;
export const ADDRESSES_PER_ROUTER = 64;
export const NAME_HIGH_SPAN = 2 ** 21;
const TWO_32 = 2 ** 32;

/** A key for everything of one table. */
export function tableKey(seed: number, table: string): number {
  return derive(seed, table);
}

export function objectKey(ofTable: number, router: number, object: number): number {
  return mix(mix(ofTable, router), object);
}

export function roundKey(ofObject: number, round: number): number {
  return mix(ofObject, round);
}

/** The value; undefined when it is absent. */
export function valueOf(formula: NumberFormula, spot: Spot): number | undefined {
  const { key } = spot;
  switch (formula.form) {
    case 'absent':
      return undefined;
    case 'constant':
      return formula.value;
    case 'address':
      return formula.low + ADDRESSES_PER_ROUTER * spot.router + spot.object;
    case 'name':
      return (mix(key, formula.lane) % NAME_HIGH_SPAN) * TWO_32 + mix(key, formula.lane + RATE_LANE);
    case 'fixed':
      return (formula.low + (mix(key, formula.lane) % formula.span)) / (formula.per ?? 1);
    case 'gauge':
      return (formula.low + (mix(spot.roundKey, formula.lane) % formula.span)) / (formula.per ?? 1);
    case 'counter':
      return counterValue(formula.lane, rateSpan(formula.most, spot.intervalMs), key, spot.roundKey, spot.round);
    case 'interval':
      return spot.intervalMs;
    case 'elapsed':
      return spot.sinceStartMs + (mix(key, formula.lane) % formula.span);
  }
}

/** What a counter shows. `span` is its rateSpan. */
export function counterValue(lane: number, span: number, key: number, ofRound: number, round: number): number {
  const start = mix(key, lane) % COUNTER_START_SPAN;
  if (mix(key, IDLE_LANE) % 100 < IDLE_IN_100) return start;
  // On average, in a round.
  const rate = Math.max(1, (mix(key, lane + RATE_LANE) % span) >>> (mix(key, DECADES_LANE) % RATE_SHIFTS));
  return start + round * rate + (mix(ofRound, lane) % rate);
}

/** Rates of a counter lie below this, per round. Fits 32 bits. */
export function rateSpan(most: number, intervalMs: number): number {
  return Math.max(1, Math.min(TWO_32 - 1, Math.round((most * intervalMs) / 1000)));
}
