/** The uplink against a real gRPC hub. Long because each rule of the protocol is a case of the same set-up. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { create, toBinary } from '@bufbuild/protobuf';
import { status } from '@grpc/grpc-js';
import { contentHash } from '@poplar/proto/batch';
import { DEFAULT_LIMITS } from '@poplar/proto/limits';
import { BatchSchema, Compression, type Hello, SkipReason } from '@poplar/proto/telemetry/v1/ingest';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createBell } from '../bell.ts';
import { createClock } from '../clock.ts';
import { createTestSpools, START_MS, sequences, type TestSpools } from '../spool/fixture.ts';
import type { OpenSpool } from '../spool/folder.ts';
import { createGrpcDialer, type GrpcHubConfig } from './grpc-hub.ts';
import { createUplinkMetrics, type UplinkMetrics } from './metrics.ts';
import { type HubScript, type ScriptedHub, startScriptedHub } from './scripted-hub.ts';
import { createUplink, type Uplink, type UplinkConfig } from './uplink.ts';

const PAYLOAD_BYTES = 1000;
const CONFIG = {
  agent: 'fra1',
  version: '1.2.3',
  drainMs: 500,
  welcomeDeadlineMs: 200,
  backlogBytesPerSecond: 2 ** 30,
  returnMs: 60_000,
};

let spools: TestSpools;
let spool: OpenSpool;
let stop: AbortController;
let metrics: UplinkMetrics;
let logged: { level: number; msg: string; suppressed?: number }[];
let hubs: ScriptedHub[];
let runs: Promise<void>[];
/** Added to the clocks, milliseconds. */
const shift = { wallMs: 0, monotonicMs: 0 };
const news = createBell();

beforeEach(async () => {
  spools = createTestSpools();
  spool = await spools.open();
  stop = new AbortController();
  metrics = createUplinkMetrics(new Registry());
  logged = [];
  shift.wallMs = 0;
  shift.monotonicMs = 0;
  hubs = [];
  runs = [];
});
afterEach(async () => {
  stop.abort();
  for (const hub of hubs) await hub[Symbol.asyncDispose]();
  await Promise.all(runs);
  await spools[Symbol.asyncDispose]();
});

async function startHub(script?: Partial<HubScript>, port?: number): Promise<ScriptedHub> {
  const hub = await startScriptedHub(script, port);
  hubs.push(hub);
  return hub;
}

function startUplink(addresses: readonly string[], config: Partial<UplinkConfig> = {}, tls?: GrpcHubConfig['tls']): Uplink {
  const clock = createClock({
    wallMs: () => Date.now() + shift.wallMs,
    monotonicMs: () => performance.now() + shift.monotonicMs,
  });
  const log = pino({ level: 'debug' }, { write: (line: string) => void logged.push(JSON.parse(line)) });
  const uplink = createUplink(
    { ...CONFIG, addresses, ...config },
    {
      dial: createGrpcDialer({ token: 'secret', tls, keepaliveMs: 300, keepaliveTimeoutMs: 300 }),
      spool,
      clock,
      news,
      random: () => 0.01,
      log,
      metrics,
    },
  );
  runs.push(uplink.run(stop.signal));
  return uplink;
}

async function append(from: number, to: number, payloadBytes = PAYLOAD_BYTES): Promise<void> {
  for (let sequence = from; sequence <= to; sequence++) {
    const payload = randomBytes(payloadBytes);
    const message = create(BatchSchema, {
      epoch: 7n,
      sequence: BigInt(sequence),
      compression: Compression.ZSTD,
      uncompressedBytes: payloadBytes * 3,
      payload,
    });
    await spool.append({
      epoch: 7n,
      sequence,
      contentHash: contentHash(payload),
      firstPollMs: START_MS,
      lastPollMs: START_MS,
      message: toBinary(BatchSchema, message),
    });
    news.ring();
  }
}

/** Slow machines are slow; what never comes fails. */
function until(condition: () => boolean | Promise<boolean>): Promise<boolean> {
  return vi.waitUntil(condition, { timeout: 20_000, interval: 10 });
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);
const empty = (): Promise<boolean> => until(() => sequences(spool).length === 0);

