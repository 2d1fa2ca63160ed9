import { fromBinary } from '@bufbuild/protobuf';
import { contentHash, type OpenBatch, openBatch } from '@poplar/proto/batch';
import { readColumn } from '@poplar/proto/columns';
import { DEFAULT_LIMITS } from '@poplar/proto/limits';
import { BatchSchema } from '@poplar/proto/telemetry/v1/ingest';
import { PollOutcome } from '@poplar/proto/telemetry/v1/payload';
import { sampleRows } from '@poplar/proto/testing';
import { validateBatch } from '@poplar/proto/validate';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createClock } from '../clock.ts';
import type { Visit } from '../poller/visit.ts';
import { createTestSpools, type TestSpools, waiting } from '../spool/fixture.ts';
import type { OpenSpool } from '../spool/folder.ts';
import { type Batcher, type BatcherConfig, createBatcher } from './batcher.ts';
import { type BatchMetrics, createBatchMetrics } from './metrics.ts';

const NOW_MS = 1_750_000_000_000;

let spools: TestSpools;
let spool: OpenSpool;
let metrics: BatchMetrics;
let stop: AbortController;
/** Added to the wall clock, milliseconds. */
let stepMs = 0;

beforeEach(async () => {
  spools = createTestSpools();
  spool = await spools.open();
  metrics = createBatchMetrics(new Registry());
  stop = new AbortController();
  stepMs = 0;
});
afterEach(() => spools[Symbol.asyncDispose]());

const clock = createClock({ wallMs: () => NOW_MS + stepMs + performance.now(), monotonicMs: () => performance.now() });

function start(config: Partial<BatcherConfig> = {}, clockOffsetMs?: number): Batcher {
  return createBatcher(
    { agent: 'fra1', epoch: 77n, ageMaxMs: 60_000, bytesMax: 2 ** 20, waitingBytesMax: 2 ** 23, retryMs: 5, ...config },
    { clock, spool, log: pino({ level: 'silent' }), metrics, clockOffsetMs: () => clockOffsetMs },
  );
}

function visit(router: string, tsMs = Math.floor(clock.nowMs()), interfaces = 1): Visit {
  return {
    poll: {
      site: 'fra1',
      router,
      tsMs,
      outcome: PollOutcome.OK,
      error: '',
      durationUs: 1000,
      baseline: 77n,
      intervalMs: 10_000,
      collapsedRows: 0,
      parseErrors: 0,
      answeredCollectors: 0n,
      address: '127.72.0.1:8728',
    },
    rows: {
      ...sampleRows(),
      identities: Array.from({ length: interfaces }, () => ({ identity: router })),
    },
  };
}

async function stored(): Promise<OpenBatch[]> {
  const batches: OpenBatch[] = [];
  for (const item of waiting(spool)) {
    const message = fromBinary(BatchSchema, (await spool.read(item)) ?? new Uint8Array());
    expect(contentHash(message.payload)).toBe(item.contentHash);
    const open = openBatch(message, DEFAULT_LIMITS);
    expect(validateBatch(open)).toBeUndefined();
    batches.push(open);
  }
  return batches;
}

function pollNumbers({ families: { polls } }: OpenBatch): number[] {
  const read = readColumn(polls, 'poll_number');
  return Array.from({ length: polls.rows }, (_, row) => Number(read(row)));
}

async function dropped(reason: string): Promise<number> {
  return (await metrics.droppedPolls.get()).values.find(({ labels }) => labels['reason'] === reason)?.value ?? 0;
}

/** Slow machines are slow; what never comes fails. */
function until(condition: () => boolean | Promise<boolean>): Promise<boolean> {
  return vi.waitUntil(condition, { timeout: 20_000, interval: 5 });
}

async function finish(batcher: Batcher): Promise<OpenBatch[]> {
  stop.abort();
  await batcher.run(stop.signal);
  return await stored();
}

test('what was added is sealed when the agent stops: valid, numbered, with its identity', async () => {
  const batcher = start({}, 12.4);
  for (const router of ['r1', 'r2', 'r3']) batcher.add(visit(router));
  const [batch, ...others] = await finish(batcher);
  expect(others).toEqual([]);
  expect(batch).toMatchObject({ agent: 'fra1', epoch: 77n, sequence: 1, clockOffsetMs: 12 });
  expect(batch && pollNumbers(batch)).toEqual([1, 2, 3]);
});

test('a batch is sealed when its first poll is old enough', async () => {
  const batcher = start({ ageMaxMs: 20 });
  const run = batcher.run(stop.signal);
  batcher.add(visit('r1'));
  await until(() => waiting(spool).length === 1);
  batcher.add(visit('r2'));
  await until(() => waiting(spool).length === 2);
  stop.abort();
  await run;
  expect((await stored()).map(({ sequence }) => sequence)).toEqual([1, 2]);
});

