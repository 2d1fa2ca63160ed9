import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestStore, type TestStore } from '../api/testing.ts';
import { routerState } from './derivations/router-state.ts';
import { insertPolled, makeAll, storedEvents, testEvents, visits } from './testing.ts';

const T0 = Date.UTC(2026, 0, 5, 9, 58);
const HOUR = 3600_000;

let store: TestStore;
beforeAll(async () => {
  store = await startTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());
beforeEach(() => store.clear());

/** What became of visits: when, s after T0, from what to what, why, and how long it had lasted, s. */
async function transitions(): Promise<unknown[]> {
  return (await storedEvents(store)).map(({ ts, old, new: now, cause, lasted_ms: lasted }) => [
    (ts - T0) / 1000,
    `${old} ${now}`,
    cause,
    lasted === null ? null : lasted / 1000,
  ]);
}

describe('router_state', () => {
  it('goes over suspect to down at the third failure of five, and up at the first answer', async () => {
    await insertPolled(store, { polls: visits('..t.tr..', T0) });
    await makeAll(testEvents(store, [routerState], T0 + HOUR));
    expect(await transitions()).toEqual([
      [0, 'unknown up', '', null],
      [20, 'up suspect', 'timeout', 20],
      [30, 'suspect up', '', 10],
      [40, 'up suspect', 'timeout', 10],
      [50, 'suspect down', 'refused', 10],
      [60, 'down up', '', 10],
    ]);
    expect((await storedEvents(store)).at(4)?.detail).toEqual({ agent: 'a1', error: 'it is refused', failures: 3 });
  });
});
