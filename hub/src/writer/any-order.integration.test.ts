/** The same batches in any order, chunking and number, over one hub or two, are the same store: every table, view and answer of it. */
import { openBatch, sealBatch } from '@poplar/proto/batch';
import { createBatchBuilder } from '@poplar/proto/builder';
import { DEFAULT_LIMITS } from '@poplar/proto/limits';
import { PollOutcome } from '@poplar/proto/telemetry/v1/payload';
import {
  sampleBoard,
  sampleDevice,
  sampleInterface,
  samplePoll,
  sampleRadioClient,
  sampleRows,
  sampleSensor,
} from '@poplar/proto/testing';
import fc from 'fast-check';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SILENT, startTestStore, type TestStore } from '../api/testing.ts';
import { readWholeStore } from '../api/whole-store.ts';
import { createClickHouse } from '../clickhouse/client.ts';
import { startTestEngine, type TestEngine } from '../clickhouse/testing.ts';
import { DERIVATIONS } from '../events/derivations/all.ts';
import { makeAll, testEvents } from '../events/testing.ts';
import { rebuild } from '../rollup/rebuild.ts';
import { createRollupStore } from '../rollup/store.ts';
import { createSampleStore } from '../store/sample-store.ts';
import { createInsertion, mergeAll } from './insertion.ts';
import { createWriterMetrics } from './metrics.ts';
import { type Arrival, rejectedRecord, storedRecord } from './record.ts';
import type { BatchRecord } from './store.ts';

const NOW = Date.UTC(2026, 0, 1, 12, 0, 3);
const STEP = 10_000;
const never = new AbortController().signal;
/** Time of the poll that was due `back` intervals before the newest one. */
const at = (back: number): number => NOW - 3000 - back * STEP;

let engine: TestEngine;
let store: TestStore;
beforeAll(async () => {
  engine = await startTestEngine();
  store = await startTestStore(engine);
});
afterAll(() => store[Symbol.asyncDispose]());

/** A run of an agent: its batches are numbered from 1, and so are its polls, of which some may be lost. */
interface Run {
  readonly agent: string;
  readonly epoch: bigint;
  readonly startedMs: number;
  /** Per batch: how many intervals ago its polls were. */
  readonly batches: readonly (readonly number[])[];
  readonly lost?: number;
  /** Tells its values from those of other runs. */
  readonly shade: number;
}

const RUNS: readonly Run[] = [
  { agent: 'fra1', epoch: 11n, startedMs: at(30), batches: [[9, 8], [7, 6], [5]], shade: 0 },
  // Polls the moments of the run before once more, as after a clock that was set back: the later start outranks it.
  {
    agent: 'fra1',
    epoch: 12n,
    startedMs: at(20),
    batches: [
      [8, 7],
      [6, 2],
      [1, 0],
    ],
    lost: 3,
    shade: 1,
  },
  // Another agent on the same routers at the same moments, with the same ranks.
  {
    agent: 'fra2',
    epoch: 13n,
    startedMs: at(20),
    batches: [
      [7, 6],
      [1, 0],
    ],
    shade: 2,
  },
];

function arrivalsOf({ agent, epoch, startedMs, batches, lost, shade }: Run): Omit<Arrival, 'receivedAtMs'>[] {
  let pollNumber = 0;
  return batches.map((moments, index) => {
    const builder = createBatchBuilder();
    for (const back of moments) {
      for (const router of ['r1', 'r2']) {
        pollNumber++;
        if (pollNumber === lost) continue;
        const failed = router === 'r2' && back > 3 && shade < 2;
        const moved = (10 - back) * 1_000_000 + shade * 500_000;
        builder.add(
          samplePoll({
            router,
            pollNumber,
            tsMs: at(back),
            baseline: epoch,
            answeredCollectors: failed ? 0n : 0xffffn,
            ...(failed ? { outcome: PollOutcome.TIMEOUT, error: `silent ${shade}` } : {}),
          }),
          failed
            ? sampleRows()
            : sampleRows({
                interfaces: [sampleInterface({ rxBytes: moved, txBytes: back % 3 === shade ? undefined : moved })],
                devices: [sampleDevice({ cpuLoadPct: back % 2 === 0 ? undefined : 10 * shade + back })],
                identities: [{ identity: `${router} ${shade}` }],
                radioClients: [sampleRadioClient({ signalDbm: -50 - shade - back })],
                sensors: [sampleSensor({ value: 20 + shade })],
                boards: [sampleBoard({ serial: `HP00000000${shade}` })],
              }),
        );
      }
    }
    const sealedAtMs = at(Math.min(...moments)) + 900;
    const clockOffsetMs = 10 * shade + index;
    const batch = sealBatch(builder, {
      agent,
      epoch,
      sequence: index + 1,
      epochStartedAtMs: startedMs,
      sealedAtMs,
      clockOffsetMs,
    });
    const open = openBatch(batch, DEFAULT_LIMITS);
    return { open, contentHash: epoch * 100n + BigInt(index), payloadBytes: batch.payload.length };
  });
}