test('what is in the spool and what comes later reaches the hub with its bytes, and leaves the spool', async () => {
  await append(1, 5);
  const hashes: bigint[] = [];
  for (let item = spool.next(0); item !== undefined; item = spool.next(item.position)) hashes.push(item.contentHash);
  const hub = await startHub();
  startUplink([hub.address]);
  await empty();
  await append(6, 8);
  await empty();
  expect(hub.sequences()).toEqual(range(1, 8));
  expect(hub.batches.slice(0, 5).map(({ payload }) => contentHash(payload))).toEqual(hashes);
  expect((await metrics.ackedRows.get()).values).toEqual([{ labels: { status: 'stored' }, value: 8 }]);
});

test('Hello names what may have been sent before, and what the hub knows is not sent again', async () => {
  await append(1, 6);
  const hub = await startHub({ done: () => [{ epoch: 7n, first: 2, last: 4 }] });
  const first = spool.next(0);
  startUplink([hub.address]);
  await empty();
  expect(hub.sequences()).toEqual([1, 5, 6]);
  expect(hub.hellos[0]).toMatchObject({ agent: 'fra1', version: '1.2.3', pending: [{ epoch: 7n, first: 1n }] });
  expect(hub.hellos[0]?.pending[0]?.contentHashes).toHaveLength(6);
  expect(hub.hellos[0]?.pending[0]?.contentHashes[0]).toBe(first?.contentHash);
});

const named = (hello: Hello | undefined): number[] =>
  (hello?.pending ?? []).flatMap(({ first, contentHashes }) => contentHashes.map((_, index) => Number(first) + index));

test('Hello names batches in a bounded number of ranges, at both ends of what may have been sent', async () => {
  await append(1, 200);
  for (let sequence = 2; sequence <= 200; sequence += 2) spool.ack({ epoch: 7n, first: sequence, last: sequence });
  const hub = await startHub();
  startUplink([hub.address]);
  await until(() => hub.hellos.length === 1);
  expect(hub.hellos[0]?.pending).toHaveLength(64);
  expect(named(hub.hellos[0])).toEqual([...range(0, 31), ...range(68, 99)].map((index) => 2 * index + 1));
  await empty();
});

test('a hub that is too slow to welcome is asked about half as many batches each time, and about all by the next stream', async () => {
  await append(1, 16);
  const hub = await startHub({ welcomes: false });
  startUplink([hub.address]);
  await until(() => hub.hellos.length >= 6);
  expect(hub.hellos.slice(0, 6).map((hello) => named(hello).length)).toEqual([16, 8, 4, 2, 1, 0]);
  expect(hub.hellos.slice(1, 3).map(named)).toEqual([
    [1, 2, 3, 4, 5, 6, 15, 16],
    [1, 2, 3, 16],
  ]);
  hub.script.judge = () => 'hold';
  hub.script.welcomes = true;
  await until(() => hub.batches.length >= 16);
  const before = hub.hellos.length;
  hub.kill();
  const next = await startHub({}, Number(hub.address.split(':')[1]));
  await empty();
  expect(before).toBe(hub.hellos.length);
  expect(named(next.hellos[0])).toEqual(range(1, 16));
});

test('a hub that is killed half-way gets the rest from where it was, and nothing is lost', async () => {
  await append(1, 40);
  const hub = await startHub({ judge: ({ sequence }) => (sequence <= 10n ? 'ack' : 'hold') });
  startUplink([hub.address]);
  await until(() => hub.batches.length >= 30 && sequences(spool)[0] === 11);
  hub.kill();
  await append(41, 45);
  const port = Number(hub.address.split(':')[1]);
  const next = await startHub({}, port);
  await until(() => sequences(spool).length === 0);
  expect([...new Set(next.sequences())].sort((a, b) => a - b)).toEqual(range(11, 45));
  const pending = next.hellos[0]?.pending.flatMap(({ first, contentHashes }) =>
    contentHashes.map((_, index) => Number(first) + index),
  );
  expect(pending?.[0]).toBe(11);
  expect(pending).not.toContain(45);
});

test('behind an outage fresh batches go first and the backlog takes half of the window', async () => {
  await append(1, 100);
  const window = 20 * (PAYLOAD_BYTES + 40);
  const hub = await startHub({ limits: { ...DEFAULT_LIMITS, windowBytesMax: window }, judge: () => 'hold' });
  startUplink([hub.address]);
  await until(() => hub.batches.length === 10);
  await append(101, 104);
  await until(() => hub.batches.length === 14);
  expect(hub.sequences()).toEqual([...range(1, 10), ...range(101, 104)]);
  expect(hub.heldBytes).toBeLessThanOrEqual(window);
  hub.script.judge = () => 'ack';
  hub.answerHeld();
  await empty();
  expect(hub.sequences().slice(14)).toEqual(range(11, 100));
});

