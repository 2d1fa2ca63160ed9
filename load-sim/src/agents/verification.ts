/**
 * Compares everything that is stored of a population with its truth: ClickHouse works out every value of every row again and
 * counts what differs; a sample is worked out here, by other code, so that a mistake in the SQL does not hide one in the data.
 */
import type { ClickHouseClient } from '@clickhouse/client';
import { z } from 'zod';
import { COMPARISON_SETTINGS, type Comparison, comparisonOf, ofAgents } from './comparison-sql.ts';
import { batchesDue, type Level, type Population, plannedBatch, siteName, slotsOf } from './population.ts';
import { sampleFaults } from './sample.ts';
import { createSealer } from './sealing.ts';
import { TABLES } from './tables.ts';

export interface TableReport {
  rows_expected: number;
  /** Under FINAL. */
  rows_stored: number;
  /** Before FINAL: rows that were stored again are in here. */
  raw_rows: number;
  missing: number;
  duplicates: number;
  wrong: number;
}

export interface PopulationReport extends TableReport {
  readonly tables: ReadonlyMap<string, TableReport>;
  /** Rows of the sample. */
  sampled: number;
  /** The first few faults, for people. */
  readonly examples: string[];
}

const ROWS_PER_QUERY = 1_500_000;
const EXAMPLES_PER_TABLE = 3;

const agentRow = z.object({
  agent: z.string(),
  rows: z.coerce.number(),
  there: z.coerce.number(),
  good: z.coerce.number(),
  wrong: z.coerce.number(),
});
const countRow = z.object({ rows: z.coerce.number() });

/** What has to be stored is everything due until `endMs`. Rejects when ClickHouse cannot be read. */
export async function verifyPopulation(
  client: ClickHouseClient,
  population: Population,
  endMs: number,
): Promise<PopulationReport> {
  const tables = new Map<string, TableReport>();
  const examples: string[] = [];
  let sampled = 0;
  const expectations = expectedRows(population, endMs);
  for (const table of ['polls', ...TABLES] as const) {
    const comparison = comparisonOf(population, table, endMs);
    const expected = expectations.get(comparison.table) ?? [];
    const report = await compareTable(client, population, comparison, expected);
    const sample = await sampleFaults(client, population, table, comparison);
    sampled += sample.rows;
    // What only the sample finds is a fault too.
    if (report.wrong === 0) report.wrong = sample.faults.length;
    examples.push(...sample.faults.slice(0, EXAMPLES_PER_TABLE));
    if (report.missing + report.duplicates + report.wrong > 0)
      examples.push(...(await wrongColumns(client, population, comparison)));
    tables.set(comparison.table, report);
  }
  const sum = (key: keyof TableReport): number => Array.from(tables.values()).reduce((total, report) => total + report[key], 0);
  return {
    rows_expected: sum('rows_expected'),
    rows_stored: sum('rows_stored'),
    raw_rows: sum('raw_rows'),
    missing: sum('missing'),
    duplicates: sum('duplicates'),
    wrong: sum('wrong'),
    tables,
    sampled,
    examples,
  };
}

/** Rows of every table by site. */
function expectedRows(population: Population, endMs: number): ReadonlyMap<string, number[]> {
  const slots = slotsOf(population);
  const sealer = createSealer(population);
  const rows = new Map<string, number[]>();
  for (let site = 0; site < population.sites; site++) {
    const batches = new Map<string, { readonly count: number; readonly index: number }>();
    const due = batchesDue(population, slots, site, endMs);
    for (let index = 0; index < due; index++) {
      const { slot, level } = plannedBatch(population, slots, site, index);
      const name = nameOfShape(slot.index, level);
      batches.set(name, { count: (batches.get(name)?.count ?? 0) + 1, index });
    }
    for (const { count, index } of batches.values()) {
      for (const [table, ofBatch] of sealer.rowsOf(plannedBatch(population, slots, site, index))) {
        const bySite = rows.get(table) ?? Array.from({ length: population.sites }, () => 0);
        bySite[site] = (bySite[site] ?? 0) + count * ofBatch;
        rows.set(table, bySite);
      }
    }
  }
  return rows;
}

