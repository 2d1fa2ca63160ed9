/**
 * Formulas as SQL. Terms are named once and used by name. Each is a column of a subquery around those that it is made of: ClickHouse
 * copies an alias of the same query to wherever it is used, and nested ones would grow beyond all bounds.
 */
import {
  ADDRESSES_PER_ROUTER,
  COUNTER_START_SPAN,
  DECADES_LANE,
  IDLE_IN_100,
  IDLE_LANE,
  NAME_HIGH_SPAN,
  type NumberFormula,
  RATE_LANE,
  RATE_SHIFTS,
  rateSpan,
} from './formula.ts';

export interface SqlTerms {
  /** The name of an expression; the same one for the same text. */
  name(expression: string): string;
  /** A query that adds every named expression to the columns of another one. */
  around(query: string): string;
}

export function createSqlTerms(): SqlTerms {
  const terms = new Map<string, { readonly name: string; readonly depth: number }>();
  const depths = new Map<string, number>();
  return {
    name(expression) {
      const known = terms.get(expression);
      if (known !== undefined) return known.name;
      const name = `term${terms.size + 1}`;
      const used = expression.match(/\bterm\d+\b/g) ?? [];
      const depth = 1 + used.reduce((most, one) => Math.max(most, depths.get(one) ?? 0), 0);
      terms.set(expression, { name, depth });
      depths.set(name, depth);
      return name;
    },
    around(query) {
      const byDepth = Map.groupBy(terms, ([, { depth }]) => depth);
      return Array.from(byDepth)
        .toSorted(([a], [b]) => a - b)
        .reduce((inner, [, level]) => {
          const columns = level.map(([expression, { name }]) => `${expression} AS ${name}`);
          return `SELECT *, ${columns.join(',\n  ')}\nFROM (${inner})`;
        }, query);
    },
  };
}

/** The constants of `mix`. */
const ADDED = 0x9e3779b9;
const SPREAD = 0x85ebca6b;

/** `mix` of traffic/random.ts on UInt32 expressions. */
export function mixSql(terms: SqlTerms, key: string, part: string): string {
  const spread = (hash: string, bits: number, factor: number): string =>
    `toUInt32(bitXor(${hash}, bitShiftRight(${hash}, ${bits})) * toUInt64(${factor}))`;
  const first = `bitXor(toUInt32(${key}), toUInt32(toUInt64(toUInt32(${part} + ${ADDED})) * toUInt64(${SPREAD})))`;
  const last = spread(spread(first, 16, 0x7feb352d), 15, 0x846ca68b);
  return terms.name(`bitXor(${last}, bitShiftRight(${last}, 16))`);
}

/** The expressions that a row's spot consists of. */
export interface SpotSql {
  readonly key: string;
  readonly router: string;
  readonly object: string;
  readonly round: string;
  readonly sinceStartMs: string;
  readonly intervalMs: number;
}

/** The expression of a value as `valueOf` gives it; undefined when it is absent. */
export function valueSql(terms: SqlTerms, formula: NumberFormula, spot: SpotSql): string | undefined {
  const { key, round } = spot;
  const steady = (lane: number): string => mixSql(terms, key, String(lane));
  const fresh = (lane: number): string => mixSql(terms, mixSql(terms, key, round), String(lane));
  const scaled = (value: string, per: number | undefined): string => (per === undefined ? value : `(${value}) / ${per}`);
  switch (formula.form) {
    case 'absent':
      return undefined;
    case 'constant':
      return String(formula.value);
    case 'address':
      return `${formula.low} + ${ADDRESSES_PER_ROUTER} * ${spot.router} + ${spot.object}`;
    case 'name':
      return `(${steady(formula.lane)} % ${NAME_HIGH_SPAN}) * 4294967296 + ${steady(formula.lane + RATE_LANE)}`;
    case 'fixed':
      return scaled(`${formula.low} + ${steady(formula.lane)} % ${formula.span}`, formula.per);
    case 'gauge':
      return scaled(`${formula.low} + ${fresh(formula.lane)} % ${formula.span}`, formula.per);
    case 'counter': {
      const start = `${steady(formula.lane)} % ${COUNTER_START_SPAN}`;
      const span = rateSpan(formula.most, spot.intervalMs);
      const rate = terms.name(
        // Wide: compiled, ClickHouse 26.7 shifts narrow integers wrongly.
        `greatest(1, bitShiftRight(toUInt64(${steady(formula.lane + RATE_LANE)} % ${span}), ${steady(DECADES_LANE)} % ${RATE_SHIFTS}))`,
      );
      const grown = `${round} * ${rate} + ${fresh(formula.lane)} % ${rate}`;
      return `${start} + if(${steady(IDLE_LANE)} % 100 < ${IDLE_IN_100}, 0, ${grown})`;
    }
    case 'interval':
      return String(spot.intervalMs);
    case 'elapsed':
      return `${spot.sinceStartMs} + ${steady(formula.lane)} % ${formula.span}`;
  }
}
