import type { ClickHouseClient } from '@clickhouse/client';
import { contentHash, sealBatch } from '@poplar/proto/batch';
import { createBatchBuilder } from '@poplar/proto/builder';
import { AckStatus, type Batch } from '@poplar/proto/telemetry/v1/ingest';
import { SAMPLE_IDENTITY, sampleInterface, samplePoll, sampleRows } from '@poplar/proto/testing';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { migrate } from '../clickhouse/migrate.ts';
import { startTestEngine, type TestEngine } from '../clickhouse/testing.ts';
import { createRetentionFloors, KEEP_ALL } from '../retention/floors.ts';
import { connectAgent, startIngest } from './testing.ts';

const TOKEN = 'the-token-of-fra1';
const MIGRATIONS = new URL('../../clickhouse/migrations', import.meta.url).pathname;
const DAY = 24 * 3600_000;

let engine: TestEngine;
beforeAll(async () => {
  engine = await startTestEngine();
  await migrate(engine.client, { database: engine.database, folder: MIGRATIONS, log: pino({ level: 'silent' }) });
  await engine.client.command({ query: `ALTER TABLE interface_counters ADD CONSTRAINT no_poison CHECK interface != 'poison'` });
});
afterAll(() => engine[Symbol.asyncDispose]());
beforeEach(async () => {
  for (const table of ['dead_letters', 'batches', 'polls', 'interface_counters'])
    await engine.client.command({ query: `TRUNCATE TABLE ${table}` });
});

/** A batch of one poll with one interface. */
function batchOf(sequence: number, { interfaceName = 'ether1', router = 'r0001', day = 0 } = {}): Batch {
  const builder = createBatchBuilder();
  const tsMs = Number(samplePoll().tsMs) + day * DAY + sequence * 1000;
  const interfaces = [sampleInterface({ interface: interfaceName })];
  builder.add(samplePoll({ tsMs, router, pollNumber: sequence }), sampleRows({ interfaces }));
  return sealBatch(builder, { ...SAMPLE_IDENTITY, sequence, sealedAtMs: tsMs + 900 });
}

/** A batch of polls that lie so many seconds after the first. */
function batchOfPolls(sequence: number, seconds: readonly number[]): Batch {
  const builder = createBatchBuilder();
  const times = seconds.map((second) => Number(samplePoll().tsMs) + second * 1000);
  for (const tsMs of times)
    builder.add(samplePoll({ tsMs, pollNumber: sequence }), sampleRows({ interfaces: [sampleInterface()] }));
  return sealBatch(builder, { ...SAMPLE_IDENTITY, sequence, sealedAtMs: Math.max(...times) + 900 });
}

async function numbers(client: ClickHouseClient, query: string): Promise<number[]> {
  const result = await client.query({ query, format: 'JSONCompactEachRow' });
  const rows = await result.json<(string | number)[]>();
  return rows.map(([value]) => Number(value));
}