test('no more than the window is under way; acks in any order open it again', async () => {
  const hub = await startHub({ limits: { ...DEFAULT_LIMITS, windowBytesMax: 10 * (PAYLOAD_BYTES + 40) }, judge: () => 'hold' });
  startUplink([hub.address]);
  await until(() => hub.hellos.length === 1);
  await append(1, 25);
  await until(() => hub.batches.length === 10);
  hub.answerHeld();
  await until(() => hub.batches.length === 20);
  hub.answerHeld();
  await until(() => hub.batches.length === 25);
  hub.answerHeld();
  await empty();
  expect(hub.sequences().sort((a, b) => a - b)).toEqual(range(1, 25));
});

test('a window smaller than a batch sends one at a time instead of none', async () => {
  await append(1, 3);
  const hub = await startHub({ limits: { ...DEFAULT_LIMITS, windowBytesMax: 10 } });
  startUplink([hub.address]);
  await empty();
  expect(hub.sequences()).toEqual([1, 2, 3]);
});

test('a rejected batch is final, and those behind it go on', async () => {
  await append(1, 3);
  const hub = await startHub({ judge: ({ sequence }) => (sequence === 2n ? 'reject' : 'ack') });
  startUplink([hub.address]);
  await empty();
  expect(hub.sequences()).toEqual([1, 2, 3]);
  expect(logged.filter(({ msg }) => msg.includes('rejected a batch'))).toHaveLength(1);
});

test('behind an outage the first answers are for fresh batches, and the backlog keeps to its pace', async () => {
  const batchBytes = PAYLOAD_BYTES + 40;
  await append(1, 40);
  const hub = await startHub({ judge: () => 'hold' });
  startUplink([hub.address], { backlogBytesPerSecond: 10 * batchBytes });
  await until(() => hub.batches.length >= 10);
  await append(41, 43);
  await until(() => hub.sequences().includes(43));
  const backlog = (): number[] => hub.sequences().filter((sequence) => sequence <= 40);
  const before = backlog().length;
  // The clock of this test stands still but for what the machine takes: a second saved up and the time since.
  expect(before).toBeLessThan(40);
  hub.script.judge = () => 'ack';
  hub.answerHeld();
  expect(hub.stored[0]?.sequence).toBe(43n);
  shift.monotonicMs += 1000;
  shift.wallMs += 1000;
  news.ring();
  await until(() => backlog().length >= before + 10);
  shift.monotonicMs += 60_000;
  shift.wallMs += 60_000;
  news.ring();
  await until(() => backlog().length >= before + 20);
  await empty();
  expect(backlog()).toEqual(range(1, 40));
});

test('an agent that had to take another hub goes back to the first one when that is there again', async () => {
  const first = await startHub();
  const port = Number(first.address.split(':')[1]);
  first.kill();
  const second = await startHub();
  startUplink([first.address, second.address], { returnMs: 20 });
  await append(1, 3);
  await until(() => second.stored.length === 3);
  const again = await startHub({}, port);
  await until(() => again.hellos.length === 1);
  await append(4, 6);
  await empty();
  expect(again.sequences()).toEqual([4, 5, 6]);
  expect(second.sequences()).toEqual([1, 2, 3]);
  expect(logged.filter(({ msg }) => msg.includes('The first hub is back'))).toHaveLength(1);
});

test('a connection that went silent is noticed, and the next hub gets what was under way', async () => {
  const mute = await startHub({ judge: () => 'hold' });
  const second = await startHub();
  let deaf = false;
  const link = createServer((socket) => {
    if (deaf) return void socket.on('error', () => undefined);
    const onward = connect(Number(mute.address.split(':')[1]), '127.0.0.1');
    for (const end of [socket, onward]) end.on('error', () => undefined);
    socket.on('data', (bytes) => deaf || onward.write(bytes));
    onward.on('data', (bytes) => deaf || socket.write(bytes));
  }).listen(0, '127.0.0.1');
  await once(link, 'listening');
  const address = link.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  startUplink([`127.0.0.1:${port}`, second.address]);
  await append(1, 3);
  await until(() => mute.batches.length === 3);
  deaf = true;
  await empty();
  expect(second.sequences()).toEqual([1, 2, 3]);
  link.close();
});

