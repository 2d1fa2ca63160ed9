/** The truth of a table as SQL: which rows there have to be, and what is in each of their columns. */
import { ROW_FAMILIES } from '@poplar/proto/families';
import { epochKey, epochSql } from './epoch.ts';
import { type NumberFormula, tableKey } from './formula.ts';
import { createSqlTerms, mixSql, type SpotSql, type SqlTerms, valueSql } from './formula-sql.ts';
import { levelRounds, type Population, SHIFT_PER_SITE, SHIFT_PER_SLOT, siteName, slotsOf, VISIT_MS_MAX } from './population.ts';
import { ANSWERED_BY_LEVEL, hasBaseline, POLL_FORMULAS, TABLES, type TableModel, type TextFormula } from './tables.ts';

export interface Comparison {
  readonly table: string;
  /** A query that adds what the conditions are made of to the columns of another one, of rows of the table. */
  readonly around: (query: string) => string;
  /** True for rows that have to be there. */
  readonly placed: string;
  /** A number below 2^53 for each row that has to be there, another for every one. */
  readonly ordinal: string;
  /** By stored column: true when it holds what it has to. */
  readonly columns: ReadonlyMap<string, string>;
}

/** Of the table that holds polls, or of one of TABLES, for everything due until `endMs`. */
export function comparisonOf(population: Population, table: TableModel | 'polls', endMs: number): Comparison {
  const terms = createSqlTerms();
  const place = placeOf(terms, population, table, endMs);
  const name = table === 'polls' ? 'polls' : table.table;
  const pollKey = keySql(terms, population, 'polls', place.router, '0');
  const spot: SpotSql = {
    key: table === 'polls' ? pollKey : keySql(terms, population, name, place.router, place.object),
    router: place.router,
    object: place.object,
    round: place.round,
    sinceStartMs: place.sinceStartMs,
    intervalMs: population.intervalMs,
  };
  const number = (formula: NumberFormula, at: SpotSql): string | undefined => valueSql(terms, formula, at);
  const columns = new Map<string, string>([['rank', equal('rank', `${rankBase(population)} + ${place.sequence}`)]]);
  const baseline = number(POLL_FORMULAS.baseline, { ...spot, key: pollKey }) ?? '0';
  if (table === 'polls') {
    for (const [column, value] of pollColumns(terms, population, place, spot)) columns.set(column, equal(column, value));
    columns.set('baseline', equal('baseline', baseline));
  } else {
    if (hasBaseline(table)) columns.set('baseline', equal('baseline', baseline));
    for (const spec of table.family.columns) {
      const column = spec.name.replace(/_symbol$/, '');
      if (column === 'generation') continue;
      const formula = table.columns.get(spec.key) ?? (spec.symbol ? EMPTY : { form: 'absent' });
      if (formula.form === 'text' || formula.form === 'router' || formula.form === 'serial')
        columns.set(column, equal(column, textSql(formula, place.object)));
      else {
        const value = number(formula, spot);
        columns.set(column, value === undefined ? `isNull(${column})` : equal(column, value));
      }
    }
  }
  return { table: name, around: (query) => terms.around(query), placed: place.placed, ordinal: place.ordinal, columns };
}

/** Every term is worked out once for all rows; ClickHouse would otherwise do it for each condition that it may not have to look at. */
export const COMPARISON_SETTINGS = { short_circuit_function_evaluation: 'disable' } as const;

/** Rows of the agents of some sites since the start: an earlier run may have used the same names. */
export function ofAgents({ startMs }: Population, first: number, last: number): string {
  return `agent >= '${siteName(first)}' AND agent <= '${siteName(last)}' AND ts >= fromUnixTimestamp64Milli(${startMs}, 'UTC')`;
}

const EMPTY: TextFormula = { form: 'text', byObject: [''] };

interface Place {
  readonly router: string;
  readonly position: string;
  readonly object: string;
  readonly round: string;
  readonly level: string;
  readonly sequence: string;
  readonly site: string;
  readonly sinceStartMs: string;
  readonly placed: string;
  readonly ordinal: string;
}

