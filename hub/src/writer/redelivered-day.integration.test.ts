/** All batches of a day, of a hundred routers, delivered again, shuffled, twice: every table, view and rollup, and the API, say the same. */
import { openBatch, sealBatch } from '@poplar/proto/batch';
import { createBatchBuilder } from '@poplar/proto/builder';
import { DEFAULT_LIMITS } from '@poplar/proto/limits';
import { PollOutcome } from '@poplar/proto/telemetry/v1/payload';
import { sampleBoard, sampleDevice, sampleInterface, samplePoll, sampleRadioClient, sampleRows } from '@poplar/proto/testing';
import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { SILENT, startTestStore } from '../api/testing.ts';
import { readWholeStore } from '../api/whole-store.ts';
import { createClickHouse } from '../clickhouse/client.ts';
import { startTestEngine, type TestEngine } from '../clickhouse/testing.ts';
import { DERIVATIONS } from '../events/derivations/all.ts';
import { makeAll, testEvents } from '../events/testing.ts';
import { rebuild } from '../rollup/rebuild.ts';
import { createRollupStore } from '../rollup/store.ts';
import { random, shuffled } from '../rollup/testing.ts';
import { createSampleStore } from '../store/sample-store.ts';
import { createInsertion, mergeAll } from './insertion.ts';
import { createWriterMetrics } from './metrics.ts';
import { type Arrival, storedRecord } from './record.ts';

const SITES = 5;
const ROUTERS_PER_SITE = 20;
const INTERVAL_MS = 300_000;
const VISITS = (24 * 3600_000) / INTERVAL_MS;
const DAY_MS = Date.UTC(2026, 0, 5);
const NOW = DAY_MS + 24 * 3600_000;
const BATCHES_PER_INSERT = 60;
const never = new AbortController().signal;
const draw = random(7);
const eventRow = z.object({ kind: z.string() });

/** One batch per site and visit. Routers fail now and then, counters rise and begin anew, clients come and go, a router is replaced. */
function dayOfBatches(): Arrival[] {
  const arrivals: Arrival[] = [];
  for (let site = 0; site < SITES; site++) {
    const agent = `site${site}`;
    const counters = Array.from({ length: ROUTERS_PER_SITE }, () => 1e6 + draw(1e6));
    for (let visit = 0; visit < VISITS; visit++) {
      const builder = createBatchBuilder();
      const tsMs = DAY_MS + visit * INTERVAL_MS + 1000 * site;
      for (let number = 0; number < ROUTERS_PER_SITE; number++) {
        const failed = draw(40) === 0 || (number === 3 && visit > 100 && visit < 130);
        const moved = draw(500) === 0 ? 0 : (counters[number] ?? 0) + draw(1e9);
        counters[number] = moved;
        const mac = 0x48a9_8a00_0000 + 0x100 * (site * ROUTERS_PER_SITE + number);
        builder.add(
          samplePoll({
            site: agent,
            router: `r${number}`,
            tsMs: tsMs + number,
            intervalMs: INTERVAL_MS,
            pollNumber: visit * ROUTERS_PER_SITE + number + 1,
            baseline: BigInt(site + 1),
            answeredCollectors: failed ? 0n : 0xffffn,
            ...(failed ? { outcome: PollOutcome.TIMEOUT, error: 'no answer' } : {}),
          }),
          failed
            ? sampleRows()
            : sampleRows({
                interfaces: [
                  sampleInterface({ mac, rxBytes: moved, txBytes: 2 * moved, running: draw(30) > 0 }),
                  sampleInterface({
                    interface: 'wlan1',
                    mac: mac + 1,
                    rxBytes: moved,
                    txBytes: draw(50) === 0 ? undefined : moved,
                  }),
                ],
                devices: [sampleDevice({ version: visit < 150 ? '7.16.2' : '7.17', cpuLoadPct: draw(100) })],
                // A router further on is a client of this one: a wireless link.
                radioClients: draw(20) === 0 ? [] : [sampleRadioClient({ mac: mac + 0x101, signalDbm: -50 - draw(40) })],
                boards:
                  visit % 12 === 0 ? [sampleBoard({ serial: number === 7 && visit > 200 ? 'NEW' : `S${site}${number}` })] : [],
              }),
        );
      }
      const batch = sealBatch(builder, {
        agent,
        epoch: BigInt(site + 1),
        sequence: visit + 1,
        epochStartedAtMs: DAY_MS - 1000,
        sealedAtMs: tsMs + 900,
        clockOffsetMs: 3,
      });
      const open = openBatch(batch, DEFAULT_LIMITS);
      const contentHash = BigInt(site * VISITS + visit);
      arrivals.push({ open, contentHash, receivedAtMs: tsMs + 1000, payloadBytes: batch.payload.length });
    }
  }
  return arrivals;
}

/** What was first on record is what counts: those that come again are stored `laterMs` after that. */
async function deliver(engine: TestEngine, arrivals: readonly Arrival[], laterMs: number): Promise<void> {
  await using client = createClickHouse(engine);
  const deps = { store: createSampleStore(client), nowMs: () => NOW, log: SILENT, metrics: createWriterMetrics(new Registry()) };
  const insertion = createInsertion({ retryMs: 20 }, deps);
  for (let from = 0; from < arrivals.length; from += BATCHES_PER_INSERT) {
    const chunk = arrivals.slice(from, from + BATCHES_PER_INSERT);
    const merged = mergeAll(
      insertion,
      chunk.map(({ open }) => open),
    );
    const records = chunk.map((arrival) => {
      const receivedAtMs = arrival.receivedAtMs + laterMs;
      return storedRecord({ ...arrival, receivedAtMs }, receivedAtMs + 5);
    });
    await insertion.storeRows(merged, () => records, never);
  }
}

it('a day of a hundred routers that comes three times, shuffled, is the day that came once', { timeout: 600_000 }, async () => {
  await using engine = await startTestEngine();
  const store = await startTestStore(engine);
  const derive = async (): Promise<void> => {
    await makeAll(testEvents(store, DERIVATIONS, NOW));
    await rebuild(createRollupStore(engine.client, engine.database), { site: undefined, fromMs: 0, toMs: NOW }, () => {}, never);
  };
  const read = () => readWholeStore(store, NOW, { rangeMs: 24 * 3600_000, placesMax: 5 });
  const day = dayOfBatches();
  await deliver(engine, day, 0);
  await derive();
  const expected = await read();
  expect(expected['table polls']).toHaveLength(SITES * ROUTERS_PER_SITE * VISITS);
  for (const name of ['table interface_rollup_5m', 'table interface_rollup_1d', 'view gaps', 'view interface_inventory'])
    expect(expected[name], name).not.toEqual([]);
  expect(
    new Set(
      z
        .array(eventRow)
        .parse(expected['table events'])
        .map(({ kind }) => kind),
    ),
  ).toEqual(
    new Set([
      'agent_started',
      'router_state',
      'version_changed',
      'serial_changed',
      'interface_state',
      'link_state',
      'client_joined',
      'client_left',
    ]),
  );

  await deliver(engine, shuffled([...day, ...day], draw), 3600_000);
  await derive();
  const found = await read();
  expect(Object.keys(found)).toEqual(Object.keys(expected));
  for (const [name, said] of Object.entries(expected)) expect(found[name], name).toEqual(said);
  await store[Symbol.asyncDispose]();
});
