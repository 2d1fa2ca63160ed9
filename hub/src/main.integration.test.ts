/**
 * The hub as a process, on a disk that is really full, with a damaged part, and in another time zone. The disk is a small file system
 * of its own, mounted where only the hub sees it: this needs user and mount namespaces (`unshare -Urm`); without them the test fails.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sealBatch } from '@poplar/proto/batch';
import { createBatchBuilder } from '@poplar/proto/builder';
import { AckStatus, type Batch } from '@poplar/proto/telemetry/v1/ingest';
import { SAMPLE_IDENTITY, sampleInterface, samplePoll, sampleRows } from '@poplar/proto/testing';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { SILENT } from './api/testing.ts';
import { createClickHouse } from './clickhouse/client.ts';
import { addressBesideHub } from './clickhouse/connect.ts';
import { loadHubConfig } from './config.ts';
import { connectAgent } from './ingest/testing.ts';
import { createRetentionFloors, KEEP_ALL } from './retention/floors.ts';
import { createRetentionMetrics } from './retention/metrics.ts';
import { createRetention } from './retention/retention.ts';
import { createRetentionStore } from './retention/store.ts';
import { EXPIRING_TABLES, type RetentionDays } from './retention/tiers.ts';

const MAIN = join(import.meta.dirname, 'main.ts');
const TOKEN = 'the-token-of-fra1';
/** Mounts the disk and becomes the hub. */
const INSIDE = `
mount -t tmpfs -o size=420m none "$1" || { echo "Cannot give the hub a disk of its own: this test needs user and mount namespaces (unshare -Urm)" >&2; exit 90; }
shift
exec "$@"
`;
const OUTSIDE = `exec unshare -Urm sh -c '${INSIDE}' sh "$@"`;
const READY = z.object({ type: z.literal('ready'), httpPort: z.number(), grpcPort: z.number() });

let folder: string;
let config: string;
let hub: ChildProcess | undefined;
let ports: z.infer<typeof READY>;
let output: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'poplar-hub-'));
  mkdirSync(join(folder, 'disk'));
  config = join(folder, 'hub.yaml');
  writeFileSync(
    config,
    `data_dir: ./disk/data
http: { port: 0 }
grpc: { port: 0 }
clickhouse: { embedded: { port: ${await freePort()}, memory_bytes_max: 1073741824 } }
agents: [{ name: fra1, token: ${TOKEN} }]
log: { level: error }
`,
  );
});
afterEach(async () => {
  await stop();
  rmSync(folder, { recursive: true, force: true });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Starts the hub on the folder's disk, or on a small one of its own. */
async function start({ timeZone = 'UTC', smallDisk = false } = {}): Promise<void> {
  const command = [process.execPath, MAIN, '--config', config];
  const words = smallDisk ? ['sh', '-c', OUTSIDE, 'sh', join(folder, 'disk'), ...command] : command;
  const [program = '', ...rest] = words;
  output = '';
  hub = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], env: { ...process.env, TZ: timeZone } });
  for (const stream of [hub.stdout, hub.stderr]) stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = once(hub, 'exit').then(([code]) => {
    throw new Error(`the hub ended with ${String(code)}: ${output}`);
  });
  const ready = once(hub, 'message');
  ended.catch(() => {});
  const [message] = await Promise.race([ready, ended]);
  ports = READY.parse(message);
}

async function stop(): Promise<void> {
  if (hub === undefined) return;
  if (hub.exitCode === null && hub.signalCode === null) {
    const ended = once(hub, 'exit');
    hub.kill('SIGTERM');
    await ended;
  }
  hub = undefined;
}

function batchOf(sequence: number, daysLater = 0): Batch {
  const builder = createBatchBuilder();
  // Noon of a day in UTC is the day after in Auckland.
  const tsMs = Date.UTC(2026, 0, 2 + daysLater, 12) + sequence * 1000;
  builder.add(samplePoll({ tsMs, pollNumber: sequence }), sampleRows({ interfaces: [sampleInterface()] }));
  return sealBatch(builder, { ...SAMPLE_IDENTITY, sequence, epochStartedAtMs: tsMs - 60_000, sealedAtMs: tsMs + 900 });
}

/** The store's client: the engine's own port, where the folder is seen. */
async function connect(passwordFolder?: string) {
  const loaded = loadHubConfig(config, {});
  return createClickHouse(await addressBesideHub(passwordFolder === undefined ? loaded : { ...loaded, dataDir: passwordFolder }));
}

type Client = Awaited<ReturnType<typeof connect>>;

function retentionOf(client: Client, days: RetentionDays) {
  return createRetention({
    store: createRetentionStore(client, 'poplar'),
    floors: createRetentionFloors(days),
    tables: EXPIRING_TABLES,
    nowMs: Date.now,
    settleMs: 0,
    log: SILENT,
    metrics: createRetentionMetrics(new Registry()),
  });
}

async function ask<T>(client: Client, query: string, row: z.ZodType<T>): Promise<T[]> {
  return z.array(row).parse(await (await client.query({ query, format: 'JSONEachRow' })).json());
}

