import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createFleet } from './fleet.ts';
import { fleetRuns } from './queries/fleet-runs.ts';
import { newestPolls } from './queries/newest-polls.ts';
import { createReader } from './reader.ts';
import { pollRow, startTestStore, type TestRow, type TestStore } from './testing.ts';

const NOW = Date.UTC(2026, 0, 1, 12, 0, 3);

let store: TestStore;
beforeAll(async () => {
  store = await startTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());
beforeEach(() => store.clear());

describe('the start of a state', () => {
  it.each([
    ['up', 'timeout', 'ok'],
    ['down', 'ok', 'timeout'],
  ])('that began since the runs were read is told at one poll a second: %s', async (state, before, after) => {
    const poll = (atMs: number, outcome: string): TestRow => pollRow({ ts: atMs, outcome, interval_ms: 1000 });
    const second = (from: number, count: number, outcome: string): TestRow[] =>
      Array.from({ length: count }, (_, index) => poll(NOW + 1000 * (from + index), outcome));
    let nowMs = NOW;
    const fleet = createFleet({ reader: createReader(store.client), now: () => nowMs });
    await store.insert('polls', second(-600, 601, before));
    await fleet.read();
    await store.insert('polls', second(1, 20, after));
    nowMs = NOW + 20_000;
    const [router] = (await fleet.read()).routers;
    expect(router?.summary).toMatchObject({ state, since_ms: NOW + 1000 });
  });
});

describe('one reading for all', () => {
  it('is shared by everybody who asks at once', async () => {
    await store.insert('polls', [pollRow({ ts: NOW - 3000 })]);
    let queries = 0;
    const reader = createReader(store.client);
    const counting: typeof reader = {
      ...reader,
      rows(query, params, signal) {
        queries++;
        return reader.rows(query, params, signal);
      },
    };
    const fleet = createFleet({ reader: counting, now: () => NOW });
    const first = await Promise.all([fleet.read(), fleet.read(), fleet.read()]);
    const perReading = queries;
    expect(new Set(first).size).toBe(1);
    expect(await fleet.read()).toBe(first[0]);
    expect(queries).toBe(perReading);
  });

  it('does not wait for names and starts of states that are a little old, but for older ones', async () => {
    await store.insert('polls', [pollRow({ ts: NOW - 3000 })]);
    let nowMs = NOW;
    const seldom = Promise.withResolvers<void>();
    const reader = createReader(store.client);
    const slow: typeof reader = {
      ...reader,
      async rows(query, params, signal) {
        if (nowMs !== NOW && (query.sql === newestPolls.sql || query.sql === fleetRuns.sql)) await seldom.promise;
        return await reader.rows(query, params, signal);
      },
    };
    const fleet = createFleet({ reader: slow, now: () => nowMs }, { freshMs: 900, inventoryMs: 10_000, runsMs: 10_000 });
    await fleet.read();
    nowMs = NOW + 11_900;
    expect((await fleet.read()).atMs).toBe(nowMs);
    nowMs = NOW + 12_000 + 900;
    const waiting = fleet.read();
    const first = await Promise.race([waiting.then(() => 'read'), setTimeout(300, 'waits')]);
    expect(first).toBe('waits');
    seldom.resolve();
    expect((await waiting).atMs).toBe(nowMs);
  });
});
