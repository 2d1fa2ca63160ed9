import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ROW_TABLES } from '../writer/tables.ts';
import type { AgentBalance } from './gap-schemas.ts';
import { createReader } from './reader.ts';
import { readReconciliation } from './reconciliation.ts';
import { interfaceRow, pollRow, startTestStore, type TestStore } from './testing.ts';

const DAY = '2026-01-02';
const START = Date.parse(`${DAY}T00:00:00Z`);
const END = START + 24 * 3600_000;
const NOW = END + 3600_000;
const NOON = START + 12 * 3600_000;

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

async function balance(agent = 'a1', nowMs = NOW): Promise<AgentBalance | undefined> {
  const { agents } = await readReconciliation({ reader: createReader(store.client), now: () => nowMs }, DAY);
  return agents.find((entry) => entry.agent === agent);
}

/** Polls with these numbers, ten seconds apart, one batch each; every one has a row in interface_counters. */
const polls = (numbers: readonly number[], fromMs = NOON, extra = {}) =>
  numbers.map((number) => pollRow({ ts: fromMs + number * 10_000, poll_number: number, sequence: number, ...extra }));
const samples = (numbers: readonly number[], fromMs = NOON) =>
  numbers.map((number) => interfaceRow({ ts: fromMs + number * 10_000 }));

describe('reconciliation', () => {
  it('adds up when every declared row is stored, stored twice or not', async () => {
    for (let copy = 0; copy < 2; copy++) {
      await store.insert('interface_counters', samples([1, 2, 3]));
      await store.insert('polls', polls([1, 2, 3]));
    }
    const found = await balance();
    expect(found).toMatchObject({
      adds_up: true,
      rows_different: 0,
      polls: { counted: 3, stored: 3, missing: 0, explained: 0 },
    });
    expect(found?.tables.find(({ table }) => table === 'interface_counters')).toMatchObject({ declared: 3, stored: 3 });
  });

  it('covers every table of the writer', async () => {
    await store.insert('polls', polls([1]));
    const tables = (await balance())?.tables.map(({ table }) => table);
    expect(tables).toEqual(ROW_TABLES.map(({ table }) => table).sort());
  });

  it('tells a missing row, a row too much, and the rows of the day alone', async () => {
    await store.insert('interface_counters', [...samples([1]), ...samples([1, 2], END)]);
    await store.insert('polls', polls([1, 2]));
    await store.insert('package_updates', [{ ts: NOON, site: 'fra1', router: 'r1', agent: 'a1', rank: 1 }]);
    const found = await balance();
    expect(found).toMatchObject({ adds_up: false, rows_different: 2 });
    expect(found?.tables.filter(({ declared, stored }) => declared !== stored)).toEqual([
      { table: 'interface_counters', declared: 2, stored: 1 },
      { table: 'package_updates', declared: 0, stored: 1 },
    ]);
  });

  it('counts numbers that are missing, and those that skipped or rejected batches explain', async () => {
    await store.insert('interface_counters', samples([1, 2, 5, 6, 9]));
    await store.insert('polls', polls([1, 2, 5, 6, 9]));
    expect(await balance()).toMatchObject({ adds_up: false, polls: { counted: 9, stored: 5, missing: 4, explained: 0 } });
    const batch = { agent: 'a1', epoch: 1, sealed_at: NOON, received_at: NOON, reason: 'x', polls: 1 };
    await store.insert('batches', [
      { ...batch, sequence: 3, state: 0 },
      { ...batch, sequence: 4, state: 0 },
      { ...batch, sequence: 5, state: 2, interface_rows: 1 },
      { ...batch, sequence: 6, state: 2, interface_rows: 1 },
    ]);
    expect(await balance()).toMatchObject({
      adds_up: false,
      polls: { missing: 4, explained: 2 },
      batches: { stored: 2, rejected: 0, skipped: 2, rows: 4 },
    });
    await store.insert('batches', [
      { ...batch, sequence: 7, state: 1 },
      { ...batch, sequence: 7, state: 0 },
    ]);
    expect(await balance()).toMatchObject({
      adds_up: true,
      polls: { missing: 4, explained: 4 },
      batches: { stored: 2, rejected: 1, skipped: 2 },
    });
  });

  it('counts what a run lost before its first stored poll', async () => {
    const rank = BigInt(NOON / 1000) << 32n;
    await store.insert('interface_counters', samples([4, 5]));
    await store.insert('polls', polls([4, 5], NOON, { rank }));
    expect(await balance()).toMatchObject({ adds_up: false, polls: { counted: 5, stored: 2, missing: 3 } });
  });

  it('takes a run that crosses midnight for what it is', async () => {
    // The poll that began last before midnight ended after the first of the day.
    const before = [pollRow({ ts: START - 8000, poll_number: 2 }), pollRow({ ts: START - 20_000, poll_number: 1 })];
    const after = [
      pollRow({ ts: START + 10, poll_number: 3 }),
      pollRow({ ts: START - 1000, poll_number: 4 }),
      pollRow({ ts: START + 5000, poll_number: 5 }),
    ];
    await store.insert('polls', [...before, ...after]);
    await store.insert(
      'interface_counters',
      [...before, ...after].map(({ ts }) => interfaceRow({ ts: Number(ts) })),
    );
    expect(await balance()).toMatchObject({ adds_up: true, polls: { stored: 2, missing: 0 } });
  });

  it('leaves the last minute of the running day alone, where rows come before their polls', async () => {
    await store.insert('interface_counters', samples([1, 2]));
    await store.insert('polls', polls([1]));
    expect(await balance('a1', NOON + 30_000)).toBeUndefined();
    expect(await balance('a1', NOON + 75_000)).toMatchObject({ adds_up: true });
    expect(await balance('a1', NOON + 3600_000)).toMatchObject({ adds_up: false });
  });
});
