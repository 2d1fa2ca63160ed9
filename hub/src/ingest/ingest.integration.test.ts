import { readFileSync } from 'node:fs';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { status } from '@grpc/grpc-js';
import { contentHash, sealBatch } from '@poplar/proto/batch';
import { createBatchBuilder } from '@poplar/proto/builder';
import { DEFAULT_LIMITS } from '@poplar/proto/limits';
import { AckStatus, type Batch, BatchSchema, SkipReason } from '@poplar/proto/telemetry/v1/ingest';
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
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate } from '../clickhouse/migrate.ts';
import { startTestEngine, type TestEngine } from '../clickhouse/testing.ts';
import { connectAgent, startIngest } from './testing.ts';

const TOKEN = 'the-token-of-fra1';
const log = pino({ level: 'silent' });
const MIGRATIONS = new URL('../../clickhouse/migrations', import.meta.url).pathname;
let engine: TestEngine;

beforeAll(async () => {
  engine = await startTestEngine();
  await migrate(engine.client, { database: engine.database, folder: MIGRATIONS, log });
});
afterAll(() => engine[Symbol.asyncDispose]());

const startHub = () => startIngest(engine.client, TOKEN);

function sampleBatch(sequence: number, epoch = SAMPLE_IDENTITY.epoch): Batch {
  const builder = createBatchBuilder();
  const tsMs = Number(samplePoll().tsMs) + sequence * 1000;
  builder.add(
    samplePoll({ tsMs, pollNumber: 2 * sequence - 1 }),
    sampleRows({
      interfaces: [sampleInterface(), sampleInterface({ interface: 'bridge', mac: undefined, generation: 3 })],
      devices: [sampleDevice()],
    }),
  );
  builder.add(
    samplePoll({ tsMs, router: 'r0002', pollNumber: 2 * sequence }),
    sampleRows({
      radioClients: [sampleRadioClient()],
      identities: [{ identity: 'gw' }],
      sensors: [sampleSensor(), sampleSensor({ sensor: 'psu1-state', value: undefined, unit: '', state: 'fail' })],
      boards: [sampleBoard()],
      cpuCores: [{ cpu: 'cpu0', loadPct: 7, irqPct: undefined, diskPct: 0 }],
      packages: [{ package: 'routeros', version: '6.49.18', disabled: false, available: undefined }],
      packageUpdates: [{ channel: 'stable', installedVersion: '6.49.18', latestVersion: '', status: '' }],
    }),
  );
  return sealBatch(builder, { ...SAMPLE_IDENTITY, epoch, sequence, sealedAtMs: tsMs + 1000 });
}

async function rows(query: string): Promise<unknown[]> {
  const result = await engine.client.query({ query, format: 'JSONEachRow' });
  return await result.json();
}

