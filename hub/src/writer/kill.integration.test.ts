import type { ClickHouseClient } from '@clickhouse/client';
import { openBatch, sealBatch } from '@poplar/proto/batch';
import { createBatchBuilder } from '@poplar/proto/builder';
import { ROW_FAMILIES } from '@poplar/proto/families';
import { DEFAULT_LIMITS } from '@poplar/proto/limits';
import {
  SAMPLE_IDENTITY,
  sampleBoard,
  sampleDevice,
  sampleInterface,
  samplePoll,
  sampleRadioClient,
  sampleRows,
  sampleSensor,
} from '@poplar/proto/testing';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClickHouse } from '../clickhouse/client.ts';
import { migrate } from '../clickhouse/migrate.ts';
import { startTestEngine, type TestEngine } from '../clickhouse/testing.ts';
import { createSampleStore } from '../store/sample-store.ts';
import { createInsertion, mergeAll } from './insertion.ts';
import { createWriterMetrics } from './metrics.ts';
import { storedRecord } from './record.ts';
import type { SampleStore } from './store.ts';
import { ROW_TABLES } from './tables.ts';

const log = pino({ level: 'silent' });
const MIGRATIONS = new URL('../../clickhouse/migrations', import.meta.url).pathname;
const never = new AbortController().signal;
/** Tables that the sample batches have rows for. */
const TABLES = ['interface_counters', 'device_resources', 'router_identities', 'radio_clients', 'sensors', 'boards'];
/** Besides these: polls, marks for the rollups, batches. */
const INSERTS = TABLES.length + 3;
const STORED_AT = Date.UTC(2026, 0, 3);

let engine: TestEngine;
beforeAll(async () => {
  engine = await startTestEngine();
  await migrate(engine.client, { database: engine.database, folder: MIGRATIONS, log });
});
afterAll(() => engine[Symbol.asyncDispose]());

class Killed extends Error {}

/** The real store of a hub that dies before its insert number `inserts`, counted from 0: what was inserted stays. */
function storeOfHubKilledBefore(inserts: number, client: ClickHouseClient): SampleStore {
  const direct = createSampleStore(client);
  let started = 0;
  const unlessKilled = (insert: () => Promise<void>): Promise<void> =>
    started++ >= inserts ? Promise.reject(new Killed()) : insert();
  return {
    insertBlock: (block, signal) => unlessKilled(() => direct.insertBlock(block, signal)),
    recordBatches: (records, signal) => unlessKilled(() => direct.recordBatches(records, signal)),
    markRows: (marks, signal) => unlessKilled(() => direct.markRows(marks, signal)),
    keepDeadLetters: (letters, signal) => unlessKilled(() => direct.keepDeadLetters(letters, signal)),
  };
}

const ARRIVALS = [1, 2, 3].map((sequence) => {
  const builder = createBatchBuilder();
  const tsMs = Number(samplePoll().tsMs) + sequence * 1000;
  builder.add(
    samplePoll({ tsMs, pollNumber: 2 * sequence - 1 }),
    sampleRows({
      interfaces: [sampleInterface(), sampleInterface({ interface: 'ether2' })],
      devices: [sampleDevice()],
      identities: [{ identity: 'gw' }],
      radioClients: [sampleRadioClient()],
      sensors: [sampleSensor()],
      boards: [sampleBoard()],
    }),
  );
  builder.add(samplePoll({ tsMs, router: 'r0002', pollNumber: 2 * sequence }), sampleRows({ interfaces: [sampleInterface()] }));
  const batch = sealBatch(builder, { ...SAMPLE_IDENTITY, sequence, sealedAtMs: tsMs + 900 });
  const open = openBatch(batch, DEFAULT_LIMITS);
  return { open, contentHash: BigInt(sequence), receivedAtMs: STORED_AT, payloadBytes: batch.payload.length };
});

async function storeAll(store: SampleStore): Promise<void> {
  const metrics = createWriterMetrics(new Registry());
  const insertion = createInsertion({ retryMs: 20 }, { store, nowMs: () => STORED_AT, log, metrics });
  await insertion.storeRows(
    mergeAll(
      insertion,
      ARRIVALS.map(({ open }) => open),
    ),
    (storedAtMs) => ARRIVALS.map((arrival) => storedRecord(arrival, storedAtMs)),
    never,
  );
}

async function rows(query: string): Promise<unknown[]> {
  const result = await engine.client.query({ query, format: 'JSONEachRow' });
  return await result.json();
}

async function everything(): Promise<Record<string, unknown[]>> {
  const tables = [...TABLES, 'polls', 'batches', 'polls_latest'];
  const read = tables.map(async (table) => [table, await rows(`SELECT * FROM ${table} FINAL ORDER BY ALL`)] as const);
  const marks = rows('SELECT site, bucket FROM rollup_marks FINAL ORDER BY ALL').then((found) => ['marks', found] as const);
  return Object.fromEntries(await Promise.all([...read, marks]));
}

async function clear(): Promise<void> {
  for (const table of [...TABLES, 'polls', 'batches', 'polls_latest', 'rollup_marks'])
    await engine.client.command({ query: `TRUNCATE TABLE ${table}` });
}

/** Polls that lack rows which they count, and stored batches that lack polls which they count. */
async function broken(): Promise<unknown[]> {
  const lacking = ROW_TABLES.filter(({ table }) => TABLES.includes(table)).map(({ table, family }) => {
    const count = ROW_FAMILIES.find(({ name }) => name === family.name)?.countColumn;
    return `SELECT '${table}' AS what FROM polls FINAL WHERE ${count} != (
      SELECT count() FROM ${table} AS found FINAL WHERE found.router = polls.router AND found.ts = polls.ts)`;
  });
  // One query per table: a correlated count.
  const ofPolls = await Promise.all(
    lacking.map((query) => rows(`${query} SETTINGS allow_experimental_correlated_subqueries = 1`)),
  );
  const ofBatches = await rows(`
    SELECT sequence FROM batches FINAL LEFT JOIN (SELECT sequence, count() AS found FROM polls FINAL GROUP BY sequence) AS p USING sequence
    WHERE state = 2 AND polls != found`);
  return [...ofPolls.flat(), ...ofBatches];
}

describe('a hub that is killed between two inserts', () => {
  it('leaves no batch on record without its polls, no poll without its rows, and a re-sent batch ends like a clean run', async () => {
    await storeAll(createSampleStore(engine.client));
    const clean = await everything();
    expect(clean['batches']).toHaveLength(3);
    expect(clean['marks']).toHaveLength(1);
    for (let inserts = 0; inserts < INSERTS; inserts++) {
      await clear();
      {
        // A client of its own: its connections go with the hub, inserts under way included.
        await using client = createClickHouse(engine);
        await expect(storeAll(storeOfHubKilledBefore(inserts, client)), `before insert ${inserts}`).rejects.toThrow(Killed);
      }
      expect(await broken(), `before insert ${inserts}`).toEqual([]);
      expect(await rows('SELECT sequence FROM batches FINAL'), `before insert ${inserts}`).toEqual([]);
      await storeAll(createSampleStore(engine.client));
      expect(await everything(), `before insert ${inserts}`).toEqual(clean);
    }
    await clear();
    await storeAll(storeOfHubKilledBefore(INSERTS, engine.client));
    expect(await everything()).toEqual(clean);
  });
});
