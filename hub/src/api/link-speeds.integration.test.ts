import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createFleet } from './fleet.ts';
import { keyOf } from './fleet-routers.ts';
import { readInterfaces } from './interfaces.ts';
import { createReader } from './reader.ts';
import type { InterfaceSeries, InterfaceSummary } from './schemas.ts';
import { readSeries } from './series.ts';
import { interfaceRow, pollRow, startTestStore, type TestRow, type TestStore } from './testing.ts';

const BASE = Date.UTC(2026, 0, 1, 11, 50);
const STEP = 10_000;
const at = (index: number): number => BASE + index * STEP;
const signal = new AbortController().signal;
const GIGABIT = 1e9;

let store: TestStore;
beforeAll(async () => {
  store = await startTestStore();
});
afterAll(async () => {
  await store[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await store.clear();
});

/** Samples one step apart that moved at these rates, bit/s, between one and the next. */
async function moved(rates: readonly number[], extra: (index: number) => TestRow = () => ({})): Promise<void> {
  const counters = [0n, ...rates.map((bps) => BigInt((bps / 8) * 10))];
  let total = 10n ** 12n;
  const rows = counters.map((increase, index) => {
    total += increase;
    return interfaceRow({ ts: at(index), rx_bytes: total, tx_bytes: 0, ...extra(index) });
  });
  await store.insert('interface_counters', rows);
  await store.insert(
    'polls',
    counters.map((_, index) => pollRow({ ts: at(index) })),
  );
}

/** What the port said of its link at these steps: bit/s, null without a link. */
async function speeds(readings: readonly (readonly [index: number, bps: number | null])[]): Promise<void> {
  const port = { site: 'fra1', router: 'r1', interface: 'ether1', agent: 'a1', rank: 1 };
  await store.insert(
    'ethernet_ports',
    readings.map(([index, rate_bps]) => ({ ...port, ts: at(index), rate_bps })),
  );
}

function series(steps: number): Promise<InterfaceSeries> {
  const range = { fromMs: at(0), toMs: at(steps), nowMs: at(steps), points: 600, intervalMs: STEP };
  const port = { site: 'fra1', router: 'r1', interface: 'ether1' };
  return readSeries(createReader(store.client), { database: store.database, ...port, ...range }, signal);
}

describe('a graph', () => {
  it('shows no spike beyond the speed of the link, and marks where it would have been as a reset', async () => {
    await speeds([[0, GIGABIT]]);
    await moved([1e8, 1e8, 2e9, 1e8, 9.9e8]);
    const { rx_bps, tx_bps, rx_max_bps, resets, summary, gaps } = await series(5);
    expect(rx_bps).toEqual([1e8, 1e8, null, 1e8, 9.9e8]);
    expect(rx_max_bps).toEqual(rx_bps);
    expect(tx_bps).toEqual([0, 0, 0, 0, 0]);
    expect(resets).toEqual([at(3)]);
    expect(summary.rx.max_bps).toBe(9.9e8);
    expect(summary.rx.total_bytes).toBe(((3e8 + 9.9e8) / 8) * 10);
    expect(gaps).toEqual([]);
  });

  it('allows for the moment of counting, and for no more', async () => {
    await speeds([[0, GIGABIT]]);
    await moved([1.04e9, 1.06e9]);
    expect((await series(2)).rx_bps).toEqual([1.04e9, null]);
  });

  it('takes the speed of the time: faster before and after a change, and the faster of both across it', async () => {
    await speeds([
      [0, 1e10],
      [3, 1e10],
      [6, GIGABIT],
      [9, GIGABIT],
      [12, 1e10],
    ]);
    await moved(Array<number>(15).fill(5e9));
    const { rx_bps, resets } = await series(15);
    expect(rx_bps.flatMap((bps, index) => (bps === null ? [index] : []))).toEqual([6, 7, 8]);
    expect(resets).toEqual([at(7), at(8), at(9)]);
  });

  it('believes what a port can carry at all while nobody knows its speed: never read, no link, or read too long ago', async () => {
    await moved([5e9, 5e9, 5e11]);
    const expected = [5e9, 5e9, null];
    expect((await series(3)).rx_bps).toEqual(expected);
    await speeds([[1, null]]);
    expect((await series(3)).rx_bps).toEqual(expected);
    await speeds([[-361, GIGABIT]]);
    expect((await series(3)).rx_bps).toEqual(expected);
    await speeds([[-359, GIGABIT]]);
    expect((await series(3)).rx_bps).toEqual([null, 5e9, null]);
  });

  it('shows neither the step of a counter that wrapped nor that of one that restarted', async () => {
    await speeds([[0, GIGABIT]]);
    const wrapped: Record<number, bigint> = { 0: 2n ** 64n - 1000n, 1: 250n, 2: 1500n, 3: 0n, 4: 1250n };
    await moved([0, 0, 0, 0], (index) => ({ rx_bytes: wrapped[index] ?? 0n }));
    const { rx_bps, resets } = await series(4);
    expect(rx_bps).toEqual([null, 1000, null, 1000]);
    expect(resets).toEqual([at(1), at(3)]);
  });

  it('gives a statement to paste that knows the speeds as well', async () => {
    await speeds([[0, GIGABIT]]);
    await moved([1e8, 2e9, 1e8]);
    const pasted = await store.client.query({ query: (await series(3)).sql, format: 'JSONEachRow' });
    expect((await pasted.json<{ rx_bps: number | null }>()).map(({ rx_bps }) => rx_bps)).toEqual([1e8, null, 1e8]);
  });
});

describe('the interfaces of a router', () => {
  async function port(): Promise<InterfaceSummary | undefined> {
    const reader = createReader(store.client);
    const fleet = await createFleet({ reader, now: () => at(3) + 2000 }).read();
    const router = fleet.byKey.get(keyOf('fra1', 'r1'));
    return router === undefined ? undefined : (await readInterfaces(reader, router, signal))[0];
  }

  it('have the newest speed of their link and the share of it that is used', async () => {
    await moved([1e8, 1e8, 2.5e8]);
    expect(await port()).toMatchObject({ rx_bps: 2.5e8, speed_bps: null, utilisation_ratio: null });
    await speeds([
      [0, 1e10],
      [2, GIGABIT],
    ]);
    expect(await port()).toMatchObject({ rx_bps: 2.5e8, speed_bps: GIGABIT, utilisation_ratio: 0.25 });
    await speeds([[3, null]]);
    expect(await port()).toMatchObject({ rx_bps: 2.5e8, speed_bps: null, utilisation_ratio: null });
  });

  it('have no rate that their link cannot carry', async () => {
    await speeds([[0, GIGABIT]]);
    await moved([1e8, 1e8, 2e9]);
    expect(await port()).toMatchObject({ rx_bps: null, tx_bps: 0, utilisation_ratio: 0 });
  });
});
