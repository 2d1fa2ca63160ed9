import { Registry } from 'prom-client';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { columnsOf, rowOf } from '../api/any-row.ts';
import { createReader } from '../api/reader.ts';
import { readReconciliation } from '../api/reconciliation.ts';
import { readSeries } from '../api/series.ts';
import { readStorage } from '../api/storage.ts';
import { interfaceRow, pollRow, SILENT, startTestStore, storedTables, type TestStore } from '../api/testing.ts';
import { seeAll } from '../events/testing.ts';
import { rebuild } from '../rollup/rebuild.ts';
import { createRollupStore } from '../rollup/store.ts';
import { createRetentionFloors, KEEP_ALL, type RetentionFloors } from './floors.ts';
import { createRetentionMetrics } from './metrics.ts';
import { createRetention, type RetentionDeps, SETTLE_MS } from './retention.ts';
import { createRetentionStore } from './store.ts';
import { DAY_MS, EXPIRING_TABLES, type RetentionDays, type Tier, tierOf } from './tiers.ts';

const TODAY = Date.UTC(2026, 3, 10);
const NOW = TODAY + 12 * 3600_000;
const never = new AbortController().signal;

let store: TestStore;
beforeAll(async () => {
  store = await startTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());
beforeEach(() => store.clear());

function hub(days: Partial<RetentionDays>, overrides: Partial<RetentionDeps> = {}) {
  const registry = new Registry();
  const floors = createRetentionFloors({ ...KEEP_ALL, ...days });
  const deps = {
    store: createRetentionStore(store.client, store.database),
    floors,
    tables: EXPIRING_TABLES,
    nowMs: () => NOW,
    settleMs: 0,
    log: SILENT,
    metrics: createRetentionMetrics(registry),
    ...overrides,
  };
  return { ...createRetention(deps), floors, registry };
}

/** Puts floors on record, then drops what they let go. */
async function twice(days: Partial<RetentionDays>, overrides: Partial<RetentionDeps> = {}): Promise<RetentionFloors> {
  const { turn, floors } = hub(days, overrides);
  await turn(never);
  await turn(never);
  return floors;
}

/** One row a day, so many days back, in every table whose rows expire and that is partitioned by time. */
async function fill(backs: readonly number[]): Promise<void> {
  for (const table of await partitionedTables()) {
    const columns = await columnsOf(store.client, table);
    const alive = columns.some(({ name }) => name === 'is_deleted') ? { is_deleted: 0 } : {};
    // What has neither, turns fill.
    const time = ['ts', 'bucket'].find((wanted) => columns.some(({ name }) => name === wanted));
    if (time === undefined) continue;
    await store.insert(
      table,
      backs.map((back, index) => {
        const ms = TODAY - back * DAY_MS;
        return rowOf(columns, { [time]: time === 'bucket' ? ms / 1000 : ms, site: 'fra1', router: 'r1', ...alive }, index);
      }),
    );
  }
  await seeAll(store);
}

async function partitionedTables(): Promise<string[]> {
  return await names("SELECT name FROM system.tables WHERE database = currentDatabase() AND partition_key != '' ORDER BY name");
}

async function names(query: string): Promise<string[]> {
  const answer = await store.client.query({ query, format: 'JSONCompactEachRow' });
  return (await answer.json<string[]>()).flat();
}

const daysOf = (table: string): Promise<string[]> =>
  names(
    `SELECT DISTINCT partition_id FROM system.parts WHERE active AND database = currentDatabase() AND table = '${table}' ORDER BY 1`,
  );

describe('retention', { timeout: 120_000 }, () => {
  it('knows every table that is partitioned by time, and none that is not there', async () => {
    const tables = await partitionedTables();
    expect(tables.length).toBeGreaterThan(20);
    expect(tables.filter((table) => tierOf(table) === undefined)).toEqual([]);
    const there = await storedTables(store.client);
    expect(EXPIRING_TABLES.filter((table) => !there.includes(table))).toEqual([]);
  });

  it('drops days, months and years that lie wholly before the floor of their tier, and nothing else', async () => {
    await fill([0, 1, 29, 30, 31, 89, 90, 91, 130, 500]);
    const floors = await twice({ raw: 30, polls: 90, rollup_5m: 90, rollup_1h: 120, rollup_1d: 365 });
    expect(floors.ms('raw')).toBe(TODAY - 30 * DAY_MS);
    const left = async (tier: Tier): Promise<string[][]> => {
      const tables = (await partitionedTables()).filter((table) => tierOf(table) === tier);
      const partitions = await Promise.all(tables.map(daysOf));
      return [...new Map(partitions.map((days) => [String(days), days])).values()];
    };
    expect(await left('raw')).toEqual([['20260311', '20260312', '20260409', '20260410']]);
    const polls = ['20260110', '20260111', '20260310', '20260311', '20260312', '20260409', '20260410'];
    expect(await left('polls')).toEqual([polls]);
    // A month goes when its last day does: the 10th of January is kept with all of January.
    expect(await left('rollup_5m')).toEqual([['202601', '202603', '202604']]);
    expect(await left('rollup_1h')).toEqual([['202512', '202601', '202603', '202604']]);
    expect(await left('rollup_1d')).toEqual([['2025', '2026']]);
    const before = await daysOf('polls');
    // Another hub of the same configuration, and one that keeps more.
    await twice({ raw: 30, polls: 90, rollup_5m: 90, rollup_1h: 120, rollup_1d: 365 });
    await twice({ raw: 60 });
    expect(await daysOf('polls')).toEqual(before);
  });

  it('drops nothing before the floor has been on record for some minutes', async () => {
    await fill([0, 40]);
    const waiting = hub({ raw: 30 }, { settleMs: SETTLE_MS });
    await waiting.turn(never);
    await waiting.turn(never);
    expect(waiting.floors.ms('raw')).toBe(TODAY - 30 * DAY_MS);
    expect(await daysOf('sensors')).toHaveLength(2);
    await store.client.command({
      query:
        "INSERT INTO retention_floors (tier, floor, raised_at) SELECT tier, floor + 1, now64(3) - INTERVAL 6 MINUTE FROM retention_floors WHERE tier = 'raw'",
    });
    await waiting.turn(never);
    expect(await daysOf('sensors')).toEqual(['20260410']);
  });

  it('brings nothing back: a longer retention later leaves the floor where it was', async () => {
    await fill([0, 20]);
    await twice({ raw: 10 });
    const floors = await twice({ raw: 100 });
    expect(floors.ms('raw')).toBe(TODAY - 10 * DAY_MS);
    const fresh = hub({});
    await fresh.learn(never);
    expect(fresh.floors.ms('raw')).toBe(TODAY - 10 * DAY_MS);
  });

  it('expires nothing for a clock that runs ahead, here or at an agent', async () => {
    await fill([0, 5]);
    await twice({ raw: 10, polls: 10 }, { nowMs: () => NOW + 3650 * DAY_MS });
    expect(await daysOf('sensors')).toHaveLength(2);
    await fill([-400]);
    await twice({ raw: 10, polls: 10 });
    expect(await daysOf('sensors')).toEqual(['20260405', '20260410', '20270515']);
  });

  it('takes batches off record a tenth of their time later', async () => {
    const batch = (sequence: number, back: number) => {
      const at = TODAY - back * DAY_MS;
      return { agent: 'a1', epoch: 1, sequence, state: 2, content_hash: 1, sealed_at: at, received_at: at, stored_at: at };
    };
    const onRecord = () => names('SELECT toString(sequence) FROM batches FINAL ORDER BY sequence');
    await fill([0]);
    await store.insert('batches', [batch(1, 21), batch(2, 20), batch(3, 19)]);
    await twice({ polls: 20 });
    expect(await onRecord()).toEqual(['1', '2', '3']);
    await store.insert('batches', [batch(4, 23)]);
    await twice({ polls: 20 });
    await expect.poll(onRecord, { timeout: 20_000 }).toEqual(['2', '3']);
  });

  it('leaves rollups of expired samples as they were, also to the command, and graphs and the balance of the day say so', async () => {
    const start = TODAY - 40 * DAY_MS;
    const rows = Array.from({ length: 600 }, (_, index) => ({ ts: start + index * 10_000, rx_bytes: index * 1000, tx_bytes: 0 }));
    await store.insert('interface_counters', rows.map(interfaceRow));
    await store.insert('polls', [...rows.map(({ ts }) => pollRow({ ts })), pollRow({ ts: TODAY })]);
    const rollups = createRollupStore(store.client, store.database);
    const all = { site: undefined, fromMs: 0, toMs: start + 7200_000 };
    await rebuild(rollups, all, () => undefined, never);
    const kept = () =>
      names(`SELECT concat(toString(bucket), ifNull(toString(rx_bytes), '-')) FROM interface_rollup_5m FINAL ORDER BY bucket`);
    const before = await kept();
    expect(before).toHaveLength(21);

    const floors = await twice({ raw: 30, polls: 90 });
    expect(await daysOf('interface_counters')).toEqual([]);
    await rebuild(rollups, all, () => undefined, never);
    expect(await kept()).toEqual(before);

    const reader = createReader(store.client);
    const port = { database: store.database, site: 'fra1', router: 'r1', interface: 'ether1' };
    const hour = { fromMs: start, toMs: start + 3600_000, points: 60, nowMs: NOW, intervalMs: 10_000, floors };
    const series = await readSeries(reader, { ...port, ...hour }, never);
    expect(series).toMatchObject({ resolution: '5m', step_ms: 300_000 });
    expect(series.summary.rx.total_bytes).toBe(360_000);
    floors.learn('rollup_5m', start + 1);
    expect(await readSeries(reader, { ...port, ...hour }, never)).toMatchObject({ resolution: '1h', step_ms: 3600_000 });
    expect(await readReconciliation({ reader, now: () => NOW }, '2026-03-01', never)).toMatchObject({
      expired: true,
      agents: [],
    });
  });

  it('is told with what tables take', async () => {
    await fill([0, 1, 40]);
    const { floors } = hub({ raw: 30 });
    floors.learn('raw', TODAY - 30 * DAY_MS);
    const storage = await readStorage({ reader: createReader(store.client), database: store.database, floors, now: () => NOW });
    expect(storage.disks[0]?.free_bytes).toBeGreaterThan(0);
    const of = (name: string) => storage.tables.find(({ table }) => table === name);
    expect(of('sensors')).toMatchObject({
      tier: 'raw',
      keep_days: 30,
      kept_from_ms: TODAY - 30 * DAY_MS,
      rows: 3,
      partitions: 3,
      oldest_ms: TODAY - 40 * DAY_MS,
      newest_ms: TODAY + DAY_MS,
    });
    expect(of('sensors')?.bytes_yesterday).toBeGreaterThan(0);
    expect(of('sensors')?.bytes_yesterday).toBeLessThan(of('sensors')?.bytes ?? 0);
    expect(of('interface_rollup_1d')).toMatchObject({ tier: 'rollup_1d', keep_days: null, bytes_yesterday: null });
    expect(of('leases')).toMatchObject({ tier: null, keep_days: null, rows: 0, parts: 0, oldest_ms: null });
    expect(storage.bytes).toBe(storage.tables.reduce((sum, { bytes }) => sum + bytes, 0));
    expect(storage.bytes_yesterday).toBeGreaterThan(0);
  });
});
