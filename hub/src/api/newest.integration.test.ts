/** What the newest row says is what holds: also when it says nothing. And what comes from the future is no newest row. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { columnsOf, rowOf } from './any-row.ts';
import { startTestStore, storedTables, type TestRow, type TestStore } from './testing.ts';
import { readWholeStore } from './whole-store.ts';

const NOW = Date.UTC(2026, 0, 1, 12, 0, 3);
const DAY = 86_400_000;

let store: TestStore;
beforeAll(async () => {
  store = await startTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

/** Puts a row of router r1 at that time into every raw table; `change` has the last word on its values. */
async function fillAt(ts: number, turn: number, change: (row: TestRow, nullable: readonly string[]) => TestRow = (row) => row) {
  for (const table of await storedTables(store.client)) {
    const columns = await columnsOf(store.client, table);
    if (!columns.some(({ name }) => name === 'rank')) continue;
    const numbered = table === 'polls' ? { epoch: 1, sequence: turn, poll_number: turn } : {};
    const row = rowOf(columns, { ts, site: 'fra1', router: 'r1', agent: 'a1', rank: turn, ...numbered }, turn);
    const nullable = columns.filter(({ type }) => type.startsWith('Nullable')).map(({ name }) => name);
    await store.insert(table, [change(row, nullable)]);
  }
}

async function answers(): Promise<Record<string, unknown>> {
  const said = await readWholeStore(store, NOW);
  // router_now leaves out a router whose newest poll is ahead of the server's clock: see the limits in docs/invariants.md.
  return Object.fromEntries(
    Object.entries(said).filter(([name]) => name.startsWith('GET ') || (name.startsWith('view ') && name !== 'view router_now')),
  );
}

it('a row from the future changes no answer, however many come after it', { timeout: 120_000 }, async () => {
  for (const turn of [1, 2, 3]) await fillAt(NOW - 43_000 + 10_000 * turn, turn);
  const before = await answers();
  expect(before['GET /api/v1/routers/fra1/r1']).toMatchObject({ board: { serial: expect.stringContaining('serial') } });
  // Views ask the server what time it is.
  await fillAt(Date.now() + DAY, 8);
  await fillAt(Date.now() + 30 * DAY, 9);
  // The rows bring clients of their own, which can then be asked for.
  const asBefore = (said: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(Object.keys(before).map((name) => [name, said[name]]));
  expect(asBefore(await answers())).toEqual(before);
  await fillAt(NOW + DAY, 10);
  await fillAt(NOW + 30 * DAY, 11);
  expect(requestsOf(asBefore(await answers()))).toEqual(requestsOf(before));
});

/** But for the inventory, which goes by ClickHouse's clock: it has passed that time. */
const requestsOf = (said: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(said).filter(([name]) => name.startsWith('GET ') && !name.includes('/inventory/')));

it('a newest NULL is NULL in every table of newest values', async () => {
  await store.clear();
  await fillAt(NOW - 20_000, 1, (row, nullable) => ({ ...row, ...Object.fromEntries(nullable.map((name) => [name, 1])) }));
  await fillAt(NOW - 10_000, 2, (row, nullable) => ({ ...row, ...Object.fromEntries(nullable.map((name) => [name, null])) }));
  // And an older one that comes late.
  await fillAt(NOW - 30_000, 3, (row, nullable) => ({ ...row, ...Object.fromEntries(nullable.map((name) => [name, 1])) }));
  const latest = (await storedTables(store.client)).filter((table) => table.endsWith('_latest'));
  let looked = 0;
  for (const table of latest) {
    const nullable = (await columnsOf(store.client, table)).filter(({ type }) => type.startsWith('Nullable'));
    const answer = await store.client.query({ query: `SELECT * FROM ${table} FINAL`, format: 'JSONEachRow' });
    for (const row of await answer.json<Record<string, unknown>>()) {
      for (const { name } of nullable) expect(row[name], `${table}.${name}`).toBeNull();
      looked += nullable.length;
    }
  }
  expect(looked).toBeGreaterThan(3);
});
