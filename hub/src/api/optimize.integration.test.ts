/** A store in many parts, full of rows that came twice and of rows with the same identity, says what it says when all of it is merged. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { DERIVATIONS } from '../events/derivations/all.ts';
import { createEventStore } from '../events/store.ts';
import { makeAll, testEvents } from '../events/testing.ts';
import { rebuild } from '../rollup/rebuild.ts';
import { createRollupStore } from '../rollup/store.ts';
import { columnsOf, rowOf } from './any-row.ts';
import { startTestStore, storedTables, type TestRow, type TestStore } from './testing.ts';
import { readWholeStore } from './whole-store.ts';

const NOW = Date.UTC(2026, 0, 1, 12, 0, 3);
const STEP = 10_000;
const POLLS = 12;

let store: TestStore;
beforeAll(async () => {
  store = await startTestStore();
  await store.client.command({ query: 'SYSTEM STOP MERGES' });
  await fill();
}, 120_000);
afterAll(() => store[Symbol.asyncDispose]());

/** Two agents poll the same router at the same moments, each also under a second rank with other values. */
async function fill(): Promise<void> {
  for (const table of await storedTables(store.client)) {
    const columns = await columnsOf(store.client, table);
    const has = (name: string): boolean => columns.some((column) => column.name === name);
    if (!has('rank')) continue;
    const block = (agent: string, rank: number, every: number): TestRow[] =>
      Array.from({ length: POLLS }, (_, index) => index)
        .filter((index) => index % every === 0)
        .map((index) => {
          const identity = { ts: NOW - 3000 - (POLLS - 1 - index) * STEP, site: 'fra1', router: 'r1', agent, rank };
          const numbered = table === 'polls' ? { epoch: rank, sequence: index + 1, poll_number: index + 1 } : {};
          return rowOf(columns, { ...identity, ...numbered }, index + 3 * rank + (agent === 'a2' ? 1 : 0));
        });
    for (const agent of ['a1', 'a2']) {
      // The higher rank comes first here and last there; and what came first comes again.
      const [first, last] = agent === 'a1' ? [2, 1] : [1, 2];
      const blocks = [
        block(agent, first, first === 2 ? 2 : 1),
        block(agent, last, last === 2 ? 2 : 1),
        block(agent, first, 3).toReversed(),
      ];
      for (const rows of blocks) await store.insert(table, rows);
      if (table === 'polls') await makeEvents();
    }
  }
  const batch = (sequence: number, state: number, receivedMs: number): TestRow => ({
    agent: 'a1',
    epoch: 1,
    sequence,
    state,
    content_hash: sequence,
    sealed_at: NOW - 3_000_000 + sequence * 1000,
    received_at: receivedMs,
    stored_at: receivedMs + 500,
    clock_offset_ms: sequence,
    polls: state === 2 ? 3 : 0,
  });
  // Stored once, an hour ago and again now; rejected and stored; skipped and rejected.
  const blocks = [
    [batch(1, 2, NOW - 2_990_000), batch(2, 1, NOW - 20_000), batch(3, 0, NOW - 20_000), batch(4, 2, NOW - 5000)],
    [batch(4, 2, NOW - 4000), batch(1, 2, NOW - 1000), batch(2, 2, NOW - 9000), batch(3, 1, NOW - 9000)],
    [batch(2, 1, NOW - 500), batch(3, 0, NOW - 500), batch(1, 2, NOW - 200)],
  ];
  for (const rows of blocks) await store.insert('batches', rows);
  await fillAlerts();
  // Made over and over, as rows come in late.
  const rollups = createRollupStore(store.client, store.database);
  const all = { site: undefined, fromMs: 0, toMs: NOW };
  for (let time = 0; time < 3; time++) {
    await rebuild(rollups, all, () => {}, new AbortController().signal);
    await makeEvents();
  }
}

async function makeEvents(): Promise<void> {
  await createEventStore(store.client, store.database).markStored(new AbortController().signal);
  await makeAll(testEvents(store, DERIVATIONS, NOW));
}

/** Incidents that opened, closed and were told, notifications that were tried and queued again, rules that failed: each row several times. */
async function fillAlerts(): Promise<void> {
  const begun = {
    rule: 'router_down',
    severity: 'critical',
    site: 'fra1',
    router: 'r1',
    started_at: NOW - 60_000,
    detected_at: NOW - 30_000,
  };
  const incident = (id: string, version: number, more: TestRow = {}): TestRow => ({
    ...begun,
    id,
    value: 1,
    detail: '{}',
    version,
    ...more,
  });
  const over = { closed_at: NOW - 1000, close_reason: 'cleared', closing_value: 0, announced: 2 };
  await store.insert('incidents', [incident('i1', 1), incident('i2', 1)]);
  await store.insert('incidents', [incident('i1', 3, over), incident('i2', 2, { announced: 1 })]);
  await store.insert('incidents', [incident('i1', 2, { announced: 1 }), incident('i2', 1)]);
  // Old ones are dropped, by the clock of the engine.
  const sent = { receiver: 'noc', kind: 'opened', created_at: Date.now(), next_attempt_at: Date.now(), body: '{}' };
  const notification = (attempts: number, fate: string, version: number): TestRow => ({
    ...sent,
    id: 'n1',
    attempts,
    fate,
    version,
  });
  await store.insert('notifications', [notification(0, 'waiting', 0)]);
  await store.insert('notifications', [notification(2, 'delivered', 2 ** 33 + 2)]);
  await store.insert('notifications', [notification(1, 'waiting', 1)]);
  for (const [version, error] of [
    [2, 'later'],
    [1, ''],
    [2, 'later'],
  ] as const)
    await store.insert('alert_rule_states', [{ rule: 'cpu_high', evaluated_at: NOW, duration_ms: 5, parts: 1, error, version }]);
}

async function partsOf(table: string): Promise<number> {
  const answer = await store.client.query({
    query: 'SELECT count() AS parts FROM system.parts WHERE active AND database = currentDatabase() AND table = {table:String}',
    query_params: { table },
    format: 'JSONEachRow',
  });
  const [row] = z.tuple([z.object({ parts: z.coerce.number() })]).parse(await answer.json());
  return row.parts;
}

describe('OPTIMIZE … FINAL of every table', () => {
  it('changes no table read with FINAL, no view and no answer of the API', { timeout: 120_000 }, async () => {
    const tables = await storedTables(store.client);
    const filled = tables.filter(
      (name) => !['dead_letters', 'leases', 'retention_floors', 'rollup_marks', 'event_marks'].includes(name),
    );
    for (const table of filled) expect(await partsOf(table), table).toBeGreaterThan(2);
    const before = await readWholeStore(store, NOW);
    await store.client.command({ query: 'SYSTEM START MERGES' });
    for (const table of tables) await store.client.command({ query: `OPTIMIZE TABLE ${table} FINAL` });
    const after = await readWholeStore(store, NOW);
    expect(Object.keys(after)).toEqual(Object.keys(before));
    for (const [name, said] of Object.entries(before)) expect(after[name], name).toEqual(said);
    // What was received again long after is no batch of the last minutes; what was rejected and stored is stored.
    expect(before['GET /api/v1/overview']).toMatchObject({
      routers: { total: 1 },
      agents: [{ agent: 'a1', batches_10m: 2, rejected_10m: 1 }],
    });
  });
});