test('a dead hub is passed over for the next one', async () => {
  await append(1, 2);
  const gone = await startHub();
  gone.kill();
  const hub = await startHub();
  startUplink([gone.address, hub.address]);
  await empty();
  expect(hub.sequences()).toEqual([1, 2]);
});

test('a hub that never welcomes is passed over for the next one', async () => {
  await append(1, 2);
  const mute = await startHub({ welcomes: false });
  const hub = await startHub();
  startUplink([mute.address, hub.address]);
  await empty();
  expect(mute.batches).toEqual([]);
  expect(hub.sequences()).toEqual([1, 2]);
});

test('an unknown token is one line that names hub.token; when it is accepted nothing is missing', async () => {
  await append(1, 2);
  const hub = await startHub({ token: 'another' });
  startUplink([hub.address]);
  const refusals = async (): Promise<number> =>
    (await metrics.streamEnds.get()).values.find(({ labels }) => labels['fault'] === 'unauthenticated')?.value ?? 0;
  await until(async () => (await refusals()) >= 5);
  expect(logged.filter(({ msg }) => msg.includes('set hub.token to the one it issued for agent "fra1"'))).toHaveLength(1);
  await append(3, 3);
  hub.script.token = 'secret';
  await until(() => sequences(spool).length === 0);
  expect(hub.sequences()).toEqual([1, 2, 3]);
});

test('a hub that is not there is one line that names hub.addresses', async () => {
  const gone = await startHub();
  gone.kill();
  startUplink([gone.address]);
  const failures = async (): Promise<number> =>
    (await metrics.streamEnds.get()).values.find(({ labels }) => labels['fault'] === 'unreachable')?.value ?? 0;
  await until(async () => (await failures()) >= 5);
  expect(logged.filter(({ msg }) => msg.includes('see that hub.addresses is right'))).toHaveLength(1);
});

test('a batch over the limits of the hub is never sent: it is declared as too large, and the others go', async () => {
  await append(1, 1);
  await append(2, 2, 5000);
  await append(3, 3);
  const hub = await startHub({ limits: { ...DEFAULT_LIMITS, payloadBytesMax: 2000 } });
  startUplink([hub.address]);
  await until(() => hub.skipped.length === 1);
  await empty();
  expect(hub.sequences()).toEqual([1, 3]);
  expect(hub.skipped[0]).toMatchObject({ reason: SkipReason.TOO_LARGE, range: { epoch: 7n, first: 2n, last: 2n } });
  await until(() => spool.state().skips.length === 0);
  expect(spools.quarantined()).toEqual(['0000000000000007-2.batch']);
});

test.each([
  ['refuses', status.RESOURCE_EXHAUSTED],
  ['breaks over', status.UNKNOWN],
])('a batch that every hub %s is found among those under way and given up; the innocent arrive', async (_, verdict) => {
  await append(1, 9);
  const poison = 4n;
  // Batches of this first stream are answered too late: the poison always comes before.
  const hub = await startHub({ judge: ({ sequence }) => (sequence === poison ? verdict : 'hold') });
  startUplink([hub.address]);
  await until(() => hub.hellos.length >= 4);
  hub.script.judge = ({ sequence }) => (sequence === poison ? verdict : 'ack');
  hub.answerHeld();
  await append(10, 10);
  await until(() => hub.hellos.length >= 5);
  for (let sequence = 11; hub.skipped.length === 0; sequence++) {
    const streams = hub.hellos.length;
    await append(sequence, sequence);
    await until(() => hub.stored.some((batch) => batch.sequence === BigInt(sequence)) || hub.hellos.length > streams);
  }
  await empty();
  expect(hub.skipped).toMatchObject([{ reason: SkipReason.REFUSED, range: { epoch: 7n, first: 4n, last: 4n } }]);
  const arrived = new Set(hub.stored.map(({ sequence }) => Number(sequence)));
  expect(range(1, 10).filter((sequence) => !arrived.has(sequence))).toEqual([4]);
  await until(() => spool.state().skips.length === 0);
  expect(spools.quarantined()).toEqual(['0000000000000007-4.batch']);
});

