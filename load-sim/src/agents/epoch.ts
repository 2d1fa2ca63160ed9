/** Names of agents' runs: another one for every site, start and seed. */
import { mix } from '../traffic/random.ts';
import { NAME_HIGH_SPAN, tableKey } from './formula.ts';
import { mixSql, type SqlTerms } from './formula-sql.ts';
import type { Population } from './population.ts';

const TWO_32 = 2 ** 32;

export function epochKey({ seed, startMs }: Population): number {
  return mix(tableKey(seed, 'epochs'), startMs % TWO_32);
}

/** Below 2^53, never 0. */
export function epochOf(population: Population, site: number): number {
  const key = mix(epochKey(population), site);
  return (1 + (mix(key, 1) % (NAME_HIGH_SPAN - 1))) * TWO_32 + mix(key, 2);
}

/** The same as SQL. */
export function epochSql(terms: SqlTerms, key: string, site: string): string {
  const ofSite = mixSql(terms, key, site);
  return `(1 + ${mixSql(terms, ofSite, '1')} % ${NAME_HIGH_SPAN - 1}) * ${TWO_32} + ${mixSql(terms, ofSite, '2')}`;
}