/** What a hub puts on record: the rows of a batch and its fate, or a fate alone. */
type Delivery = { readonly arrival?: Arrival; readonly record: BatchRecord };

const FIRST: readonly Delivery[] = RUNS.flatMap(arrivalsOf).flatMap((batch, index) => {
  const arrival = { ...batch, receivedAtMs: at(0) + 1000 + index };
  const stored = { arrival, record: storedRecord(arrival, arrival.receivedAtMs + 5) };
  const { agent, epoch, sequence } = batch.open;
  const letter = {
    agent,
    epoch,
    sequence,
    contentHash: batch.contentHash,
    reason: 'refused',
    message: new Uint8Array(),
    payloadBytes: 1,
  };
  const rejected = { record: rejectedRecord({ ...letter, receivedAtMs: at(1) }, at(1)) };
  const skipped = {
    record: { ...rejected.record, state: 'skipped' as const, reason: 'spool_full', contentHash: 0n, sealedAtMs: at(3) },
  };
  // Some were given up or rejected as well, as another hub or an earlier day had it; one was never stored.
  if (index === 1) return [stored, skipped];
  if (index === 4) return [stored, rejected, skipped];
  if (index === 2) return [skipped];
  return [stored];
});

/** The same again, a while later. */
function again({ arrival, record }: Delivery, laterMs: number): Delivery {
  const later = { ...record, receivedAtMs: record.receivedAtMs + laterMs, storedAtMs: record.storedAtMs + laterMs };
  return arrival === undefined ? { record: later } : { arrival, record: later };
}

/** Delivers in this order through one hub: so many at a time. */
async function deliver(deliveries: readonly Delivery[], size: number): Promise<void> {
  await using client = createClickHouse(engine);
  const samples = createSampleStore(client);
  const metrics = createWriterMetrics(new Registry());
  const insertion = createInsertion({ retryMs: 20 }, { store: samples, nowMs: () => NOW, log: SILENT, metrics });
  for (let from = 0; from < deliveries.length; from += size) {
    const chunk = deliveries.slice(from, from + size);
    const opened = chunk.flatMap(({ arrival }) => (arrival === undefined ? [] : [arrival.open]));
    await insertion.storeRows(mergeAll(insertion, opened), () => chunk.map(({ record }) => record), never);
  }
}

/** Makes the rollups and events of all that is stored. */
async function derive(): Promise<void> {
  await makeAll(testEvents(store, DERIVATIONS, NOW));
  const rollups = createRollupStore(engine.client, engine.database);
  await rebuild(rollups, { site: undefined, fromMs: 0, toMs: NOW }, () => {}, never);
}

it('are the same whatever the order, the repetitions, the chunks and the hubs, merged or not', { timeout: 170_000 }, async () => {
  await deliver(FIRST, 1);
  await derive();
  const expected = await readWholeStore(store, NOW);
  expect(expected['table batches']).toHaveLength(8);
  expect(expected['view gaps']).not.toEqual([]);
  expect(expected['table interface_rollup_5m']).not.toEqual([]);
  expect(expected['table events']).not.toEqual([]);
  const plan = fc.record({
    order: fc.shuffledSubarray(
      [...FIRST, ...FIRST.map((delivery) => again(delivery, 7000)), ...FIRST.map((delivery) => again(delivery, 60_000))],
      {
        minLength: 3 * FIRST.length,
      },
    ),
    size: fc.integer({ min: 1, max: 12 }),
    otherSize: fc.integer({ min: 1, max: 12 }),
    hubOfFirst: fc.integer({ min: 0, max: 3 * FIRST.length }),
    merged: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(plan, async ({ order, size, otherSize, hubOfFirst, merged }) => {
      await store.clear();
      await Promise.all([deliver(order.slice(0, hubOfFirst), size), deliver(order.slice(hubOfFirst), otherSize)]);
      await derive();
      if (merged)
        for (const table of ['polls', 'batches', 'interface_counters', 'device_latest'])
          await engine.client.command({ query: `OPTIMIZE TABLE ${table} FINAL` });
      const found = await readWholeStore(store, NOW);
      for (const [name, said] of Object.entries(expected)) expect(found[name], name).toEqual(said);
    }),
    { numRuns: 5 },
  );
});
