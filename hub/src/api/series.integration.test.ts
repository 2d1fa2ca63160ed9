import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createReader } from './reader.ts';
import type { InterfaceSeries } from './schemas.ts';
import { readSeries } from './series.ts';
import { interfaceRow, pollRow, startTestStore, type TestRow, type TestStore } from './testing.ts';

const BASE = Date.UTC(2026, 0, 1, 11, 50);
const STEP = 10_000;
const at = (index: number): number => BASE + index * STEP;
const signal = new AbortController().signal;

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

interface Sample extends TestRow {
  readonly ts: number;
}

async function insert(samples: readonly Sample[]): Promise<void> {
  await store.insert(
    'polls',
    samples.map(({ ts, router = 'r1', agent = 'a1', rank = 1 }) => pollRow({ ts, router, agent, rank })),
  );
  await store.insert(
    'interface_counters',
    samples.map((sample) => interfaceRow(sample)),
  );
}

function read(
  toIndex: number,
  options: Partial<{ fromIndex: number; points: number; nowMs: number }> = {},
): Promise<InterfaceSeries> {
  const request = {
    database: store.database,
    site: 'fra1',
    router: 'r1',
    interface: 'ether1',
    fromMs: at(options.fromIndex ?? 0),
    toMs: at(toIndex),
    points: options.points ?? 600,
    nowMs: options.nowMs ?? at(toIndex),
    intervalMs: STEP,
  };
  return readSeries(createReader(store.client), request, signal);
}

/** Samples one step apart whose counters rise by rx and tx bytes per step. */
function regular(from: number, to: number, rx: number, tx: number, extra: TestRow = {}): Sample[] {
  return Array.from({ length: to - from }, (_, offset) => {
    const index = from + offset;
    return { ts: at(index), rx_bytes: 1_000_000 + index * rx, tx_bytes: 5_000_000 + index * tx, ...extra };
  });
}