test('a hub that refuses everything convicts no batch: they arrive when it takes some', async () => {
  await append(1, 4);
  const hub = await startHub({ judge: () => status.RESOURCE_EXHAUSTED });
  startUplink([hub.address]);
  // Each is held back after three streams; the next one that is fresh is refused as well.
  for (let sequence = 5; sequence <= 7; sequence++) {
    await until(() => hub.hellos.length >= 3 * (sequence - 4) + 1);
    await append(sequence, sequence);
  }
  await until(() => hub.hellos.length >= 13);
  hub.script.judge = () => 'ack';
  await append(8, 8);
  await empty();
  expect(hub.skipped).toEqual([]);
  expect(spools.quarantined()).toEqual([]);
});

test('a hub that dies over and over blames no batch', async () => {
  await append(1, 3);
  const hub = await startHub({ judge: () => status.UNAVAILABLE });
  startUplink([hub.address]);
  await until(() => hub.hellos.length >= 8);
  hub.script.judge = () => 'ack';
  await empty();
  expect(hub.skipped).toEqual([]);
});

test('the offset of the clocks is known after the handshake', async () => {
  const hub = await startHub({ clockOffsetMs: 90_000 });
  const uplink = startUplink([hub.address]);
  expect(uplink.clockOffsetMs()).toBeUndefined();
  await until(() => uplink.clockOffsetMs() !== undefined);
  expect(Math.abs((uplink.clockOffsetMs() ?? 0) - 90_000)).toBeLessThan(100);
});

test('the time it takes to reach a hub is not taken for an offset of the clocks', async () => {
  const hub = await startHub();
  const slow = createServer((socket) => {
    const onward = connect(Number(hub.address.split(':')[1]), '127.0.0.1');
    for (const end of [socket, onward]) end.on('error', () => undefined);
    socket.pipe(onward);
    setTimeout(() => onward.pipe(socket), 600);
  }).listen(0, '127.0.0.1');
  await once(slow, 'listening');
  const address = slow.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const uplink = startUplink([`127.0.0.1:${port}`], { welcomeDeadlineMs: 10_000 });
  await until(() => uplink.clockOffsetMs() !== undefined);
  expect(Math.abs(uplink.clockOffsetMs() ?? 0)).toBeLessThan(150);
  slow.close();
});

test('the time a hub takes to answer is not taken for an offset of the clocks', async () => {
  await append(1, 1);
  const hub = await startHub({
    answeringMs: 4000,
    // It answers by the time when it is done, four seconds later: both clocks agree.
    clockOffsetMs: 4000,
    done() {
      shift.wallMs += 4000;
      shift.monotonicMs += 4000;
      return [];
    },
  });
  const uplink = startUplink([hub.address]);
  await until(() => uplink.clockOffsetMs() !== undefined);
  expect(Math.abs(uplink.clockOffsetMs() ?? Number.NaN)).toBeLessThan(150);
});

test('no offset of the clocks comes from a hub that says it took longer than its answer did', async () => {
  const hub = await startHub({ answeringMs: 4000 });
  const uplink = startUplink([hub.address]);
  await until(() => logged.some(({ msg }) => msg === 'Connected to the hub'));
  expect(uplink.clockOffsetMs()).toBeUndefined();
});

test('an offset that the handshake did not tell is measured by another one', async () => {
  const hub = await startHub({
    done() {
      if (hub.hellos.length > 1) return [];
      shift.wallMs += 1500;
      shift.monotonicMs += 1500;
      return [];
    },
  });
  const uplink = startUplink([hub.address]);
  await until(() => logged.some(({ msg }) => msg === 'Connected to the hub'));
  expect(uplink.clockOffsetMs()).toBeUndefined();
  shift.wallMs += 60_000;
  shift.monotonicMs += 60_000;
  await until(() => uplink.clockOffsetMs() !== undefined);
  expect(hub.hellos).toHaveLength(2);
  expect(logged.filter(({ msg }) => msg.startsWith("The clock's offset"))).toHaveLength(1);
});

test.each([
  ['takes longer than a second', 1500, 1500],
  ['is overtaken by a step of the clock', 3600_000, 0],
])('no offset of the clocks comes from a handshake that %s', async (_, wallMs, monotonicMs) => {
  await append(1, 1);
  const hub = await startHub({
    done() {
      shift.wallMs += wallMs;
      shift.monotonicMs += monotonicMs;
      return [];
    },
  });
  const uplink = startUplink([hub.address]);
  await empty();
  expect(uplink.clockOffsetMs()).toBeUndefined();
  expect(logged.filter(({ msg }) => msg === 'Connected to the hub')).toHaveLength(1);
});

