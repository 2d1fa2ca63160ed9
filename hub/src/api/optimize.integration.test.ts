/** A store in many parts, full of rows that came twice and of rows with the same identity, says what it says when all of it is merged. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
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
});
afterAll(() => store[Symbol.asyncDispose]());

const COLUMNS = z.array(z.object({ name: z.string(), type: z.string(), default_kind: z.string() }));
type Column = z.infer<typeof COLUMNS>[number];

async function columnsOf(table: string): Promise<Column[]> {
  const answer = await store.client.query({
    query: 'SELECT name, type, default_kind FROM system.columns WHERE database = currentDatabase() AND table = {table:String}',
    query_params: { table },
    format: 'JSONEachRow',
  });
  return COLUMNS.parse(await answer.json()).filter(({ default_kind }) => ['', 'DEFAULT'].includes(default_kind));
}

/** What makes rows count: a physical port, polls of their kind, things that are at fault at times. */
const WORDS: Readonly<Record<string, (turn: number) => TestRow[string]>> = {
  type: () => 'ether',
  interface: () => 'ether1',
  interval_ms: () => STEP,
  outcome: (turn) => (turn % 4 === 3 ? 'timeout' : 'ok'),
  answered_collectors: () => 2n ** 22n - 1n,
  status: (turn) => (turn % 2 === 0 ? 'short-circuit' : 'powered-on'),
  state: (turn) => (turn % 2 === 0 ? 'shed' : 'running'),
};

/** A row of any raw table; another turn has other values. */
function rowOf(columns: readonly Column[], identity: TestRow, turn: number): TestRow {
  const value = ({ name, type }: Column, index: number): TestRow[string] => {
    if (type.startsWith('Nullable') && (turn + index) % 5 === 0) return null;
    if (type.includes('String')) return name.endsWith('_symbol') ? '' : `${name}${(turn + index) % 3}`;
    if (type.includes('Int8')) return (turn + index) % 2;
    return type.includes('Int') || type.includes('Float') ? 1000 + turn * 100 + index : null;
  };
  const filled = columns.flatMap((column, index): [string, TestRow[string]][] => {
    const { name } = column;
    if (name in identity) return [];
    return [[name, WORDS[name] === undefined ? value(column, index) : WORDS[name](turn)]];
  });
  return { ...Object.fromEntries(filled), ...identity };
}

/** Two agents poll the same router at the same moments, each also under a second rank with other values. */
async function fill(): Promise<void> {
  for (const table of await storedTables(store.client)) {
    const columns = await columnsOf(table);
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
      await store.insert(table, block(agent, first, first === 2 ? 2 : 1));
      await store.insert(table, block(agent, last, last === 2 ? 2 : 1));
      await store.insert(table, block(agent, first, 3).toReversed());
    }
    await store.insert(table, [rowOf(columns, { ts: NOW + 86_400_000, site: 'fra1', router: 'r1', agent: 'a1', rank: 3 }, 7)]);
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
    for (const table of tables) if (table !== 'dead_letters') expect(await partsOf(table), table).toBeGreaterThan(2);
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
