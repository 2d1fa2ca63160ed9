import { cp, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createClickHouse, IN_DEFAULT_DATABASE, waitForClickHouse } from './client.ts';
import { readEngineStatus } from './engine-status.ts';
import { migrate } from './migrate.ts';
import { startTestEngine, type TestEngine } from './testing.ts';

const SHIPPED = fileURLToPath(new URL('../../clickhouse/migrations', import.meta.url));
const log = { info: () => undefined };

let engine: TestEngine;
let folder: string;
let database: string;
let databases = 0;

beforeAll(async () => {
  engine = await startTestEngine();
});

afterAll(async () => {
  await engine?.[Symbol.asyncDispose]();
});

beforeEach(begin);
afterEach(end);

async function begin(): Promise<void> {
  folder = await mkdtemp(join(tmpdir(), 'poplar-migrations-'));
  databases += 1;
  database = `${engine.database}_${databases}`;
}

async function end(): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await engine.client.command({ query: `DROP DATABASE IF EXISTS ${database}`, http_headers: IN_DEFAULT_DATABASE });
}

/** Another database and folder instead of the ones before. */
async function fresh(): Promise<void> {
  await end();
  await begin();
}

function clientOf() {
  const { url, user, password } = engine;
  return createClickHouse({ url, user, password, database });
}

async function file(name: string, sql: string): Promise<void> {
  await writeFile(join(folder, name), sql);
}

async function run(): Promise<string[]> {
  await using client = clientOf();
  const { applied } = await migrate(client, { database, folder, log });
  return applied;
}

async function schema(): Promise<unknown[]> {
  await using client = clientOf();
  const answer = await client.query({
    query: 'SELECT name, create_table_query FROM system.tables WHERE database = {database:String} ORDER BY name',
    query_params: { database },
    format: 'JSONEachRow',
  });
  return await answer.json();
}

const ONE =
  "-- First; of all.\nCREATE TABLE IF NOT EXISTS one (a String DEFAULT ';') ENGINE = MergeTree ORDER BY a;\n\nCREATE TABLE IF NOT EXISTS two (a Int8) ENGINE = MergeTree ORDER BY a";

