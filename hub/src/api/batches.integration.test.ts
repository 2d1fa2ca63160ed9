import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { agentBatches } from './queries/agent-batches.ts';
import { batchTotals } from './queries/batch-totals.ts';
import { createReader } from './reader.ts';
import { startTestStore, type TestRow, type TestStore } from './testing.ts';

const NOW = Date.UTC(2026, 0, 1, 12, 0, 3);
const WINDOW = { since_ms: NOW - 600_000, to_ms: NOW + 60_000 };
const DAY = 24 * 3600_000;

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

let sequence = 0;
function batchRow(row: TestRow & { readonly received_at: number }): TestRow {
  const { received_at } = row;
  return {
    agent: 'a1',
    epoch: 1,
    sequence: ++sequence,
    state: 2,
    sealed_at: received_at - 100,
    stored_at: received_at + 50,
    ...row,
  };
}

const agents = () => createReader(store.client).rows(agentBatches, WINDOW);
const totals = () => createReader(store.client).rows(batchTotals, {});

/** Rows of tables that ClickHouse means to read for a query, after all its indexes. */
async function rowsToRead({ sql }: { readonly sql: string }, params: Readonly<Record<string, number>>): Promise<number> {
  const answer = await store.client.query({ query: `EXPLAIN ESTIMATE ${sql}`, query_params: params, format: 'JSONEachRow' });
  return (await answer.json<{ rows: string }>()).reduce((sum, { rows }) => sum + Number(rows), 0);
}

describe('agents’ batches', () => {
  it('are counted over the window, each once', async () => {
    const twice = batchRow({ received_at: NOW - 5000, clock_offset_ms: 30 });
    await store.insert('batches', [
      twice,
      twice,
      batchRow({ received_at: NOW - 4000, state: 1 }),
      batchRow({ received_at: NOW - DAY }),
    ]);
    expect(await agents()).toEqual([{ agent: 'a1', last_sealed_ms: NOW - 5100, offset_ms: 30, batches: 1, rejected: 1 }]);
  });

  it('tell when a silent agent sealed its last one, also without any agent at work', async () => {
    await store.insert('batches', [batchRow({ received_at: NOW - 3 * DAY, clock_offset_ms: 7 })]);
    await store.insert('batches', [batchRow({ received_at: NOW - 4 * DAY, clock_offset_ms: 9 })]);
    await store.insert('batches', [batchRow({ agent: 'a2', received_at: NOW - DAY, state: 1 })]);
    expect(await agents()).toEqual([{ agent: 'a1', last_sealed_ms: NOW - 3 * DAY - 100, offset_ms: 7, batches: 0, rejected: 0 }]);
  });

  it('never show an agent as current for a clock that ran ahead once', async () => {
    await store.insert('batches', [batchRow({ received_at: NOW - 2 * DAY })]);
    await store.insert('batches', [batchRow({ received_at: NOW - DAY, sealed_at: NOW + DAY })]);
    expect(await agents()).toMatchObject([{ last_sealed_ms: NOW - 2 * DAY - 100, batches: 0 }]);
  });

  it('cost the same whatever was stored before', async () => {
    await store.client.command({
      query: `INSERT INTO batches (agent, epoch, sequence, state, sealed_at, received_at)
        SELECT concat('a', toString(intDiv(number, 100000))), 1, number, 2, received_at, fromUnixTimestamp64Milli(${NOW - 15 * DAY} + number % 100000, 'UTC') AS received_at
        FROM numbers(1000000)`,
    });
    await store.insert('batches', [batchRow({ agent: 'a3', epoch: 2, received_at: NOW - 1000 })]);
    expect(await agents()).toHaveLength(10);
    expect(await totals()).toEqual([{ stored: 1_000_001, rejected: 0, skipped: 0 }]);
    expect(await rowsToRead(agentBatches, WINDOW)).toBeLessThan(50_000);
    expect(await rowsToRead(batchTotals, {})).toBeLessThan(1000);
  });
});