describe('readSeries', () => {
  it('shows regular samples as their rate, across the turn of an hour', async () => {
    await insert(regular(0, 121, 1250, 2500));
    const series = await read(120);
    expect(series.step_ms).toBe(STEP);
    expect(series.ts_ms).toHaveLength(120);
    expect(series.rx_bps).toEqual(Array(120).fill(1000));
    expect(series.tx_bps).toEqual(Array(120).fill(2000));
    expect(series.gaps).toEqual([]);
    expect(series.resets).toEqual([]);
    expect(series.summary.rx).toEqual({
      min_bps: 1000,
      avg_bps: 1000,
      max_bps: 1000,
      last_bps: 1000,
      p95_bps: 1000,
      total_bytes: 120 * 1250,
    });
  });

  it('totals adjoining ranges to the total of both', async () => {
    await insert(regular(0, 60, 1250, 2500).map((sample, index) => ({ ...sample, ts: sample.ts + (index % 7) * 300 })));
    const [both, first, second] = await Promise.all([read(50), read(23), read(50, { fromIndex: 23 })]);
    expect(both.summary.rx.total_bytes).toBe((first.summary.rx.total_bytes ?? 0) + (second.summary.rx.total_bytes ?? 0));
    expect(both.gaps).toEqual([]);
    expect(first.gaps).toEqual([]);
  });

  it('divides a step between the buckets that it spans', async () => {
    // Off the buckets' grid by 4 s: 6 s of the first step lie in the first bucket.
    await insert([
      { ts: at(0) + 4000, rx_bytes: 0, tx_bytes: 0 },
      { ts: at(1) + 4000, rx_bytes: 1250, tx_bytes: 0 },
      { ts: at(2) + 4000, rx_bytes: 1250 + 3750, tx_bytes: 0 },
    ]);
    const series = await read(3);
    expect(series.rx_bps).toEqual([1000, 0.4 * 1000 + 0.6 * 3000, 3000]);
    expect(series.rx_max_bps).toEqual([1000, 3000, 3000]);
  });

  it('leaves a gap empty and says where it is', async () => {
    await insert([...regular(0, 10, 1250, 1250), ...regular(13, 20, 1250, 1250)]);
    const series = await read(20);
    expect(series.gaps).toEqual([{ from_ms: at(9), to_ms: at(13) }]);
    expect(series.rx_bps.slice(9, 13)).toEqual([null, null, null, null]);
    expect(series.rx_bps[13]).toBe(1000);
    expect(series.summary.rx.total_bytes).toBe(15 * 1250);
  });

  it('bridges one lost poll, because the counters tell what was missed', async () => {
    await insert([...regular(0, 5, 1250, 1250), ...regular(6, 11, 1250, 1250)]);
    const series = await read(10);
    expect(series.gaps).toEqual([]);
    expect(series.rx_bps).toEqual(Array(10).fill(1000));
  });

  it('shows gaps at both ends of the range, up to now and not beyond', async () => {
    await insert(regular(30, 40, 1250, 1250));
    const series = await read(60, { nowMs: at(50) });
    expect(series.gaps).toEqual([
      { from_ms: at(0), to_ms: at(30) },
      { from_ms: at(39), to_ms: at(50) },
    ]);
    expect(series.ts_ms).toHaveLength(60);
  });

  it('is one gap without figures where nothing was sampled', async () => {
    const series = await read(60);
    expect(series.gaps).toEqual([{ from_ms: at(0), to_ms: at(60) }]);
    expect(series.rx_bps).toEqual(Array(60).fill(null));
    const nothing = { min_bps: null, avg_bps: null, max_bps: null, last_bps: null, p95_bps: null, total_bytes: null };
    expect(series.summary).toEqual({ rx: nothing, tx: nothing });
  });

  it('discards the step of a reset within a baseline and marks it', async () => {
    const before = regular(0, 5, 1250, 1250);
    const after = regular(5, 10, 1250, 1250).map((sample) => ({ ...sample, rx_bytes: Number(sample['rx_bytes']) - 1_000_000 }));
    await insert([...before, ...after]);
    const series = await read(10);
    expect(series.resets).toEqual([at(5)]);
    // A reset of one counter says that the other may have restarted as well.
    expect(series.rx_bps[4]).toBeNull();
    expect(series.tx_bps[4]).toBeNull();
    expect(series.summary.rx.total_bytes).toBe(8 * 1250);
    expect(series.summary.tx.total_bytes).toBe(8 * 1250);
    expect(series.summary.rx.max_bps).toBe(1000);
  });

  it('makes no difference across baselines, and marks a reboot but not a restart of the agent', async () => {
    const rebooted = regular(5, 10, 1250, 1250).map((sample, index) => ({
      ...sample,
      rx_bytes: index * 1250,
      tx_bytes: index * 1250,
      baseline: 2,
    }));
    const agentRestarted = regular(10, 15, 1250, 1250).map((sample) => ({
      ...sample,
      rx_bytes: 9_000_000 + Number(sample['rx_bytes']),
      baseline: 3,
    }));
    await insert([...regular(0, 5, 1250, 1250), ...rebooted, ...agentRestarted]);
    const series = await read(15);
    expect(series.resets).toEqual([at(5)]);
    expect([series.rx_bps[4], series.rx_bps[9]]).toEqual([null, null]);
    expect(series.gaps).toEqual([]);
    expect(series.summary.rx.max_bps).toBe(1000);
    expect(series.summary.rx.total_bytes).toBe(12 * 1250);
  });

  it('keeps unreported counters apart from zero, each direction for itself', async () => {
    await insert(
      regular(0, 10, 1250, 1250).map((sample, index) =>
        index === 5 ? { ...sample, rx_bytes: null } : { ...sample, tx_bytes: null },
      ),
    );
    const series = await read(9);
    expect(series.rx_bps).toEqual([1000, 1000, 1000, 1000, null, null, 1000, 1000, 1000]);
    expect(series.tx_bps).toEqual(Array(9).fill(null));
    expect(series.summary.tx.total_bytes).toBeNull();
    expect(series.gaps).toEqual([]);
  });

  it('shows zero where nothing moved', async () => {
    await insert(regular(0, 5, 0, 0));
    const series = await read(4);
    expect(series.rx_bps).toEqual([0, 0, 0, 0]);
    expect(series.summary.rx.total_bytes).toBe(0);
  });

  it('answers the same after the rows came twice, in another order and with an older rank', async () => {
    const samples = [...regular(0, 10, 1250, 2500), ...regular(14, 20, 1250, 2500)].map((sample) => ({ ...sample, rank: 7 }));
    await insert(samples);
    const { sql: _sql, ...once } = await read(20);
    await insert(samples.toReversed());
    await insert(samples.slice(3, 8).map((sample) => ({ ...sample, rank: 6, rx_bytes: 0 })));
    const { sql: _again, ...twice } = await read(20);
    expect(twice).toEqual(once);
  });

  it('takes differences beyond 2^53 exactly', async () => {
    const start = 2n ** 64n - 20_000n;
    await insert(
      Array.from({ length: 11 }, (_, index) => ({
        ts: at(index),
        rx_bytes: start + BigInt(index) * 1001n,
        tx_bytes: 2n ** 60n + BigInt(index),
      })),
    );
    const series = await read(11);
    expect(series.summary.rx.total_bytes).toBe(10 * 1001);
    expect(series.summary.tx.total_bytes).toBe(10);
  });

  it('believes no rate that no port can have', async () => {
    await insert(
      regular(0, 10, 1250, 1250).map((sample, index) =>
        index < 5 ? sample : { ...sample, rx_bytes: 10n ** 15n + BigInt(index) * 1250n },
      ),
    );
    const series = await read(9);
    expect(series.rx_bps[4]).toBeNull();
    expect(series.tx_bps[4]).toBe(1000);
    expect(series.summary.rx.max_bps).toBe(1000);
  });

  it('counts traffic once when two agents poll the router, and fills the gap of one from the other', async () => {
    const first = [...regular(0, 20, 1250, 1250), ...regular(40, 60, 1250, 1250)].map((sample) => ({ ...sample, agent: 'a1' }));
    const second = regular(10, 55, 1250, 1250).map((sample) => ({
      ...sample,
      agent: 'a2',
      baseline: 9,
      ts: sample.ts + 3000,
      rx_bytes: Number(sample['rx_bytes']) + 375,
    }));
    await insert([...first, ...second]);
    const series = await read(59);
    expect(Math.max(...series.rx_bps.map((value) => value ?? 0))).toBeCloseTo(1000, 6);
    expect(series.rx_bps.filter((value) => value === null)).toEqual([]);
    expect(series.gaps).toEqual([]);
    // 38 steps of the first agent, and the 20 of the second that lie wholly within its gap.
    expect(series.summary.rx.total_bytes).toBe(58 * 1250);
  });

  it('takes the collector’s own cadence when it reads interfaces on every third visit only', async () => {
    const polls = Array.from({ length: 61 }, (_, index) => pollRow({ ts: at(index), interface_rows: index % 3 === 0 ? 1 : 0 }));
    await store.insert('polls', polls);
    await store.insert(
      'interface_counters',
      regular(0, 61, 1250, 1250)
        .filter((_, index) => index % 3 === 0)
        .map((sample) => interfaceRow(sample)),
    );
    const series = await read(60);
    expect(series.step_ms).toBe(30_000);
    expect(series.rx_bps).toEqual(Array(20).fill(1000));
    expect(series.gaps).toEqual([]);
  });

  it('gives the exact percentile of the rates, weighted by time', async () => {
    // 100 steps with rates 8, 16 … 800 bit/s: 95 % of the time at most 760.
    let total = 0;
    const samples = Array.from({ length: 101 }, (_, index) => ({ ts: at(index), rx_bytes: (total += index * 10), tx_bytes: 0 }));
    await insert(samples);
    const series = await read(101);
    expect(series.summary.rx.p95_bps).toBe(760);
    expect(series.summary.rx.max_bps).toBe(800);
    expect(series.summary.rx.min_bps).toBe(8);
  });

  it('returns a statement that gives the same buckets when pasted', async () => {
    await insert(regular(0, 20, 1250, 2500));
    const series = await read(20);
    const pasted = await store.client.query({ query: series.sql, format: 'JSONEachRow' });
    const rows = await pasted.json<{ ts_ms: string; rx_bps: number }>();
    expect(rows.map((row) => row.rx_bps)).toEqual(series.rx_bps.filter((value) => value !== null));
  });

  it('totals the increases of any set of samples, whatever the buckets', { timeout: 120_000 }, async () => {
    const history = fc.array(
      fc.record({
        afterMs: fc.oneof(
          { weight: 8, arbitrary: fc.integer({ min: 9000, max: 11_000 }) },
          { weight: 1, arbitrary: fc.integer({ min: 26_000, max: 90_000 }) },
        ),
        rx: fc.integer({ min: 0, max: 1_000_000_000 }),
        event: fc.constantFrom('none', 'none', 'none', 'none', 'none', 'reset', 'reboot', 'null'),
      }),
      { minLength: 1, maxLength: 60 },
    );
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(history, fc.integer({ min: 5, max: 400 }), async (steps, points) => {
        const router = `p${runs++}`;
        const samples: Sample[] = [{ ts: BASE + 1, rx_bytes: 10n ** 12n, tx_bytes: 0, baseline: 1 }];
        let [ts, counter, baseline, expected, comparable] = [BASE + 1, 10n ** 12n, 1, 0n, true];
        for (const { afterMs, rx, event } of steps) {
          ts += afterMs;
          const near = afterMs <= 25_000;
          if (event === 'reboot') baseline++;
          if (event === 'reboot' || event === 'reset') counter = counter > 10n ** 9n ? BigInt(rx) % 10n ** 9n : 0n;
          const before = samples.at(-1)?.['rx_bytes'];
          if (event === 'none' || event === 'null') counter += BigInt(rx);
          // A reset that happens to leave the counter where it was is no decrease, and no increase either.
          if (event === 'none' && near && comparable) expected += BigInt(rx);
          else if (event === 'reset' && near && comparable && typeof before === 'bigint' && counter > before)
            expected += counter - before;
          comparable = event !== 'null';
          samples.push({ ts, rx_bytes: event === 'null' ? null : counter, tx_bytes: 0, baseline });
        }
        await insert(samples.map((sample) => ({ ...sample, router })));
        const request = {
          database: store.database,
          site: 'fra1',
          router,
          interface: 'ether1',
          fromMs: BASE,
          toMs: ts + 1,
          points,
          nowMs: ts,
          intervalMs: STEP,
        };
        const series = await readSeries(createReader(store.client), request, signal);
        expect(series.summary.rx.total_bytes ?? 0).toBe(Number(expected));
        const top = series.summary.rx.max_bps ?? 0;
        expect(series.rx_bps.filter((value) => value !== null && value > top * (1 + 1e-12))).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });
});