test('a batch is sealed when it is large enough, and numbers go on over batches', async () => {
  const batcher = start({ bytesMax: 500 });
  const run = batcher.run(stop.signal);
  for (let poll = 0; poll < 30; poll++) batcher.add(visit(`router-${poll % 7}`));
  await until(() => waiting(spool).length > 3);
  stop.abort();
  await run;
  const batches = await stored();
  expect(batches.map(({ sequence }) => sequence)).toEqual(batches.map((_, index) => index + 1));
  expect(batches.flatMap(pollNumbers)).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
});

test('a poll that is larger than a batch gets one of its own: what becomes of it happens to no other', async () => {
  const batcher = start({ bytesMax: 2000 });
  batcher.add(visit('r1'));
  const huge = visit('r2');
  const identities = Array.from({ length: 50 }, (_, index) => ({ identity: `${index}`.repeat(200) }));
  batcher.add({ ...huge, rows: { ...huge.rows, identities } });
  batcher.add(visit('r3'));
  expect((await finish(batcher)).map(pollNumbers)).toEqual([[1], [2], [3]]);
});

test('nothing is sealed when nothing was polled', async () => {
  expect(await finish(start())).toEqual([]);
});

test('a poll with a value that fits no column is counted and leaves a hole; its batch is whole', async () => {
  const batcher = start();
  batcher.add(visit('r1'));
  const bad = visit('r2');
  batcher.add({ ...bad, poll: { ...bad.poll, durationUs: -5 } });
  batcher.add(visit('r3'));
  const [batch] = await finish(batcher);
  expect(batch && pollNumbers(batch)).toEqual([1, 3]);
  expect(await dropped('invalid')).toBe(1);
});

test('a poll from before the clock was set is counted and not sent: it would spoil its batch', async () => {
  const batcher = start();
  batcher.add(visit('r1', 1000));
  batcher.add(visit('r2', Math.floor(clock.nowMs()) - 3 * 3600_000));
  batcher.add(visit('r3'));
  const [batch] = await finish(batcher);
  expect(batch && pollNumbers(batch)).toEqual([3]);
  expect(await dropped('clock')).toBe(2);
});

test.each([2 * 24 * 3600_000, -2 * 24 * 3600_000])(
  'polls from before and behind a step of the clock by %d ms are sealed apart, both valid',
  async (step) => {
    const batcher = start();
    batcher.add(visit('r1'));
    stepMs = step;
    batcher.add(visit('r1'));
    const batches = await finish(batcher);
    expect(batches.map(pollNumbers)).toEqual([[1], [2]]);
    const [before, behind] = batches.map(({ sealedAtMs }) => sealedAtMs);
    expect(Math.abs((behind ?? 0) - (before ?? 0) - step)).toBeLessThan(1000);
  },
);

test('a clock step behind the last poll does not spoil the batch that is open', async () => {
  const batcher = start();
  batcher.add(visit('r1'));
  stepMs = -3 * 3600_000;
  expect(await finish(batcher)).toHaveLength(1);
});

test('while the disk refuses, the same bytes are tried again; when it takes them nothing is missing', async () => {
  const batcher = start({ ageMaxMs: 1 });
  spools.disk.fault = 'ENOSPC';
  const run = batcher.run(stop.signal);
  batcher.add(visit('r1'));
  const failures = async (): Promise<number> => (await spools.metrics.writeFailures.get()).values[0]?.value ?? 0;
  await until(async () => (await failures()) >= 3);
  batcher.add(visit('r2'));
  spools.disk.fault = undefined;
  await until(() => waiting(spool).length === 2);
  stop.abort();
  await run;
  expect((await stored()).map((batch) => [batch.sequence, pollNumbers(batch)])).toEqual([
    [1, [1]],
    [2, [2]],
  ]);
  expect(await dropped('spool')).toBe(0);
});

test('a disk that stays full costs the oldest polls in memory, counted, as holes; sequences have none', async () => {
  const batcher = start({ bytesMax: 1, waitingBytesMax: 500 });
  spools.disk.fault = 'ENOSPC';
  const run = batcher.run(stop.signal);
  batcher.add(visit('r1'));
  const failures = async (): Promise<number> => (await spools.metrics.writeFailures.get()).values[0]?.value ?? 0;
  await until(async () => (await failures()) > 0);
  for (let poll = 2; poll <= 10; poll++) batcher.add(visit('r1', Math.floor(clock.nowMs()) + poll));
  spools.disk.fault = undefined;
  await until(async () => waiting(spool).length + (await dropped('spool')) === 10);
  stop.abort();
  await run;
  const batches = await stored();
  expect(batches.map(({ sequence }) => sequence)).toEqual(batches.map((_, index) => index + 1));
  const kept = batches.flatMap(pollNumbers);
  expect(kept.length).toBeLessThan(10);
  expect(kept).toEqual([1, ...[2, 3, 4, 5, 6, 7, 8, 9, 10].slice(1 - kept.length)]);
});

test('an agent that stops on a full disk ends, and counts what it loses', async () => {
  const batcher = start();
  spools.disk.fault = 'ENOSPC';
  batcher.add(visit('r1'));
  expect(await finish(batcher)).toEqual([]);
  expect(await dropped('spool')).toBe(1);
});