function placeOf(terms: SqlTerms, population: Population, table: TableModel | 'polls', endMs: number): Place {
  const { startMs, sites, routersPerSite, intervalMs, sealMs, fresh, fastOnly } = population;
  const slots = slotsOf(population);
  const named = (expression: string): string => terms.name(expression);
  const router = named('toInt64(toUInt32OrZero(substring(router, 2))) - 1');
  const siteNumber = named(`intDiv(${router}, ${routersPerSite})`);
  const position = named(`${router} % ${routersPerSite}`);
  const phase = named(`intDiv(${position} * ${intervalMs}, ${routersPerSite})`);
  const slot = named(`intDiv(${phase}, ${sealMs})`);
  const offset = named(`intDiv(${siteNumber} * ${sealMs}, ${sites})`);
  const sinceStartMs = named(`toUnixTimestamp64Milli(ts) - ${startMs}`);
  const sincePhase = named(`${sinceStartMs} - ${offset} - ${phase}`);
  const round = named(`intDiv(${sincePhase}, ${intervalMs})`);
  const ranks = slots.map((_, rank) => rank);
  const slotRank = named(`transform(${slot}, [${slots.map(({ index }) => index).join(', ')}], [${ranks.join(', ')}], -1)`);
  const sequence = named(`${round} * ${slots.length} + ${slotRank} + 1`);
  const shifted = named(`${round} + ${siteNumber} * ${SHIFT_PER_SITE} + ${slot} * ${SHIFT_PER_SLOT}`);
  const byLevel = ([4, 3, 2, 1] as const).map((level) => `${shifted} % ${levelRounds(population, level)} = 0, ${level}`);
  const level = fastOnly ? '0' : named(`multiIf(${fresh ? `${round} = 0, 4, ` : ''}${byLevel.join(', ')}, 0)`);
  const object = named(objectSql(table));
  const masks = (table === 'polls' ? [[0], [0]] : table.objects).map(maskOf);
  const mask = `if(${position} % 2 = 0, toUInt64(${masks[0]}), toUInt64(${masks[1]}))`;
  const placed = named(
    [
      `${router} >= 0 AND ${router} < ${sites * routersPerSite}`,
      `router = concat('r', leftPad(toString(${router} + 1), 7, '0'))`,
      `site = concat('pop', leftPad(toString(${siteNumber} + 1), 5, '0'))`,
      'agent = site',
      `${sincePhase} >= 0 AND ${sincePhase} % ${intervalMs} = 0`,
      `${startMs + VISIT_MS_MAX} + ${offset} + ${round} * ${intervalMs} + (${slot} + 1) * ${sealMs} <= ${endMs}`,
      `${object} < 64 AND bitAnd(bitShiftRight(${mask}, ${object}), 1) = 1`,
      `${level} >= ${table === 'polls' ? 0 : table.level}`,
    ].join(' AND '),
  );
  const ordinal = `toUInt64((${round} * ${sites * routersPerSite} + ${router}) * 64 + ${object})`;
  return { router, position, object, round, level, sequence, site: siteNumber, sinceStartMs, placed, ordinal };
}

/** Bit N for object N. */
function maskOf(objects: readonly number[]): bigint {
  let mask = 0n;
  for (const object of objects) mask |= 1n << BigInt(object);
  return mask;
}

function objectSql(table: TableModel | 'polls'): string {
  if (table === 'polls' || table.objectColumn === undefined) return 'toUInt8(0)';
  const formula = table.columns.get(table.objectColumn);
  if (formula?.form === 'address') return `toUInt8(ifNull(${table.objectColumn}, 0) % 64)`;
  if (formula?.form !== 'text') throw new Error(`BUG: the objects of ${table.table} have no names`);
  const numbers = formula.byObject.map((_, object) => object);
  return `toUInt8(transform(toString(${table.objectColumn}), [${formula.byObject.map(quoted).join(', ')}], [${numbers.join(', ')}], 64))`;
}

function keySql(terms: SqlTerms, { seed }: Population, table: string, router: string, object: string): string {
  return mixSql(terms, mixSql(terms, String(tableKey(seed, table)), router), object);
}

function rankBase({ startMs }: Population): string {
  return String(BigInt(Math.floor(startMs / 1000)) << 32n);
}

function* pollColumns(
  terms: SqlTerms,
  population: Population,
  place: Place,
  spot: SpotSql,
): Generator<readonly [column: string, value: string]> {
  yield ['epoch', epochSql(terms, String(epochKey(population)), place.site)];
  yield ['sequence', place.sequence];
  yield ['poll_number', `${place.round} * ${population.routersPerSite} + ${place.position} + 1`];
  yield ['outcome', "'ok'"];
  yield ['error', "''"];
  yield ['address', "concat(router, '.example:8728')"];
  yield ['duration_us', valueSql(terms, POLL_FORMULAS.durationUs, spot) ?? '0'];
  yield ['interval_ms', String(population.intervalMs)];
  yield ['collapsed_rows', '0'];
  yield ['parse_errors', '0'];
  yield ['answered_collectors', `arrayElement([${ANSWERED_BY_LEVEL.join(', ')}], ${place.level} + 1)`];
  for (const { name, countColumn } of ROW_FAMILIES) {
    const table = TABLES.find(({ family }) => family.name === name);
    const [first, second] = table?.objects ?? [[], []];
    yield [
      countColumn,
      table === undefined
        ? '0'
        : `if(${place.level} >= ${table.level}, if(${place.position} % 2 = 0, ${first.length}, ${second.length}), 0)`,
    ];
  }
}

function textSql(formula: TextFormula, object: string): string {
  if (formula.form === 'router') return 'router';
  if (formula.form === 'serial') return "concat('SN', router)";
  const [only, ...others] = formula.byObject;
  if (others.length === 0) return quoted(only ?? '');
  return `arrayElement([${formula.byObject.map(quoted).join(', ')}], least(${object}, ${formula.byObject.length - 1}) + 1)`;
}

/** Never NULL: what is absent and should not be is not equal. */
function equal(column: string, value: string): string {
  return `ifNull(${column} = ${value}, 0)`;
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