describe('migrate', () => {
  it('brings up the shipped schema, and a second run applies nothing', async () => {
    await cp(SHIPPED, folder, { recursive: true });
    const applied = await run();
    expect(applied[0]).toBe('0001_create_raw_tables');
    const before = await schema();
    expect(before.length).toBeGreaterThan(10);
    expect(await run()).toEqual([]);
    expect(await schema()).toEqual(before);
    const { version, detachedParts, parts, diskBytes } = await readEngineStatus(engine.client, database);
    expect(version).toMatch(/^\d+\.\d+/);
    expect([detachedParts, parts > 0, diskBytes > 0]).toEqual([0, true, true]);
  });

  it('adds to a database of the first release what came later; its polls and batches have none of it', async () => {
    for (const name of ['0001_create_raw_tables.sql', '0002_create_latest_tables.sql'])
      await cp(join(SHIPPED, name), join(folder, name));
    await run();
    await using client = clientOf();
    const ts = Date.UTC(2026, 0, 2) / 1000;
    await client.insert({ table: 'polls', values: [{ ts, site: 's', router: 'r', outcome: 'ok' }], format: 'JSONEachRow' });
    await client.insert({ table: 'batches', values: [{ agent: 'a', sequence: 1, state: 2 }], format: 'JSONEachRow' });
    await client.insert({ table: 'interface_counters', values: [{ ts, interface: 'ether1' }], format: 'JSONEachRow' });
    await cp(SHIPPED, folder, { recursive: true });
    expect(await run()).toContain('0003_add_hardware_tables');
    const answer = await client.query({
      query: `SELECT (SELECT groupArray((sensor_rows, board_rows, cpu_core_rows, package_rows, package_update_rows)) FROM polls) AS polls,
        (SELECT groupArray((sensor_rows, board_rows, cpu_core_rows, package_rows, package_update_rows)) FROM batches) AS batches,
        (SELECT count() FROM interface_counters WHERE fp_rx_bytes IS NULL) AS interfaces`,
      format: 'JSONEachRow',
    });
    expect(await answer.json()).toEqual([{ polls: [[0, 0, 0, 0, 0]], batches: [[0, 0, 0, 0, 0]], interfaces: '1' }]);
  });

  it('takes batches over from every past schema: of a batch that is on record twice the first time stays, then the higher state', async () => {
    const files = (await readdir(SHIPPED)).filter((name) => name < '0007').sort();
    for (const [index, newest] of files.entries()) {
      if (index > 0) await fresh();
      for (const name of files.slice(0, index + 1)) await cp(join(SHIPPED, name), join(folder, name));
      await run();
      await using client = clientOf();
      const at = (second: number): string => `2026-01-02 00:00:${String(second).padStart(2, '0')}`;
      const batch = { agent: 'a', epoch: 1, sequence: 1, state: 2, sealed_at: at(0) };
      await client.insert({
        table: 'batches',
        values: [
          { ...batch, received_at: at(1), stored_at: at(2), polls: 3 },
          { ...batch, sequence: 2, state: 0, received_at: at(1), stored_at: at(1) },
          { ...batch, sequence: 3, state: 1, received_at: at(1), stored_at: at(1) },
        ],
        format: 'JSONEachRow',
      });
      await cp(SHIPPED, folder, { recursive: true });
      await Promise.all([run(), run()]);
      await client.insert({
        table: 'batches',
        values: [
          { ...batch, received_at: at(8), stored_at: at(9), polls: 3 },
          { ...batch, sequence: 2, received_at: at(8), stored_at: at(9) },
        ],
        format: 'JSONEachRow',
      });
      const read = async (query: string): Promise<unknown> => await (await client.query({ query, format: 'JSONEachRow' })).json();
      const rows = 'SELECT sequence, state, polls, toSecond(received_at) AS received, toSecond(stored_at) AS stored FROM batches';
      const expected = [
        { sequence: '1', state: 2, polls: 3, received: 1, stored: 2 },
        { sequence: '2', state: 2, polls: 0, received: 8, stored: 9 },
        { sequence: '3', state: 1, polls: 0, received: 1, stored: 1 },
      ];
      expect(await read(`${rows} FINAL ORDER BY sequence`), newest).toEqual(expected);
      await client.command({ query: 'OPTIMIZE TABLE batches FINAL' });
      expect(await read(`${rows} ORDER BY sequence`), newest).toEqual(expected);
      const fates =
        'SELECT bitmapToArray(stored) AS stored, bitmapToArray(rejected) AS rejected, bitmapToArray(skipped) AS skipped FROM batch_fates FINAL';
      expect(await read(fates), newest).toEqual([{ stored: ['1', '2'], rejected: ['3'], skipped: ['2'] }]);
    }
  }, 60_000);

  it('applies new files in the order of their numbers', async () => {
    await file('0002_add_column.sql', 'ALTER TABLE one ADD COLUMN IF NOT EXISTS b Int8');
    await file('0001_create.sql', ONE);
    expect(await run()).toEqual(['0001_create', '0002_add_column']);
    await file('0010_create.sql', 'CREATE TABLE IF NOT EXISTS three (a Int8) ENGINE = Memory;');
    expect(await run()).toEqual(['0010_create']);
  });

  it('takes the same text with other line ends for the same', async () => {
    await file('0001_create.sql', ONE);
    await run();
    await file('0001_create.sql', ONE.replaceAll('\n', '\r\n'));
    expect(await run()).toEqual([]);
  });

  it('refuses a past migration that was edited', async () => {
    await file('0001_create.sql', ONE);
    await run();
    await file('0001_create.sql', ONE.replace('First', 'Once'));
    await expect(run()).rejects.toThrow('0001_create.sql was edited after it was applied');
  });

  it('refuses a past migration that is missing', async () => {
    await file('0001_create.sql', ONE);
    await run();
    await rename(join(folder, '0001_create.sql'), join(folder, '0002_create.sql'));
    await expect(run()).rejects.toThrow('the database has seen 0001_create, which this version of Poplar does not know');
  });

  it('refuses a new migration that comes before an applied one', async () => {
    await file('0002_create.sql', ONE);
    await run();
    await file('0001_late.sql', 'SELECT 1');
    await expect(run()).rejects.toThrow('0001_late comes before 0002_create');
  });

  it.each([
    ['two of one number', '0001_other.sql', 'SELECT 1', 'have the same number'],
    ['a name without a number', 'later.sql', 'SELECT 1', 'is not named NNNN_verb_noun.sql'],
    ['a CREATE that cannot run twice', '0002_create.sql', 'CREATE TABLE x (a Int8) ENGINE = Memory', 'cannot run twice'],
    ['an INSERT', '0002_fill.sql', 'INSERT INTO one SELECT 1', 'cannot run twice'],
    [
      'a copy into a table that keeps equal rows',
      '0002_fill.sql',
      'CREATE TABLE IF NOT EXISTS x (a Int8) ENGINE = MergeTree ORDER BY a; INSERT INTO x SELECT 1',
      'cannot run twice',
    ],
    [
      'a copy into a table that adds rows up',
      '0002_fill.sql',
      'CREATE TABLE IF NOT EXISTS x (a SimpleAggregateFunction(sum, UInt64)) ENGINE = AggregatingMergeTree ORDER BY tuple(); INSERT INTO x SELECT 1',
      'cannot run twice',
    ],
    [
      'rows in a migration',
      '0002_fill.sql',
      'CREATE TABLE IF NOT EXISTS x (a Int8) ENGINE = ReplacingMergeTree ORDER BY a; INSERT INTO x VALUES (1)',
      'cannot run twice',
    ],
    [
      'a column added without a condition',
      '0002_add.sql',
      'ALTER TABLE one ADD COLUMN IF NOT EXISTS a Int8, ADD COLUMN b Int8',
      'cannot run twice',
    ],
  ])('refuses %s before it touches the database', async (_what, name, sql, reason) => {
    await file('0001_create.sql', ONE);
    await file(name, sql);
    await expect(run()).rejects.toThrow(reason);
    await expect(schema()).rejects.toThrow(database);
  });

  it('copies rows into a table that keeps each once', async () => {
    await file(
      '0001_create.sql',
      'CREATE TABLE IF NOT EXISTS x (a Int8) ENGINE = ReplacingMergeTree ORDER BY a; INSERT INTO x SELECT 7',
    );
    await run();
    await using client = clientOf();
    const answer = await client.query({ query: 'SELECT a FROM x', format: 'JSONEachRow' });
    expect(await answer.json()).toEqual([{ a: 7 }]);
  });

  it('goes on where a file failed in the middle', async () => {
    await file('0001_create.sql', `${ONE}; ALTER TABLE nowhere ADD COLUMN IF NOT EXISTS a Int8`);
    await expect(run()).rejects.toMatchObject({ name: 'StoreError', code: 60 });
    expect(await schema()).toHaveLength(3);
    await file('0001_create.sql', ONE);
    expect(await run()).toEqual(['0001_create']);
    expect(await schema()).toHaveLength(3);
  });

  it('lets two hubs start at once', async () => {
    await cp(SHIPPED, folder, { recursive: true });
    await Promise.all([run(), run(), run()]);
    expect(await run()).toEqual([]);
  });
});

describe('waitForClickHouse', () => {
  it('says at once that a password is wrong', async () => {
    await using client = createClickHouse({ url: engine.url, user: engine.user, password: 'wrong', database });
    await expect(waitForClickHouse(client, AbortSignal.timeout(10_000))).rejects.toMatchObject({ retryable: false, code: 516 });
  });

  it('waits for a server that is not there until it is told to stop', async () => {
    await using client = createClickHouse({ url: 'http://127.0.0.1:1', user: 'default', password: '', database });
    await expect(waitForClickHouse(client, AbortSignal.timeout(300))).rejects.toThrow('timeout');
  });
});
