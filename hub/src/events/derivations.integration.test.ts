/** Every derivation against what the rows say one by one, in whatever order and pieces they came. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestStore, type TestStore } from '../api/testing.ts';
import { random, shuffled } from '../rollup/testing.ts';
import { agentStarted } from './derivations/agent-started.ts';
import { interfaceState } from './derivations/interface-state.ts';
import { routerBoards } from './derivations/router-boards.ts';
import { routerDevices } from './derivations/router-devices.ts';
import { routerState } from './derivations/router-state.ts';
import { history, rowsOf } from './history.ts';
import { expectedEvents } from './oracle.ts';
import { createEventStore } from './store.ts';
import { insertPolled, makeAll, storedEvents, type TestEvent, type TestRows, testEvents } from './testing.ts';

const START = Date.UTC(2026, 0, 1, 21, 40);
const NOW = START + 5 * 3600_000;

/** Those that the oracle knows. */
const DERIVATIONS = [routerState, interfaceState, routerDevices, routerBoards, agentStarted];

let store: TestStore;
beforeAll(async () => {
  store = await startTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());
beforeEach(() => store.clear());

/** Changes of interfaces have a test of their own. */
const OURS = DERIVATIONS.filter(({ name }) => name !== 'interface_changes');

const never = new AbortController().signal;

async function found(): Promise<Omit<TestEvent, 'detail'>[]> {
  return (await storedEvents(store)).map((event) => ({ ...event, detail: undefined }));
}

/** Rows in so many pieces. */
function cut(rows: TestRows, pieces: number, draw: (below: number) => number): TestRows[] {
  const mixed = Object.entries(rows).map(([table, all]) => [table, shuffled(all, draw)] as const);
  return Array.from({ length: pieces }, (_, piece) =>
    Object.fromEntries(mixed.map(([table, all]) => [table, all.filter((_row, index) => index % pieces === piece)])),
  );
}

describe('events', { timeout: 120_000 }, () => {
  it.each([1, 2])(
    'are what the rows say one by one, whatever the order, pieces and repetitions in which they came (seed %i)',
    async (seed) => {
      const seen = history(seed, START);
      const expected = expectedEvents(seen);
      expect(new Set(expected.map(({ kind }) => kind)).size).toBe(9);
      await insertPolled(store, rowsOf(seen));
      await makeAll(testEvents(store, OURS, NOW));
      expect(await found()).toEqual(expected);

      await store.clear();
      const draw = random(seed + 100);
      const pieces = cut(rowsOf(seen), 4, draw);
      for (const [index, piece] of [...pieces, ...pieces.slice(0, 1)].entries()) {
        await insertPolled(store, piece);
        if (index % 2 === 0) await testEvents(store, OURS, NOW).turn(never);
      }
      await makeAll(testEvents(store, OURS, NOW));
      expect(await found()).toEqual(expected);

      // From the rows alone, without marks.
      await store.client.command({ query: 'TRUNCATE TABLE events' });
      await createEventStore(store.client, store.database).markStored(never);
      await makeAll(testEvents(store, OURS, NOW));
      expect(await found()).toEqual(expected);
    },
  );
});
