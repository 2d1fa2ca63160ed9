import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClickHouseClient } from '@clickhouse/client';
import { openBatch, sealBatch } from '@poplar/proto/batch';
import { createBatchBuilder } from '@poplar/proto/builder';
import { DEFAULT_LIMITS } from '@poplar/proto/limits';
import { SAMPLE_IDENTITY, sampleInterface, samplePoll, sampleRows } from '@poplar/proto/testing';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { describe, expect, it, vi } from 'vitest';
import { createClickHouse, waitForClickHouse } from '../clickhouse/client.ts';
import { startEmbeddedEngine } from '../clickhouse/embedded/engine.ts';
import { migrate } from '../clickhouse/migrate.ts';
import { startTestEngine } from '../clickhouse/testing.ts';
import { createSampleStore } from '../store/sample-store.ts';
import { createWriterMetrics } from './metrics.ts';
import type { SampleStore } from './store.ts';
import { createWriter, DEFAULT_WRITER_CONFIG, type Fate, type ReceivedBatch, type Writer, type WriterConfig } from './writer.ts';

const log = pino({ level: 'silent' });
const MIGRATIONS = new URL('../../clickhouse/migrations', import.meta.url).pathname;
const never = new AbortController().signal;

function startWriter(client: ClickHouseClient, config: Partial<WriterConfig> = {}, nowMs: () => number = Date.now) {
  let inserts = 0;
  const direct = createSampleStore(client);
  const counted: SampleStore = {
    ...direct,
    insertBlock(block, signal) {
      inserts++;
      return direct.insertBlock(block, signal);
    },
  };
  const stop = new AbortController();
  const writer = createWriter(
    { ...DEFAULT_WRITER_CONFIG, flushAgeMs: 30, retryMs: 20, ...config },
    {
      store: counted,
      nowMs,
      monotonicMs: () => performance.now(),
      log,
      metrics: createWriterMetrics(new Registry()),
    },
  );
  const running = writer.run(stop.signal);
  return {
    writer,
    /** Inserts tried so far. */
    retries: () => inserts,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}

function received(sequence: number, interfaceName = 'ether1'): ReceivedBatch {
  const builder = createBatchBuilder();
  const tsMs = Number(samplePoll().tsMs) + sequence * 1000;
  builder.add(
    samplePoll({ tsMs, pollNumber: sequence }),
    sampleRows({ interfaces: [sampleInterface({ interface: interfaceName })] }),
  );
  const batch = sealBatch(builder, { ...SAMPLE_IDENTITY, sequence, sealedAtMs: tsMs + 900 });
  return {
    agent: SAMPLE_IDENTITY.agent,
    batch,
    contentHash: BigInt(sequence),
    receivedAtMs: Date.now(),
    open: () => openBatch(batch, DEFAULT_LIMITS),
  };
}

async function store(writer: Writer, batch: ReceivedBatch): Promise<Fate> {
  const { uncompressedBytes } = batch.batch;
  await writer.reserve(uncompressedBytes, never);
  return await writer.store(batch, uncompressedBytes);
}

async function count(client: ClickHouseClient, table: string): Promise<number> {
  const result = await client.query({ query: `SELECT count() AS rows FROM ${table} FINAL`, format: 'JSONEachRow' });
  const [row] = await result.json<{ rows: string }>();
  return Number(row?.rows);
}

describe('the writer', () => {
  it('finds the one batch that ClickHouse refuses and stores the others', async () => {
    await using engine = await startTestEngine();
    await migrate(engine.client, { database: engine.database, folder: MIGRATIONS, log });
    await engine.client.command({ query: `ALTER TABLE interface_counters ADD CONSTRAINT no_poison CHECK interface != 'poison'` });
    await using started = startWriter(engine.client);
    const names = ['ether1', 'ether2', 'poison', 'ether4', 'ether5'];
    const fates = await Promise.all(names.map((name, index) => store(started.writer, received(index + 1, name))));
    expect(fates.map(({ status }) => status)).toEqual(['stored', 'stored', 'rejected', 'stored', 'stored']);
    expect(await count(engine.client, 'interface_counters')).toBe(4);
    expect(await count(engine.client, 'polls')).toBe(4);
    expect(await count(engine.client, 'dead_letters')).toBe(1);
    expect(await count(engine.client, 'batches')).toBe(5);
  });

  it('waits for the operator when the schema or the rights are at fault, and condemns no batch', async () => {
    await using engine = await startTestEngine();
    await migrate(engine.client, { database: engine.database, folder: MIGRATIONS, log });
    await engine.client.command({ query: 'ALTER TABLE interface_counters RENAME COLUMN rx_bytes TO rx_octets' });
    await using started = startWriter(engine.client);
    const fate = store(started.writer, received(1));
    await vi.waitFor(() => expect(started.writer.fault()).toMatch(/rx_bytes/), { timeout: 10_000 });
    await engine.client.command({ query: 'ALTER TABLE interface_counters RENAME COLUMN rx_octets TO rx_bytes' });
    expect(await fate).toEqual({ status: 'stored', rows: 2 });
    expect(await count(engine.client, 'dead_letters')).toBe(0);
  });

  it('condemns no batch while every batch is refused: then it is the server that is wrong', async () => {
    await using engine = await startTestEngine();
    await migrate(engine.client, { database: engine.database, folder: MIGRATIONS, log });
    await engine.client.command({ query: 'ALTER TABLE interface_counters ADD CONSTRAINT nothing CHECK rx_bytes = 0' });
    await using started = startWriter(engine.client);
    const fates = [1, 2, 3].map((sequence) => store(started.writer, received(sequence)));
    await vi.waitFor(() => expect(started.writer.fault()).toMatch(/refused the rows/), { timeout: 10_000 });
    // More batches arrive, and every suspect is tried again.
    fates.push(store(started.writer, received(4)), store(started.writer, received(5)));
    await vi.waitFor(() => expect(started.retries()).toBeGreaterThan(10), { timeout: 10_000 });
    expect(await count(engine.client, 'dead_letters')).toBe(0);
    await engine.client.command({ query: 'ALTER TABLE interface_counters DROP CONSTRAINT nothing' });
    expect(await Promise.all(fates)).toEqual(Array.from({ length: 5 }, () => ({ status: 'stored', rows: 2 })));
    expect(started.writer.fault()).toBeUndefined();
    expect(await count(engine.client, 'dead_letters')).toBe(0);
  });

  it('stores on although the wall clock steps back', async () => {
    await using engine = await startTestEngine();
    await migrate(engine.client, { database: engine.database, folder: MIGRATIONS, log });
    let stepMs = 0;
    await using started = startWriter(engine.client, {}, () => Date.now() + stepMs);
    const first = store(started.writer, received(1));
    stepMs = -3_600_000;
    expect(await first).toEqual({ status: 'stored', rows: 2 });
    expect(await store(started.writer, received(2))).toEqual({ status: 'stored', rows: 2 });
  });

  it('makes those who add wait while its budget is held, and lets them in as batches are stored', async () => {
    await using engine = await startTestEngine();
    await migrate(engine.client, { database: engine.database, folder: MIGRATIONS, log });
    const { uncompressedBytes: bytes } = received(1).batch;
    await using started = startWriter(engine.client, { budgetBytes: 2 * bytes, flushAgeMs: 10 });
    const fates = await Promise.all(Array.from({ length: 12 }, (_, index) => store(started.writer, received(index + 1))));
    expect(fates).toEqual(Array.from({ length: 12 }, () => ({ status: 'stored', rows: 2 })));
    expect(await count(engine.client, 'polls')).toBe(12);
  });

  it('stores everything once although the engine is killed again and again', { timeout: 60_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'poplar-writer-'));
    try {
      await using engine = await startEmbeddedEngine({ folder, port: 0, log, memoryBytesMax: 1024 ** 3, database: 'poplar' });
      await using client = createClickHouse({
        url: engine.url,
        user: engine.user,
        password: engine.password,
        database: 'poplar',
      });
      await waitForClickHouse(client, never);
      await migrate(client, { database: 'poplar', folder: MIGRATIONS, log });
      await using started = startWriter(client);
      const fates: Promise<Fate>[] = [];
      for (let sequence = 1; sequence <= 60; sequence++) {
        fates.push(store(started.writer, received(sequence)));
        if (sequence % 20 === 10) {
          const pid = engine.pid();
          if (pid !== undefined) process.kill(pid, 'SIGKILL');
        }
        if (sequence % 5 === 0) await Promise.race([Promise.all(fates), new Promise((resolve) => setTimeout(resolve, 40))]);
      }
      expect((await Promise.all(fates)).every(({ status }) => status === 'stored')).toBe(true);
      expect(started.writer.fault()).toBeUndefined();
      for (const table of ['polls', 'interface_counters', 'batches']) expect(await count(client, table), table).toBe(60);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