describe('the fate of a batch', () => {
  it('is the innocent one for eighteen of twenty that are merged with two poisoned ones', async () => {
    await using hub = await startIngest(engine.client, TOKEN);
    await using agent = connectAgent(hub.port, TOKEN);
    await agent.hello('fra1');
    const poisoned = [3, 16];
    const sequences = Array.from({ length: 20 }, (_, index) => index + 1);
    const acks = await Promise.all(
      sequences.map((sequence) =>
        agent.send(batchOf(sequence, { interfaceName: poisoned.includes(sequence) ? 'poison' : 'ether1' })),
      ),
    );
    expect(acks.map(({ status, rows }) => [status, rows])).toEqual(
      sequences.map((sequence) => (poisoned.includes(sequence) ? [AckStatus.REJECTED, 0n] : [AckStatus.STORED, 2n])),
    );
    expect(acks[2]?.reason).toMatch(/ClickHouse refused the rows.*469/);
    const { client } = engine;
    expect(await numbers(client, 'SELECT sequence FROM dead_letters FINAL ORDER BY sequence')).toEqual(poisoned);
    expect(await numbers(client, 'SELECT sequence FROM batches FINAL WHERE state = 1 ORDER BY sequence')).toEqual(poisoned);
    expect(await numbers(client, 'SELECT count() FROM interface_counters FINAL')).toEqual([18]);
    expect(await numbers(client, 'SELECT count() FROM polls FINAL')).toEqual([18]);
  });

  it('is the same however often a poisoned batch is sent again, and costs nothing more', async () => {
    await using hub = await startIngest(engine.client, TOKEN);
    await using agent = connectAgent(hub.port, TOKEN);
    await agent.hello('fra1');
    const poison = batchOf(1, { interfaceName: 'poison' });
    const [first] = await Promise.all([agent.send(poison), agent.send(batchOf(2))]);
    for (let again = 0; again < 50; again++) expect(await agent.send(poison)).toEqual(first);
    // Those behind it are stored as ever.
    expect(await agent.send(batchOf(3))).toMatchObject({ status: AckStatus.STORED });
    expect(await numbers(engine.client, 'SELECT count() FROM dead_letters')).toEqual([1]);
    expect(await numbers(engine.client, 'SELECT count() FROM batches')).toEqual([3]);
    expect(await hub.registry.getSingleMetricAsString('poplar_hub_duplicate_batches_total')).toMatch(/ 50$/);
  });

  it('is told with its rows to who sends a stored batch again', async () => {
    await using hub = await startIngest(engine.client, TOKEN);
    await using agent = connectAgent(hub.port, TOKEN);
    await agent.hello('fra1');
    expect(await agent.send(batchOf(1))).toMatchObject({ status: AckStatus.STORED, rows: 2n });
    expect(await agent.send(batchOf(1))).toMatchObject({ status: AckStatus.DUPLICATE, rows: 2n });
  });

  it('is stored for other bytes under the same name, as a cloned spool or a restored snapshot makes them', async () => {
    await using hub = await startIngest(engine.client, TOKEN);
    await using agent = connectAgent(hub.port, TOKEN);
    await agent.hello('fra1');
    const [one, other] = [batchOf(1), batchOf(1, { router: 'r0002' })];
    expect(contentHash(one.payload)).not.toBe(contentHash(other.payload));
    for (const batch of [one, other]) expect(await agent.send(batch)).toMatchObject({ status: AckStatus.STORED, rows: 2n });
    for (const table of ['interface_counters', 'polls'])
      expect(await numbers(engine.client, `SELECT uniqExact(router) FROM ${table} FINAL`), table).toEqual([2]);
  });

  it('is rejected when any of its rows is older than raw rows are kept: counted, no bytes kept, the next ones stored', async () => {
    const floors = createRetentionFloors({ ...KEEP_ALL, raw: 30 });
    const floorMs = Number(samplePoll().tsMs) + 5000;
    floors.learn('raw', floorMs);
    await using hub = await startIngest(engine.client, TOKEN, floors);
    await using agent = connectAgent(hub.port, TOKEN);
    await agent.hello('fra1');
    const late = batchOf(4);
    const across = batchOfPolls(5, [4, 6]);
    for (const batch of [late, late, across]) {
      const ack = await agent.send(batch);
      expect(ack).toMatchObject({ status: AckStatus.REJECTED, rows: 0n });
      expect(ack.reason).toMatch(/^older than retention: polled .*, kept from /);
    }
    // The floor itself is kept.
    expect(await agent.send(batchOf(6))).toMatchObject({ status: AckStatus.STORED, rows: 2n });
    expect(await agent.send(batchOfPolls(7, [5]))).toMatchObject({ status: AckStatus.STORED, rows: 2n });
    const { client } = engine;
    expect(await numbers(client, 'SELECT sequence FROM batches FINAL WHERE state = 1 ORDER BY sequence')).toEqual([4, 5]);
    expect(await numbers(client, `SELECT count() FROM batches WHERE reason LIKE 'older than retention%'`)).toEqual([2]);
    expect(await numbers(client, 'SELECT count() FROM dead_letters')).toEqual([0]);
    expect(await numbers(client, 'SELECT toUnixTimestamp64Milli(min(ts)) FROM polls FINAL')).toEqual([floorMs]);
    expect(await hub.registry.getSingleMetricAsString('poplar_hub_expired_batches_total')).toMatch(/ 2$/);
  });

  it('is stored for a backlog of a hundred days that comes at once', async () => {
    await using hub = await startIngest(engine.client, TOKEN);
    await using agent = connectAgent(hub.port, TOKEN);
    await agent.hello('fra1');
    const acks = await Promise.all(
      Array.from({ length: 100 }, (_, index) => agent.send(batchOf(index + 1, { day: (index * 37) % 100 }))),
    );
    expect(acks.every(({ status }) => status === AckStatus.STORED)).toBe(true);
    expect(await numbers(engine.client, 'SELECT uniqExact(toDate(ts)) FROM polls FINAL')).toEqual([100]);
    expect(await numbers(engine.client, 'SELECT count() FROM interface_counters FINAL')).toEqual([100]);
  });
});
