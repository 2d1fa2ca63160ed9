/** A migrated database with hand-made rows, for tests. */
import { join } from 'node:path';
import type { ClickHouseClient } from '@clickhouse/client';
import { pino } from 'pino';
import { migrate } from '../clickhouse/migrate.ts';
import { startTestEngine, type TestEngine } from '../clickhouse/testing.ts';

export const SILENT = pino({ level: 'silent' });
const MIGRATIONS = join(import.meta.dirname, '../../clickhouse/migrations');

/** One row of a table: columns left out get their default. Times (ts, sealed_at …) are Unix ms. */
export type TestRow = Readonly<Record<string, string | number | bigint | null>>;

export interface TestStore extends AsyncDisposable {
  readonly client: ClickHouseClient;
  readonly database: string;
  /** Inserts the rows as one block. */
  insert(table: string, rows: readonly TestRow[]): Promise<void>;
  /** Removes all rows of all tables. */
  clear(): Promise<void>;
}

const TIMES = new Set([
  'ts',
  'sealed_at',
  'received_at',
  'stored_at',
  'started_at',
  'detected_at',
  'closed_at',
  'created_at',
  'next_attempt_at',
  'evaluated_at',
]);

/** Migrates the engine's database, or that of an engine of its own; dispose ends the engine either way. */
export async function startTestStore(given?: TestEngine): Promise<TestStore> {
  const engine = given ?? (await startTestEngine());
  const { client, database } = engine;
  try {
    await migrate(client, { database, folder: MIGRATIONS, log: SILENT });
  } catch (error) {
    await engine[Symbol.asyncDispose]();
    throw error;
  }
  return {
    client,
    database,
    async insert(table, rows) {
      if (rows.length === 0) return;
      // A bigint becomes text, which ClickHouse reads as a number: JSON has none beyond 2^53.
      const values = rows.map((row) =>
        Object.fromEntries(Object.entries(row).map(([name, value]) => [name, jsonValue(name, value)])),
      );
      await client.insert({ table, values, format: 'JSONEachRow' });
    },
    async clear() {
      for (const table of await storedTables(client)) await client.command({ query: `TRUNCATE TABLE ${table}` });
    },
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  };
}

function jsonValue(name: string, value: TestRow[string] | undefined): string | number | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'bigint') return String(value);
  return TIMES.has(name) && typeof value === 'number' ? new Date(value).toISOString() : value;
}

/** Every table of the client's database that holds rows, by name; the record of migrations is none. */
export async function storedTables(client: ClickHouseClient): Promise<string[]> {
  const answer = await client.query({
    query: `SELECT name FROM system.tables
      WHERE database = currentDatabase() AND engine LIKE '%MergeTree' AND name != 'schema_migrations' ORDER BY name`,
    format: 'JSONEachRow',
  });
  return (await answer.json<{ name: string }>()).map(({ name }) => name);
}

/** A poll with usual values. */
export function pollRow(row: TestRow & { readonly ts: number }): TestRow {
  return {
    site: 'fra1',
    router: 'r1',
    agent: 'a1',
    rank: 1,
    epoch: 1,
    sequence: 1,
    poll_number: 1,
    baseline: 1,
    outcome: 'ok',
    error: '',
    address: '127.75.0.1:8728',
    duration_us: 20_000,
    interval_ms: 10_000,
    interface_rows: 1,
    ...row,
  };
}

/** A sample of interface counters with usual values. */
export function interfaceRow(row: TestRow & { readonly ts: number }): TestRow {
  return {
    site: 'fra1',
    router: 'r1',
    interface: 'ether1',
    agent: 'a1',
    rank: 1,
    baseline: 1,
    type: 'ether',
    comment: '',
    running: 1,
    disabled: 0,
    ...row,
  };
}