async function count(client: Client, table: string): Promise<number> {
  const [row] = await ask(client, `SELECT count() AS rows FROM ${table} FINAL`, z.object({ rows: z.coerce.number() }));
  return row?.rows ?? 0;
}

async function readiness(): Promise<{ status: number; text: string }> {
  const response = await fetch(`http://127.0.0.1:${ports.httpPort}/readyz`);
  return { status: response.status, text: await response.text() };
}

test('a disk without room refuses no batch: it waits, the hub says why, partitions can be dropped, and with room it is stored', {
  timeout: 120_000,
}, async () => {
  await start({ smallDisk: true });
  // As the hub sees it.
  const disk = `/proc/${hub?.pid}/root${join(folder, 'disk')}`;
  await using agent = connectAgent(ports.grpcPort, TOKEN);
  await agent.hello('fra1');
  expect(await agent.send(batchOf(1))).toMatchObject({ status: AckStatus.STORED });
  expect(await agent.send(batchOf(3, 5))).toMatchObject({ status: AckStatus.STORED });
  expect(await readiness()).toEqual({ status: 200, text: 'ready\n' });

  const ballast = join(disk, 'ballast');
  writeFileSync(ballast, Buffer.alloc(190 * 1024 * 1024));
  const acks: unknown[] = [];
  const second = agent.send(batchOf(2));
  void second.then((ack) => acks.push(ack));
  await vi.waitUntil(async () => (await readiness()).status === 503, { timeout: 60_000, interval: 50 });
  // Not as something that is wrong with the batch.
  expect((await readiness()).text).toMatch(/^batches wait: ClickHouse error 243 \(NOT_ENOUGH_SPACE\)/);
  expect(acks).toEqual([]);
  await using client = await connect(join(disk, 'data'));
  expect(await count(client, 'polls')).toBe(2);
  await client.command({ query: "ALTER TABLE polls DROP PARTITION '2026-01-02'" });
  expect(await count(client, 'polls')).toBe(1);
  // What has expired goes by itself.
  const retention = retentionOf(client, { ...KEEP_ALL, raw: 3 });
  // On record, then dropped.
  await retention.turn(AbortSignal.timeout(30_000));
  await retention.turn(AbortSignal.timeout(30_000));
  expect(await count(client, 'interface_counters')).toBe(1);

  rmSync(ballast);
  expect(await second).toMatchObject({ status: AckStatus.STORED, rows: 2n });
  await vi.waitUntil(async () => (await readiness()).status === 200, { timeout: 60_000, interval: 50 });
  expect([await count(client, 'polls'), await count(client, 'interface_counters'), await count(client, 'dead_letters')]).toEqual([
    2, 2, 0,
  ]);
});

test('a damaged part is told as such after the next start, until somebody has looked; its partition can be dropped', {
  timeout: 120_000,
}, async () => {
  await start();
  {
    await using agent = connectAgent(ports.grpcPort, TOKEN);
    await agent.hello('fra1');
    await agent.send(batchOf(1));
  }
  let parts: string[];
  {
    await using client = await connect();
    const rows = await ask(
      client,
      "SELECT path FROM system.parts WHERE active AND table = 'interface_counters'",
      z.object({ path: z.string() }),
    );
    parts = rows.map(({ path }) => path);
  }
  expect(parts).toHaveLength(1);
  await stop();
  for (const part of parts) truncateSync(join(part, 'data.bin'), 10);

  await start();
  expect(await readiness()).toMatchObject({ status: 503, text: expect.stringContaining('1 damaged parts') });
  await using client = await connect();
  await client.command({ query: "ALTER TABLE polls DROP PARTITION '2026-01-02'" });
  expect(await count(client, 'polls')).toBe(0);
  await client.command({
    query: 'ALTER TABLE interface_counters DROP DETACHED PARTITION ALL',
    clickhouse_settings: { allow_drop_detached: 1 },
  });
  expect(await readiness()).toEqual({ status: 200, text: 'ready\n' });
});

test('what is stored in one time zone and again in another is there once', { timeout: 120_000 }, async () => {
  for (const timeZone of ['Pacific/Auckland', 'UTC', 'America/Los_Angeles']) {
    await start({ timeZone });
    await using agent = connectAgent(ports.grpcPort, TOKEN);
    await agent.hello('fra1');
    expect((await agent.send(batchOf(1))).status, timeZone).toBe(AckStatus.STORED);
    await using client = await connect();
    for (const table of ['polls', 'interface_counters', 'batches'])
      expect(await count(client, table), `${table} ${timeZone}`).toBe(1);
    const days = await ask(
      client,
      'SELECT DISTINCT toString(toDate(ts)) AS day, _partition_id AS id FROM polls',
      z.object({ day: z.string(), id: z.string() }),
    );
    expect(days, timeZone).toEqual([{ day: '2026-01-02', id: '20260102' }]);
    await agent[Symbol.asyncDispose]();
    await stop();
  }
});