test.each([3_600_000, -3_600_000])(
  'a step of the clock by %d ms has its offset measured anew, and sends nothing twice',
  async (stepMs) => {
    const hub = await startHub();
    const uplink = startUplink([hub.address]);
    await until(() => uplink.clockOffsetMs() !== undefined);
    await append(1, 3);
    shift.wallMs = stepMs;
    expect(uplink.clockOffsetMs()).toBeUndefined();
    await append(4, 6);
    await until(() => uplink.clockOffsetMs() !== undefined);
    expect(Math.abs((uplink.clockOffsetMs() ?? 0) + stepMs)).toBeLessThan(150);
    await append(7, 8);
    await empty();
    expect(hub.sequences()).toEqual(range(1, 8));
    expect(hub.hellos).toHaveLength(2);
    expect(logged.filter(({ msg }) => msg.startsWith('The clock stepped'))).toHaveLength(1);
  },
);

test('a limit that the hub leaves out is the default one', async () => {
  await append(1, 3);
  const hub = await startHub({ limits: { payloadBytesMax: 0, uncompressedBytesMax: 0, windowBytesMax: 0 }, judge: () => 'hold' });
  startUplink([hub.address]);
  await until(() => hub.batches.length === 3);
  expect(spool.state().skips).toEqual([]);
});

test('a stopping agent sends its last batch and waits for the answer', async () => {
  const hub = await startHub({ judge: () => 'hold' });
  startUplink([hub.address], { drainMs: 60_000 });
  await until(async () => (await metrics.connected.get()).values[0]?.value === 1);
  await append(1, 1);
  stop.abort();
  await until(() => hub.batches.length === 1);
  hub.answerHeld();
  await Promise.all(runs);
  expect(sequences(spool)).toEqual([]);
});

test('a stopping agent leaves the backlog for its next run', async () => {
  await append(1, 100);
  const hub = await startHub({ limits: { ...DEFAULT_LIMITS, windowBytesMax: 5000 }, judge: () => 'hold' });
  startUplink([hub.address], { drainMs: 60_000 });
  await until(() => hub.batches.length > 0);
  stop.abort();
  hub.script.judge = () => 'ack';
  hub.answerHeld();
  await Promise.all(runs);
  expect(sequences(spool).length).toBeGreaterThan(90);
});

test('a stopping agent waits no longer than it may for a hub that does not answer', async () => {
  const hub = await startHub({ judge: () => 'hold' });
  startUplink([hub.address], { drainMs: 50 });
  await append(1, 1);
  await until(() => hub.batches.length === 1);
  stop.abort();
  await Promise.all(runs);
  expect(sequences(spool)).toEqual([1]);
});

test('a stopping agent without a hub ends at once', async () => {
  await append(1, 1);
  const gone = await startHub();
  gone.kill();
  startUplink([gone.address], { drainMs: 60_000 });
  await until(async () => (await metrics.streamEnds.get()).values.length > 0);
  stop.abort();
  await Promise.all(runs);
  expect(sequences(spool)).toEqual([1]);
});

const TLS = join(import.meta.dirname, '../../testdata/tls');
const certificate = { cert: readFileSync(join(TLS, 'hub.pem')), key: readFileSync(join(TLS, 'hub-key.pem')) };
const authority = readFileSync(join(TLS, 'ca.pem'));

test('a hub is reached over TLS by its address, checked by the name in its certificate', async () => {
  await append(1, 1);
  const hub = await startHub({ tls: certificate });
  startUplink([hub.address], {}, { ca: authority, serverName: 'poplar-hub' });
  await empty();
  expect(hub.sequences()).toEqual([1]);
});

test.each([
  ['another name than the expected one', { ca: authority, serverName: 'another-hub' }],
  ['an authority that is not trusted', { ca: undefined, serverName: 'poplar-hub' }],
])('a hub with %s gets neither token nor batch', async (_, tls) => {
  await append(1, 1);
  const hub = await startHub({ tls: certificate });
  startUplink([hub.address], {}, tls);
  await until(() => logged.some(({ msg }) => msg.includes('hub.tls fits it')));
  expect(hub.hellos).toEqual([]);
});