describe('ingest', () => {
  it('acks a batch as stored when every one of its rows can be read', async () => {
    await using hub = await startHub();
    await using agent = connectAgent(hub.port, TOKEN);
    const welcome = await agent.hello('fra1');
    expect(welcome.limits?.payloadBytesMax).toBe(DEFAULT_LIMITS.payloadBytesMax);
    const ack = await agent.send(sampleBatch(1, 11n));
    expect(ack).toMatchObject({ status: AckStatus.STORED, rows: 13n, range: { epoch: 11n, first: 1n, last: 1n } });
    expect(
      await rows(
        `SELECT router, interface, mac, baseline, rx_bytes, tx_bytes, tx_queue_drops FROM interface_counters FINAL ORDER BY interface`,
      ),
    ).toEqual([
      {
        router: 'r0001',
        interface: 'bridge',
        mac: null,
        baseline: '18446744073709551603',
        rx_bytes: '38784330741',
        tx_bytes: '18446744073709551615',
        tx_queue_drops: null,
      },
      {
        router: 'r0001',
        interface: 'ether1',
        mac: '2199023255553',
        baseline: '18446744073709551600',
        rx_bytes: '38784330741',
        tx_bytes: '18446744073709551615',
        tx_queue_drops: null,
      },
    ]);
    expect(
      await rows(
        `SELECT state, polls, interface_rows, device_rows, identity_rows, radio_client_rows, clock_offset_ms,
          sensor_rows, board_rows, cpu_core_rows, package_rows, package_update_rows FROM batches FINAL WHERE epoch = 11`,
      ),
    ).toEqual([
      {
        state: 2,
        polls: 2,
        interface_rows: 2,
        device_rows: 1,
        identity_rows: 1,
        radio_client_rows: 1,
        clock_offset_ms: '-12',
        sensor_rows: 2,
        board_rows: 1,
        cpu_core_rows: 1,
        package_rows: 1,
        package_update_rows: 1,
      },
    ]);
    expect(await rows(`SELECT router, sensor, value, unit, state FROM sensors FINAL ORDER BY sensor`)).toEqual([
      { router: 'r0002', sensor: 'psu1-state', value: null, unit: '', state: 'fail' },
      { router: 'r0002', sensor: 'voltage', value: 24.1, unit: 'V', state: '' },
    ]);
    expect(await rows(`SELECT routerboard, serial, revision, current_firmware, upgrade_firmware FROM boards FINAL`)).toEqual([
      { routerboard: 1, serial: 'HP000000001', revision: 'r2', current_firmware: '6.49.10', upgrade_firmware: '6.49.18' },
    ]);
    expect(await rows(`SELECT cpu, load_pct, irq_pct, disk_pct FROM cpu_cores FINAL`)).toEqual([
      { cpu: 'cpu0', load_pct: 7, irq_pct: null, disk_pct: 0 },
    ]);
    expect(await rows(`SELECT package, version, disabled, available FROM packages FINAL`)).toEqual([
      { package: 'routeros', version: '6.49.18', disabled: 0, available: null },
    ]);
    expect(await rows(`SELECT channel, installed_version, latest_version, status FROM package_updates FINAL`)).toEqual([
      { channel: 'stable', installed_version: '6.49.18', latest_version: '', status: '' },
    ]);
    expect(
      await rows(`SELECT outcome, error, duration_us, poll_number FROM polls FINAL WHERE epoch = 11 ORDER BY router`),
    ).toEqual([
      { outcome: 'ok', error: '', duration_us: 4321, poll_number: '1' },
      { outcome: 'ok', error: '', duration_us: 4321, poll_number: '2' },
    ]);
  });

  it('stores what an agent of the first release left in its spool, among batches of this one', async () => {
    await using hub = await startHub();
    await using agent = connectAgent(hub.port, TOKEN);
    await agent.hello('fra1');
    const golden = fromBinary(BatchSchema, readFileSync(new URL('../../../proto/testdata/batch-v1.binpb', import.meta.url)));
    const acks = await Promise.all([agent.send(golden), agent.send(sampleBatch(8, 13n))]);
    expect(acks.map(({ status, rows }) => [status, rows])).toEqual([
      [AckStatus.STORED, 7n],
      [AckStatus.STORED, 13n],
    ]);
    const counted = `sum(interface_rows) AS interfaces, sum(sensor_rows) AS sensors, sum(board_rows) AS boards`;
    for (const table of ['polls', 'batches'])
      expect(await rows(`SELECT ${counted} FROM ${table} FINAL WHERE epoch = ${golden.epoch}`), table).toEqual([
        { interfaces: '2', sensors: '0', boards: '0' },
      ]);
    expect(await rows(`SELECT sum(sensor_rows) AS sensors FROM polls FINAL WHERE epoch = 13`)).toEqual([{ sensors: '2' }]);
  });

  it('changes no answer when batches come twice, in another order and through another hub', async () => {
    const batches = [1, 2, 3, 4].map((sequence) => sampleBatch(sequence, 12n));
    const state = async () => ({
      interfaces: await rows('SELECT * FROM interface_counters FINAL ORDER BY ALL'),
      devices: await rows('SELECT * FROM device_resources FINAL ORDER BY ALL'),
      clients: await rows('SELECT * FROM radio_clients FINAL ORDER BY ALL'),
      sensors: await rows('SELECT * FROM sensors FINAL ORDER BY ALL'),
      boards: await rows('SELECT * FROM boards FINAL ORDER BY ALL'),
      polls: await rows('SELECT * FROM polls FINAL ORDER BY ALL'),
      latest: await rows('SELECT * FROM polls_latest FINAL ORDER BY ALL'),
    });
    let first: Awaited<ReturnType<typeof state>>;
    {
      await using hub = await startHub();
      await using agent = connectAgent(hub.port, TOKEN);
      await agent.hello('fra1');
      for (const batch of batches) expect((await agent.send(batch)).status).toBe(AckStatus.STORED);
      for (const batch of batches) expect((await agent.send(batch)).status).toBe(AckStatus.DUPLICATE);
      first = await state();
    }
    await using other = await startHub();
    await using agent = connectAgent(other.port, TOKEN);
    await agent.hello('fra1');
    const acks = await Promise.all(batches.toReversed().map((batch) => agent.send(batch)));
    expect(acks.map((ack) => ack.status)).toEqual(Array(4).fill(AckStatus.STORED));
    expect(await state()).toEqual(first);
  });

  it('tells a returning agent which of its batches are final with the same bytes', async () => {
    const epoch = 13n;
    const batches = [1, 2, 3, 4, 5].map((sequence) => sampleBatch(sequence, epoch));
    await using hub = await startHub();
    {
      await using agent = connectAgent(hub.port, TOKEN);
      await agent.hello('fra1');
      for (const index of [0, 1, 3]) await agent.send(batches[index] ?? sampleBatch(1));
      expect((await agent.skip({ epoch, first: 5n, last: 6n }, SkipReason.SPOOL_FULL)).status).toBe(AckStatus.SKIPPED);
    }
    await using agent = connectAgent(hub.port, TOKEN);
    const hashes = batches.map((batch) => contentHash(batch.payload));
    const welcome = await agent.hello('fra1', [
      { epoch, first: 1n, contentHashes: hashes },
      { epoch: 99n, first: 1n, contentHashes: [1n] },
      // The same sequence with other bytes, as a restored snapshot makes them, is not final.
      { epoch, first: 2n, contentHashes: [12345n] },
    ]);
    expect(welcome.done.map(({ epoch, first, last }) => ({ epoch, first, last }))).toEqual([
      { epoch, first: 1n, last: 2n },
      { epoch, first: 4n, last: 4n },
    ]);
    expect(
      await rows(`SELECT sequence, state, reason FROM batches FINAL WHERE epoch = 13 AND state = 0 ORDER BY sequence`),
    ).toEqual([
      { sequence: '5', state: 0, reason: 'spool_full' },
      { sequence: '6', state: 0, reason: 'spool_full' },
    ]);
  });

  it('rejects what can never be stored, keeps its bytes, and goes on', async () => {
    await using hub = await startHub();
    await using agent = connectAgent(hub.port, TOKEN);
    await agent.hello('fra1');
    const broken = { ...sampleBatch(1, 14n), payload: Uint8Array.of(1, 2, 3) };
    const foreign = sealBatch(builderOfOtherAgent(), { ...SAMPLE_IDENTITY, agent: 'lon1', epoch: 14n, sequence: 2 });
    expect(await agent.send(broken)).toMatchObject({
      status: AckStatus.REJECTED,
      reason: expect.stringContaining('does not decompress'),
    });
    expect(await agent.send(foreign)).toMatchObject({
      status: AckStatus.REJECTED,
      reason: expect.stringContaining('sealed by agent "lon1"'),
    });
    expect((await agent.send(sampleBatch(3, 14n))).status).toBe(AckStatus.STORED);
    expect(await rows(`SELECT sequence, state FROM batches FINAL WHERE epoch = 14 ORDER BY sequence`)).toEqual([
      { sequence: '1', state: 1 },
      { sequence: '2', state: 1 },
      { sequence: '3', state: 2 },
    ]);
    const [letter] = await rows(
      `SELECT base64Encode(message) AS message, reason FROM dead_letters FINAL WHERE epoch = 14 AND sequence = 1`,
    );
    const kept = fromBinary(BatchSchema, Buffer.from(textOf(letter, 'message'), 'base64'));
    expect(Buffer.from(toBinary(BatchSchema, kept))).toEqual(Buffer.from(toBinary(BatchSchema, broken)));
  });

  it('refuses streams that it must not serve, and says why', async () => {
    await using hub = await startHub();
    const ending = async (token: string, run: (agent: ReturnType<typeof connectAgent>) => Promise<unknown>) => {
      await using agent = connectAgent(hub.port, token);
      run(agent).catch(() => {});
      return await agent.ended;
    };
    expect(await ending('wrong', (agent) => agent.hello('fra1'))).toMatchObject({ code: status.UNAUTHENTICATED });
    expect(await ending(TOKEN, (agent) => agent.hello('lon1'))).toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: expect.stringContaining('the token belongs to agent "fra1"'),
    });
    expect(await ending(TOKEN, (agent) => agent.send(sampleBatch(1)))).toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: expect.stringContaining('must be Hello'),
    });
    const tooLarge = { ...sampleBatch(1), uncompressedBytes: DEFAULT_LIMITS.uncompressedBytesMax + 1 };
    expect(await ending(TOKEN, (agent) => agent.hello('fra1').then(() => agent.send(tooLarge)))).toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: expect.stringContaining('over the limit'),
    });
  });
});

function builderOfOtherAgent() {
  const builder = createBatchBuilder();
  builder.add(samplePoll(), sampleRows());
  return builder;
}

function textOf(row: unknown, key: string): string {
  if (typeof row !== 'object' || row === null || !(key in row)) throw new Error(`no ${key} in ${JSON.stringify(row)}`);
  return String(Reflect.get(row, key));
}
