/** Some stored rows, worked out again without ClickHouse. */
import type { ClickHouseClient } from '@clickhouse/client';
import { z } from 'zod';
import { COMPARISON_SETTINGS, type Comparison, ofAgents } from './comparison-sql.ts';
import { epochOf } from './epoch.ts';
import { objectKey, roundKey, type Spot, tableKey, valueOf } from './formula.ts';
import { levelOf, offsetMs, type Population, phaseMs, siteName, slotsOf } from './population.ts';
import { nameOf } from './shape.ts';
import { hasBaseline, POLL_FORMULAS, type TableModel, textAt } from './tables.ts';

export interface SampleFaults {
  readonly rows: number;
  readonly faults: readonly string[];
}

const ROWS_PER_TABLE = 40;
/** Rows that a sample is spread over, per row of it. */
const SPREAD = 100;

const storedRow = z.record(z.string(), z.json());
type StoredRow = z.infer<typeof storedRow>;

/** Compares a few rows that ClickHouse takes at random from among those that have to be there, column by column. */
export async function sampleFaults(
  client: ClickHouseClient,
  population: Population,
  table: TableModel | 'polls',
  { table: name, around, placed, ordinal }: Comparison,
): Promise<SampleFaults> {
  const query = `SELECT *, ${ordinal} AS ordinal, toUnixTimestamp64Milli(ts) AS ts_ms
FROM (${around(`SELECT * FROM ${name} WHERE ${ofAgents(population, 0, population.sites - 1)} AND rand() % ${SPREAD} = 0`)})
WHERE ${placed}
LIMIT ${ROWS_PER_TABLE}`;
  const clickhouse_settings = { ...COMPARISON_SETTINGS, output_format_json_quote_64bit_integers: 1 } as const;
  const result = await client.query({ query, format: 'JSONEachRow', clickhouse_settings });
  const rows = z.array(storedRow).parse(await result.json());
  return { rows: rows.length, faults: rows.flatMap((row) => faultsOf(population, table, name, row)) };
}

function faultsOf(population: Population, table: TableModel | 'polls', name: string, stored: StoredRow): string[] {
  const { sites, routersPerSite, intervalMs } = population;
  const ordinal = Number(stored['ordinal']);
  const object = ordinal % 64;
  const router = Math.floor(ordinal / 64) % (sites * routersPerSite);
  const round = Math.floor(ordinal / 64 / (sites * routersPerSite));
  const site = Math.floor(router / routersPerSite);
  const position = router % routersPerSite;
  const sinceStartMs = offsetMs(population, site) + round * intervalMs + phaseMs(population, position);
  const spotIn = (ofTable: string, ofObject: number): Spot => {
    const key = objectKey(tableKey(population.seed, ofTable), router, ofObject);
    return { key, roundKey: roundKey(key, round), router, object: ofObject, round, sinceStartMs, intervalMs };
  };
  const slots = slotsOf(population);
  const slot = slots.findIndex(({ routers }) => routers.includes(position));
  const sequence = round * slots.length + slot + 1;
  const expected = new Map<string, string | number | bigint | undefined>([
    ['ts_ms', population.startMs + sinceStartMs],
    ['site', siteName(site)],
    ['agent', siteName(site)],
    ['router', nameOf({ of: 'router' }, site, router)],
    ['rank', (BigInt(Math.floor(population.startMs / 1000)) << 32n) + BigInt(sequence)],
  ]);
  const baseline = valueOf(POLL_FORMULAS.baseline, spotIn('polls', 0));
  if (table === 'polls') {
    expected.set('baseline', baseline);
    expected.set('epoch', epochOf(population, site));
    expected.set('sequence', sequence);
    expected.set('poll_number', round * routersPerSite + position + 1);
    expected.set('duration_us', valueOf(POLL_FORMULAS.durationUs, spotIn('polls', 0)));
    expected.set('address', nameOf({ of: 'address' }, site, router));
  } else {
    if (levelOf(population, site, slots[slot]?.index ?? 0, round) < table.level)
      return [`${name}: a row of router ${router} in round ${round}, which does not read it`];
    if (hasBaseline(table)) expected.set('baseline', baseline);
    for (const { name: wire, key, symbol } of table.family.columns) {
      if (key === 'generation') continue;
      const formula = table.columns.get(key);
      const column = wire.replace(/_symbol$/, '');
      if (formula === undefined) expected.set(column, symbol ? '' : undefined);
      else if (formula.form === 'text') expected.set(column, textAt(formula, object));
      else if (formula.form === 'router' || formula.form === 'serial')
        expected.set(column, nameOf({ of: formula.form }, site, router));
      else expected.set(column, valueOf(formula, spotIn(table.table, object)));
    }
  }
  return Array.from(expected).flatMap(([column, value]) => {
    const found = textOf(stored[column] ?? null);
    const right = value === undefined ? textOf(null) : String(value);
    if (found === right) return [];
    return [
      `${name}: ${column} of ${textOf(stored['router'] ?? null)} at ${textOf(stored['ts'] ?? null)} is ${found}, not ${right}`,
    ];
  });
}

/** 64-bit numbers come as strings. */
function textOf(value: z.core.util.JSONType): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
