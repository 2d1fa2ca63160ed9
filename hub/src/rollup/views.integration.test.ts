import { Registry } from 'prom-client';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { interfaceRow, pollRow, SILENT, startTestStore, type TestStore } from '../api/testing.ts';
import { createRollupMetrics } from './metrics.ts';
import { expectedTraffic } from './oracle.ts';
import { createRollup } from './rollup.ts';
import { createRollupStore } from './store.ts';
import { BASE, history, insertSamples, MINUTE, regular, STEP } from './testing.ts';

const never = new AbortController().signal;
const HOUR = 60 * MINUTE;

let store: TestStore;
beforeAll(async () => {
  store = await startTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());
beforeEach(() => store.clear());

async function rows(query: string): Promise<Record<string, unknown>[]> {
  const answer = await store.client.query({ query, format: 'JSONEachRow' });
  return await answer.json<Record<string, unknown>>();
}

const range = (fromMs: number, toMs: number): string =>
  `(from = '${new Date(fromMs).toISOString().slice(0, -1)}', to = '${new Date(toMs).toISOString().slice(0, -1)}')`;

async function makeRollups(): Promise<void> {
  const made = createRollupStore(store.client, store.database);
  const deps = {
    store: made,
    nowMs: () => BASE + 100 * HOUR,
    monotonicMs: () => 0,
    log: SILENT,
    metrics: createRollupMetrics(new Registry()),
  };
  while (await createRollup({ holder: 'h1' }, deps).turn(never));
}

describe('interface_rates', () => {
  it('holds the very steps that the rollups are made of', async () => {
    const { samples, speeds } = history(5);
    await insertSamples(store, samples, speeds);
    const rates = await rows(
      `SELECT router, sum(rx_bytes) AS rx, sumIf(duration_ms, rx_bytes IS NOT NULL) AS covered, max(tx_bps) AS tx_max,
         intDiv(toUnixTimestamp64Milli(to_ts) - 1, 300000) * 300000 AS bucket_ms
       FROM interface_rates${range(BASE, BASE + 3 * HOUR)} GROUP BY router, bucket_ms ORDER BY router, bucket_ms`,
    );
    const expected = expectedTraffic(samples, speeds, STEP)
      .filter(({ rxCoveredMs, txCoveredMs }) => rxCoveredMs + txCoveredMs > 0)
      .map(({ router, bucketMs, rx, rxCoveredMs, txMaxBps }) => ({
        router,
        rx: rx === null ? null : String(rx),
        covered: String(rxCoveredMs),
        tx_max: txMaxBps,
        bucket_ms: String(bucketMs),
      }));
    expect(rates).toEqual(expected);
  });

  it('keeps to its range', async () => {
    await insertSamples(store, regular(BASE, BASE + 20 * MINUTE));
    const steps = await rows(`SELECT * FROM interface_rates${range(BASE + 7 * MINUTE + 5000, BASE + 8 * MINUTE)}`);
    expect(steps).toHaveLength(6);
    expect(steps.every(({ rx_bps, duration_ms }) => rx_bps === 800 && duration_ms === '10000')).toBe(true);
  });
});

describe('interface_traffic_*', () => {
  it('show averages, and what share of the time they cover', async () => {
    const samples = regular(BASE, BASE + 10 * MINUTE).filter(({ ts }) => ts <= BASE + 5 * MINUTE || ts > BASE + 8 * MINUTE);
    await insertSamples(store, samples);
    await makeRollups();
    const fives = await rows(
      'SELECT rx_bytes, rx_bps, rx_coverage_ratio, rx_gap_bytes, samples FROM interface_traffic_5m ORDER BY bucket',
    );
    expect(fives).toEqual([
      { rx_bytes: '29000', rx_bps: 800, rx_coverage_ratio: 290 / 300, rx_gap_bytes: '0', samples: 30 },
      { rx_bytes: '11000', rx_bps: 800, rx_coverage_ratio: 110 / 300, rx_gap_bytes: '19000', samples: 12 },
    ]);
    const hours = await rows('SELECT rx_bytes, rx_bps, rx_gap_bytes FROM interface_traffic_1h');
    expect(hours).toEqual([{ rx_bytes: '40000', rx_bps: 800, rx_gap_bytes: '19000' }]);
    expect(await rows('SELECT rx_bytes, rx_bps, rx_gap_bytes FROM interface_traffic_1d')).toEqual(hours);
  });
});

describe('billing_95th', { timeout: 120_000 }, () => {
  it('is the exact nearest rank of averages over five minutes, the higher direction, with what it covers', async () => {
    // A hundred times five minutes: received 1 to 100 units in a mixed order, sent 50 units always.
    let [rx, tx] = [0n, 0n];
    const samples = Array.from({ length: 3001 }, (_, index) => {
      if (index > 0) [rx, tx] = [rx + BigInt(((Math.floor((index - 1) / 30) * 37) % 100) + 1) * 1000n, tx + 50_000n];
      return { router: 'r1', agent: 'a1', rank: 1, baseline: 1, ts: BASE + index * STEP, rx, tx };
    });
    await insertSamples(store, samples);
    await makeRollups();
    const [bill] = await rows(`SELECT * FROM billing_95th${range(BASE, BASE + 500 * MINUTE)}`);
    expect(bill).toMatchObject({
      rx_95th_bps: 95 * 800,
      tx_95th_bps: 50 * 800,
      billed_95th_bps: 95 * 800,
      buckets: 100,
      coverage_ratio: 1,
      is_covered: 1,
    });
    const [half] = await rows(`SELECT coverage_ratio, is_covered FROM billing_95th${range(BASE, BASE + 1000 * MINUTE)}`);
    expect(half).toEqual({ coverage_ratio: 0.5, is_covered: 0 });
  });
});

describe('top_talkers', () => {
  it('has the volumes of physical ports', async () => {
    await insertSamples(store, regular(BASE, BASE + 30 * MINUTE));
    await store.insert('interface_counters', [
      interfaceRow({ ts: BASE + 29 * MINUTE, interface: 'bridge1', type: 'bridge', rx_bytes: 1, tx_bytes: 1 }),
    ]);
    await makeRollups();
    const found = await rows(`SELECT interface, rx_bytes, tx_bytes, rx_bps FROM top_talkers${range(BASE, BASE + 30 * MINUTE)}`);
    expect(found).toEqual([{ interface: 'ether1', rx_bytes: '179000', tx_bytes: '0', rx_bps: 800 }]);
  });
});

describe('availability', () => {
  it('counts the time that polls speak for, and leaves out what nobody knows', async () => {
    const polls = Array.from({ length: 60 }, (_, index) =>
      pollRow({ ts: BASE + index * STEP, outcome: index < 15 ? 'timeout' : 'ok' }),
    );
    await store.insert('polls', polls);
    const [found] = await rows(`SELECT * FROM availability${range(BASE, BASE + 20 * MINUTE)}`);
    // The last poll speaks for 25 s.
    expect(found).toMatchObject({
      polls: '60',
      answered_polls: '45',
      answered_ms: '465000',
      known_ms: '615000',
      availability_ratio: 465 / 615,
    });
    expect(found?.['coverage_ratio']).toBeCloseTo(615 / 1200, 10);
  });
});

describe('what is now', () => {
  const now = Date.now();

  it('router_now is the newest poll with the last answers', async () => {
    await store.insert('polls', [
      pollRow({ ts: now - 20_000 }),
      pollRow({ ts: now - 10_000, outcome: 'timeout', error: 'no answer' }),
    ]);
    await store.insert('device_resources', [
      {
        ts: now - 20_000,
        site: 'fra1',
        router: 'r1',
        agent: 'a1',
        rank: 1,
        board: 'hAP',
        memory_total_bytes: 100,
        memory_free_bytes: 25,
      },
    ]);
    expect(
      await rows(
        'SELECT router, outcome, error, board, memory_used_ratio, answered_at < polled_at AS earlier, identity FROM router_now',
      ),
    ).toEqual([
      { router: 'r1', outcome: 'timeout', error: 'no answer', board: 'hAP', memory_used_ratio: 0.75, earlier: 1, identity: '' },
    ]);
  });

  it('interface_now has the rates of the newest step, and none after a reset', async () => {
    const counters = (router: string, values: readonly number[]) =>
      values.map((rx_bytes, index) => interfaceRow({ router, ts: now - 30_000 + index * STEP, rx_bytes, tx_bytes: 0 }));
    await store.insert('interface_counters', [...counters('r1', [0, 1000, 3000]), ...counters('r2', [0, 1000, 500])]);
    await store.insert(
      'polls',
      ['r1', 'r2'].flatMap((router) => [0, 1, 2].map((index) => pollRow({ router, ts: now - 30_000 + index * STEP }))),
    );
    expect(await rows('SELECT router, rx_bps, tx_bps, rx_bytes FROM interface_now ORDER BY router')).toEqual([
      { router: 'r1', rx_bps: 1600, tx_bps: 0, rx_bytes: '3000' },
      { router: 'r2', rx_bps: null, tx_bps: null, rx_bytes: '500' },
    ]);
  });

  it('radio_clients_now has those of the newest poll that read them, none when the table was empty then', async () => {
    const client = (router: string, ts: number, mac: number) => ({
      ts,
      site: 'fra1',
      router,
      interface: 'wlan1',
      mac,
      agent: 'a1',
      rank: 1,
      signal_dbm: -60,
    });
    await store.insert('radio_clients', [
      client('r1', now - 20_000, 1),
      client('r1', now - 10_000, 2),
      client('r2', now - 20_000, 3),
    ]);
    const read = { answered_collectors: 0b1110 };
    await store.insert('polls', [
      pollRow({ ts: now - 20_000, ...read, radio_client_rows: 1 }),
      pollRow({ ts: now - 10_000, ...read, radio_client_rows: 1 }),
      pollRow({ ts: now - 5000, answered_collectors: 0b0110 }),
      pollRow({ router: 'r2', ts: now - 20_000, ...read, radio_client_rows: 1 }),
      pollRow({ router: 'r2', ts: now - 10_000, ...read }),
    ]);
    expect(await rows('SELECT router, mac FROM radio_clients_now')).toEqual([{ router: 'r1', mac: '2' }]);
  });
});
