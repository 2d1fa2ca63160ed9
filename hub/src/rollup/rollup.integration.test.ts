import type { ClickHouseClient, CommandParams } from '@clickhouse/client';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SILENT, startTestStore, type TestStore } from '../api/testing.ts';
import { insertMarks } from './insert-marks.ts';
import type { RollupMark } from './marks.ts';
import { createRollupMetrics } from './metrics.ts';
import { expectedTraffic, joined, type Sample, type Speed, type Traffic } from './oracle.ts';
import { rebuild } from './rebuild.ts';
import { createRollup } from './rollup.ts';
import { createRollupStore, type RollupStore } from './store.ts';
import { BASE, history, insertSamples, MINUTE, random, regular, STEP, shuffled } from './testing.ts';
import { DAY_MS, HOUR_MS } from './tiers.ts';

const never = new AbortController().signal;
const ALL = { site: undefined, fromMs: 0, toMs: BASE + 10 * HOUR_MS };

let store: TestStore;
let rollups: RollupStore;
beforeAll(async () => {
  store = await startTestStore();
  rollups = createRollupStore(store.client, store.database);
});
afterAll(() => store[Symbol.asyncDispose]());
beforeEach(() => store.clear());

const rollup = (config: Partial<Parameters<typeof createRollup>[0]> = {}, made: RollupStore = rollups) =>
  createRollup(
    { holder: 'h1', ...config },
    {
      store: made,
      nowMs: () => BASE + 10 * HOUR_MS,
      monotonicMs: () => 0,
      log: SILENT,
      metrics: createRollupMetrics(new Registry()),
    },
  );

const insert = (samples: readonly Sample[], speeds: readonly Speed[] = []): Promise<void> =>
  insertSamples(store, samples, speeds);

async function kept(table = 'interface_rollup_5m'): Promise<Record<string, unknown>[]> {
  const answer = await store.client.query({
    query: `SELECT * EXCEPT (version, is_deleted) FROM ${table} FINAL ORDER BY router, bucket`,
    format: 'JSONEachRow',
  });
  return await answer.json<Record<string, unknown>>();
}

async function traffic(): Promise<Traffic[]> {
  return (await kept()).map((row) => ({
    router: String(row['router']),
    bucketMs: Date.parse(String(row['bucket'])),
    rx: whole(row['rx_bytes']),
    tx: whole(row['tx_bytes']),
    rxCoveredMs: Number(row['rx_covered_ms']),
    txCoveredMs: Number(row['tx_covered_ms']),
    rxMaxBps: row['rx_max_bps'] === null ? null : Number(row['rx_max_bps']),
    txMaxBps: row['tx_max_bps'] === null ? null : Number(row['tx_max_bps']),
    rxGap: whole(row['rx_gap_bytes']) ?? 0n,
    samples: Number(row['samples']),
    resets: Number(row['resets']),
  }));
}

/** What the tables hold, from text where it has 64 bits. */
const whole = (value: unknown): bigint | null => (typeof value === 'string' ? BigInt(value) : null);

describe('rollups', { timeout: 120_000 }, () => {
  it.each([1, 2, 3])(
    'are what the rows say one by one, whatever the order, chunks and repetitions in which they came (seed %i)',
    async (seed) => {
      const { samples, speeds } = history(seed);
      const expected = expectedTraffic(samples, speeds, STEP);
      expect(expected.some(({ resets }) => resets > 0)).toBe(true);
      expect(expected.some(({ rxGap }) => rxGap > 0n)).toBe(true);
      await insert(samples, speeds);
      await rollup().turn(never);
      expect(await traffic()).toEqual(expected);
      const once = [await kept(), await kept('interface_rollup_1h'), await kept('interface_rollup_1d')];

      await store.clear();
      const draw = random(seed + 100);
      const [mixed, readings] = [shuffled([...samples, ...samples.slice(0, 300)], draw), shuffled(speeds, draw)];
      for (let chunk = 0; chunk < 6; chunk++) {
        const part = <T>(rows: readonly T[]): T[] => rows.filter((_, index) => index % 6 === chunk);
        await insert(part(mixed), part(readings));
        if (chunk % 2 === 0) await rollup().turn(never);
      }
      await rollup().turn(never);
      expect([await kept(), await kept('interface_rollup_1h'), await kept('interface_rollup_1d')]).toEqual(once);

      // From the rows alone, without marks.
      await store.client.command({ query: 'TRUNCATE TABLE interface_rollup_5m' });
      await rebuild(rollups, ALL, () => undefined, never);
      expect([await kept(), await kept('interface_rollup_1h'), await kept('interface_rollup_1d')]).toEqual(once);
    },
  );

  it('add up: five minutes to hours and to days, to the byte', async () => {
    const { samples, speeds } = history(7);
    await insert(samples, speeds);
    await rollup().turn(never);
    const fives = await traffic();
    for (const [table, lengthMs] of [
      ['interface_rollup_1h', HOUR_MS],
      ['interface_rollup_1d', DAY_MS],
    ] as const) {
      const rows = await kept(table);
      expect(
        rows.map((row) => ({
          router: row['router'],
          bucketMs: Date.parse(String(row['bucket'])),
          rx: whole(row['rx_bytes']),
          rxCoveredMs: Number(row['rx_covered_ms']),
        })),
      ).toEqual(joined(fives, lengthMs));
    }
  });

  it('show nothing above the speed of the link', async () => {
    const { samples, speeds } = history(11);
    const gigabit = speeds.map((speed) => ({ ...speed, bps: 1e9 })).filter(({ router }) => router !== 'r3');
    await insert(
      samples.filter(({ router }) => router !== 'r3'),
      gigabit,
    );
    await rollup().turn(never);
    const made = await traffic();
    expect(made.length).toBeGreaterThan(20);
    for (const { rxMaxBps, txMaxBps, rx, rxCoveredMs } of made) {
      expect(Math.max(rxMaxBps ?? 0, txMaxBps ?? 0)).toBeLessThanOrEqual(1.05e9);
      expect((Number(rx ?? 0n) * 8000) / Math.max(1, rxCoveredMs)).toBeLessThanOrEqual(1.05e9);
    }
  });
});