function nameOfShape(slot: number, level: Level): string {
  return `${slot}/${level}`;
}

async function compareTable(
  client: ClickHouseClient,
  population: Population,
  comparison: Comparison,
  expected: readonly number[],
): Promise<TableReport> {
  const { table } = comparison;
  const rowsExpected = expected.reduce((sum, rows) => sum + rows, 0);
  const all = ofAgents(population, 0, population.sites - 1);
  const rowsOf = async (source: string): Promise<number> => {
    const [row] = await select(client, `SELECT count() AS rows FROM ${source} WHERE ${all}`, countRow);
    return row?.rows ?? 0;
  };
  const report: TableReport = {
    rows_expected: rowsExpected,
    rows_stored: await rowsOf(`${table} FINAL`),
    raw_rows: await rowsOf(table),
    missing: 0,
    duplicates: 0,
    wrong: 0,
  };
  const sitesPerQuery = Math.max(1, Math.floor(ROWS_PER_QUERY / Math.max(1, rowsExpected / population.sites)));
  let seen = 0;
  for (let first = 0; first < population.sites; first += sitesPerQuery) {
    const last = Math.min(population.sites, first + sitesPerQuery) - 1;
    const found = new Map(
      (await select(client, countingSql(population, comparison, first, last), agentRow)).map((row) => [row.agent, row]),
    );
    for (let site = first; site <= last; site++) {
      const { rows = 0, there = 0, good = 0, wrong = 0 } = found.get(siteName(site)) ?? {};
      seen += rows;
      report.missing += Math.max(0, (expected[site] ?? 0) - good);
      report.duplicates += there - good;
      report.wrong += wrong;
    }
  }
  // Rows of these agents under another site's name.
  report.wrong += Math.max(0, report.rows_stored - seen);
  return report;
}

/** Per agent: its rows, those that have to be there, different ones of these, and all that are not as they should be. */
function countingSql(
  population: Population,
  { table, around, placed, ordinal, columns }: Comparison,
  first: number,
  last: number,
): string {
  const sites = `site >= '${siteName(first)}' AND site <= '${siteName(last)}'`;
  return `SELECT toString(agent) AS agent, count() AS rows, countIf(${placed}) AS there, uniqExactIf(${ordinal}, ${placed}) AS good,
  countIf(NOT (${[placed, ...columns.values()].join('\n    AND ')})) AS wrong
FROM (${around(`SELECT * FROM ${table} FINAL WHERE ${ofAgents(population, first, last)} AND ${sites}`)})
GROUP BY agent`;
}

/** Which columns are wrong, and in how many rows. */
async function wrongColumns(client: ClickHouseClient, population: Population, comparison: Comparison): Promise<string[]> {
  const { table, around, placed, columns } = comparison;
  const counts = Array.from(columns, ([column, right]) => `countIf(${placed} AND NOT (${right})) AS wrong_${column}`);
  const rows = around(`SELECT * FROM ${table} FINAL WHERE ${ofAgents(population, 0, population.sites - 1)}`);
  const [row] = await select(
    client,
    `SELECT countIf(NOT ${placed}) AS misplaced, ${counts.join(',\n  ')}\nFROM (${rows})`,
    z.record(z.string(), z.coerce.number()),
  );
  return Object.entries(row ?? {}).flatMap(([name, rows]) => (rows === 0 ? [] : [`${table}: ${name} in ${rows} rows`]));
}

async function select<T>(client: ClickHouseClient, query: string, row: z.ZodType<T>): Promise<T[]> {
  const result = await client.query({ query, format: 'JSONEachRow', clickhouse_settings: COMPARISON_SETTINGS });
  return z.array(row).parse(await result.json());
}