/** The client, with something to wait for before each command. */
function pausing(client: ClickHouseClient, before: (command: CommandParams) => Promise<void>): ClickHouseClient {
  return new Proxy(client, {
    get(target, name): unknown {
      if (name === 'command')
        return async (params: CommandParams) => {
          await before(params);
          return await target.command(params);
        };
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

async function versions(): Promise<unknown[]> {
  const answer = await store.client.query({
    query: 'SELECT bucket, version, rx_bytes FROM interface_rollup_5m FINAL ORDER BY bucket',
    format: 'JSONEachRow',
  });
  return await answer.json();
}

const T0 = BASE;
const FULL = 30_000n;
const volumes = async (): Promise<(bigint | null)[]> => (await traffic()).map(({ rx }) => rx);

describe('a rebuild', { timeout: 120_000 }, () => {
  it('mends the bucket of a late row and the one after it', async () => {
    const samples = regular(T0, T0 + 15 * MINUTE);
    const late = samples.filter(({ ts }) => ts > T0 + 9 * MINUTE && ts <= T0 + 10 * MINUTE);
    await insert(samples.filter((sample) => !late.includes(sample)));
    await rollup().turn(never);
    expect(await volumes()).toEqual([29_000n, 24_000n, 29_000n]);
    await insert(late);
    await rollup().turn(never);
    expect(await volumes()).toEqual([29_000n, FULL, FULL]);
  });

  it('that was paused around an insert and another rebuild changes nothing when it lands', async () => {
    const samples = regular(T0, T0 + 10 * MINUTE);
    await insert(samples.filter(({ ts }) => ts > T0 + MINUTE));
    const [entered, resume] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    // The slow hub has taken its version; its statement has not begun.
    const client = pausing(store.client, async ({ query, query_params }) => {
      if (!query.includes('interface_rollup_5m (') || query_params?.['from_ms'] !== T0) return;
      entered.resolve();
      await resume.promise;
    });
    const paused = rollup({ holder: 'h2' }, createRollupStore(client, store.database)).turn(never);
    await entered.promise;
    await insert(samples);
    await rollup().turn(never);
    const made = await versions();
    expect(await volumes()).toEqual([29_000n, FULL]);
    const late = [{ site: 'fra1', bucketMs: T0 }];
    await insertMarks(store.client, late, never);
    resume.resolve();
    await paused;
    expect(await versions()).toEqual(made);
    expect(await rollups.marks(BASE + 10 * HOUR_MS, 10, never)).toEqual(late);
  });

  it('leaves marks that were set after it began', async () => {
    await insert(regular(T0, T0 + 10 * MINUTE));
    const late: RollupMark = { site: 'fra1', bucketMs: T0 };
    const slow: RollupStore = {
      ...rollups,
      async build(range, repair, signal) {
        await rollups.build(range, repair, signal);
        await insertMarks(store.client, [late], never);
      },
    };
    await rollup({}, slow).turn(never);
    expect(await rollups.marks(BASE + 10 * HOUR_MS, 10, never)).toEqual([late]);
    await rollup().turn(never);
    expect(await rollups.marks(BASE + 10 * HOUR_MS, 10, never)).toEqual([]);
  });

  it('whose statement lands late, with an older version, changes nothing', async () => {
    await insert(regular(T0, T0 + 10 * MINUTE));
    await rollup().turn(never);
    const before = await kept();
    await store.client.command({
      query: `INSERT INTO interface_rollup_5m SELECT * REPLACE (version - 1 AS version, 1 AS rx_bytes) FROM interface_rollup_5m FINAL`,
    });
    expect(await kept()).toEqual(before);
  });

  it('makes nothing below the floor of the raw rows, and its marks go', async () => {
    await insert(regular(T0, T0 + 10 * MINUTE));
    await rollup().turn(never);
    const before = await kept();
    await store.client.command({ query: 'TRUNCATE TABLE interface_counters' });
    await insert(regular(T0 + 9 * MINUTE, T0 + 10 * MINUTE));
    await store.client.insert({
      table: 'retention_floors',
      values: [{ tier: 'raw', floor: (T0 + 9 * MINUTE) / 1000 }],
      format: 'JSONEachRow',
    });
    await rollup().turn(never);
    expect(await kept()).toEqual(before);
    expect(await rollups.marks(BASE + 10 * HOUR_MS, 10, never)).toEqual([]);
    await rebuild(rollups, ALL, () => undefined, never);
    expect(await kept()).toEqual(before);
  });

  it('by command takes away what no row speaks for any more', async () => {
    await insert(regular(T0, T0 + 10 * MINUTE));
    await rollup().turn(never);
    await store.client.command({ query: 'TRUNCATE TABLE interface_counters' });
    await rebuild(rollups, ALL, () => undefined, never);
    expect([await kept(), await kept('interface_rollup_1h'), await kept('interface_rollup_1d')]).toEqual([[], [], []]);
  });
});

describe('the lease', () => {
  it('goes to one hub at a time, and to another when it ends', async () => {
    expect(await rollups.hold('work', 'h1', 60_000, never)).toBe(true);
    expect(await rollups.hold('work', 'h2', 60_000, never)).toBe(false);
    // What is held for no time is given back.
    await rollups.hold('work', 'h1', 0, never);
    expect(await rollups.hold('work', 'h2', 60_000, never)).toBe(true);
  });
});
