import type { ClickHouseClient, CommandParams } from '@clickhouse/client';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestStore, type TestStore } from '../api/testing.ts';
import { insertMarks } from '../rollup/insert-marks.ts';
import type { Derivation } from './derivation.ts';
import { routerState } from './derivations/router-state.ts';
import { rebuild } from './rebuild.ts';
import { createEventStore, type EventStore } from './store.ts';
import { insertPolled, makeAll, storedEvents, testEvents, visits } from './testing.ts';

const T0 = Date.UTC(2026, 0, 5, 10, 2);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOW = T0 + HOUR;
const never = new AbortController().signal;

let store: TestStore;
let events: EventStore;
beforeAll(async () => {
  store = await startTestStore();
  events = createEventStore(store.client, store.database);
});
afterAll(() => store[Symbol.asyncDispose]());
beforeEach(() => store.clear());

const maker = (given: Parameters<typeof testEvents>[3] = {}, nowMs = NOW) => testEvents(store, [routerState], nowMs, given);

/** The transitions that are stored, by seconds after T0. */
async function states(): Promise<string[]> {
  return (await storedEvents(store)).map(({ ts, old, new: now }) => `${(ts - T0) / 1000} ${old} ${now}`);
}

async function parts(): Promise<number> {
  const answer = await store.client.query({
    query: "SELECT count() AS parts FROM system.parts WHERE active AND database = currentDatabase() AND table = 'events'",
    format: 'JSONEachRow',
  });
  return Number((await answer.json<{ parts: string }>())[0]?.parts);
}

describe('a turn', { timeout: 60_000 }, () => {
  it('takes transitions away that late rows disprove, and finds those that they show', async () => {
    const all = visits('..ttt.', T0);
    await insertPolled(store, { polls: all.filter((_, index) => index !== 1 && index !== 3) });
    await maker().turn(never);
    expect(await states()).toEqual(['0 unknown up', '20 up suspect', '50 suspect up']);
    await insertPolled(store, { polls: all });
    await maker().turn(never);
    expect(await states()).toEqual(['0 unknown up', '20 up suspect', '40 suspect down', '50 down up']);
    // An agent that started later polled the same moments, and the router answered it.
    await insertPolled(store, { polls: visits('......', T0, { rank: 2 }) });
    await maker().turn(never);
    expect(await states()).toEqual(['0 unknown up']);
  });

  it('changes what looks back on a late row, long behind it', async () => {
    // Nothing of the twenty minutes before 25:00 is known yet.
    await insertPolled(store, { polls: [...visits('.', T0), ...visits('.', T0 + 25 * MINUTE)] });
    await maker().turn(never);
    expect(await states()).toEqual(['0 unknown up', '1500 unknown up']);
    await insertPolled(store, { polls: visits('.', T0 + 12 * MINUTE) });
    await maker().turn(never);
    expect(await states()).toEqual(['0 unknown up']);
  });

  it('writes nothing where nothing has changed', async () => {
    await insertPolled(store, { polls: visits('..t', T0) });
    await maker().turn(never);
    const before = await parts();
    await insertPolled(store, { polls: visits('..t', T0) });
    await maker().turn(never);
    expect(await parts()).toBe(before);
    expect(await events.marks(NOW, 10, never)).toEqual([]);
  });

  it('in haste makes what costs little of the newest, and leaves the rest to the next', async () => {
    const select = routerState.select.replace("'router_state' AS kind", "'costly' AS kind");
    const costly: Derivation = { ...routerState, name: 'costly', select, isCostly: true };
    const hasty = testEvents(store, [routerState, costly], NOW);
    await insertPolled(store, { polls: [...visits('..t', T0 - 12 * HOUR), ...visits('..t', T0)] });
    const marked = await events.marks(NOW, 10, never);
    await hasty.turn(never, 'hasty');
    expect((await storedEvents(store)).map(({ kind, ts }) => [kind, ts])).toEqual([
      ['router_state', T0],
      ['router_state', T0 + 20_000],
    ]);
    expect(await events.marks(NOW, 10, never)).toEqual(marked);
    await hasty.turn(never);
    expect(await storedEvents(store)).toHaveLength(8);
    expect(await events.marks(NOW, 10, never)).toEqual([]);
  });

  it('leaves marks that were set after it began', async () => {
    await insertPolled(store, { polls: visits('...', T0) });
    const late = { site: 'fra1', bucketMs: T0 - 2 * MINUTE };
    const slow: EventStore = {
      ...events,
      async make(task, repair, signal) {
        await events.make(task, repair, signal);
        await insertMarks(store.client, [late], never);
      },
    };
    await maker({ store: slow }).turn(never);
    expect(await events.marks(NOW, 10, never)).toEqual([late]);
    await maker().turn(never);
    expect(await events.marks(NOW, 10, never)).toEqual([]);
  });

  it('that another one overtook has its range looked at once more', async () => {
    await insertPolled(store, { polls: visits('..ttt', T0) });
    // What the slow hub read is old when its rows land: a newer hub has made the range from more rows, and taken the marks away.
    const stale = await rowsMadeBy(() => maker().turn(never));
    const slow: EventStore = {
      ...events,
      async make() {
        await insertPolled(store, { polls: visits('.....', T0, { rank: 2 }) });
        await maker({ holder: 'h2' }).turn(never);
        expect(await states()).toEqual(['0 unknown up']);
        await store.client.insert({ table: 'events', values: stale, format: 'JSONEachRow' });
      },
    };
    await insertPolled(store, { polls: visits('.', T0) });
    await maker({ store: slow }).turn(never);
    expect(await states()).not.toEqual(['0 unknown up']);
    await makeAll(maker());
    expect(await states()).toEqual(['0 unknown up']);
  });

  it('that was paused around an insert and another turn changes nothing when it lands', async () => {
    await insertPolled(store, { polls: visits('..ttt', T0) });
    const [entered, resume] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const client = pausing(store.client, async ({ query }) => {
      if (!query.includes('.events (')) return;
      entered.resolve();
      await resume.promise;
    });
    const paused = maker({ holder: 'h2', store: createEventStore(client, store.database) }).turn(never);
    await entered.promise;
    await insertPolled(store, { polls: visits('.....', T0, { rank: 2 }) });
    await maker().turn(never);
    resume.resolve();
    await paused;
    expect(await states()).toEqual(['0 unknown up']);
    await makeAll(maker());
    expect(await states()).toEqual(['0 unknown up']);
  });

  it('takes what comes in now first, and hours of older marks with it', async () => {
    const old = T0 - 48 * HOUR;
    const older = T0 - 96 * HOUR;
    await insertPolled(store, { polls: [...visits('..', T0), ...visits('..', old), ...visits('..', older)] });
    const turns = maker();
    expect(await turns.turn(never)).toBe(true);
    expect((await storedEvents(store)).map(({ ts }) => ts)).toEqual([old, T0]);
    expect(await turns.turn(never)).toBe(false);
    expect((await storedEvents(store)).map(({ ts }) => ts)).toEqual([older, old, T0]);
  });

  it('lets rows from the future wait for their time', async () => {
    await insertPolled(store, { polls: [...visits('.', T0), ...visits('t', T0 + 20 * MINUTE)] });
    await makeAll(maker({}, T0 + MINUTE));
    expect(await states()).toEqual(['0 unknown up']);
    await makeAll(maker({}, T0 + 20 * MINUTE));
    expect(await states()).toEqual(['0 unknown up', '1200 up suspect']);
  });

  it('makes nothing below the floor of the raw rows, and its marks go', async () => {
    await insertPolled(store, { polls: visits('.t', T0) });
    await maker().turn(never);
    const before = await states();
    await store.client.command({ query: 'TRUNCATE TABLE polls' });
    await insertPolled(store, { polls: visits('t', T0) });
    await store.client.insert({
      table: 'retention_floors',
      values: [{ tier: 'raw', floor: T0 / 1000 }],
      columns: ['tier', 'floor'],
      format: 'JSONEachRow',
    });
    await maker().turn(never);
    await rebuild(events, [routerState], { site: undefined, fromMs: 0, toMs: NOW }, () => undefined, never);
    expect(await states()).toEqual(before);
    expect(await events.marks(NOW, 10, never)).toEqual([]);
  });
});

describe('a rebuild', { timeout: 60_000 }, () => {
  const all = { site: undefined, fromMs: 0, toMs: NOW };

  it('makes what is missing and takes away what no row shows', async () => {
    await insertPolled(store, { polls: visits('..t.', T0) });
    await makeAll(maker());
    const expected = await storedEvents(store);
    await store.insert('events', [
      { ts: T0 + 5, site: 'fra1', kind: 'router_state', router: 'r1', derivation: 'router_state', version: 1, detail: '{}' },
    ]);
    await store.client.command({ query: 'ALTER TABLE events DELETE WHERE old = {old:String}', query_params: { old: 'suspect' } });
    const days: number[] = [];
    await rebuild(events, [routerState], all, (day) => days.push(day), never);
    expect(await storedEvents(store)).toEqual(expected);
    expect(days).toEqual([Date.UTC(2026, 0, 5)]);
  });

  it('makes one site and one range, when it is told to', async () => {
    const two = [...visits('..', T0), ...visits('..', T0, { site: 'lon1' }), ...visits('..', T0 - 24 * HOUR)];
    await insertPolled(store, { polls: two });
    await rebuild(events, [routerState], { ...all, site: 'fra1', fromMs: T0 - HOUR }, () => undefined, never);
    expect((await storedEvents(store)).map(({ site, ts }) => [site, ts])).toEqual([['fra1', T0]]);
  });

  it('of an empty store makes nothing', async () => {
    await rebuild(events, [routerState], all, () => undefined, never);
    expect(await storedEvents(store)).toEqual([]);
  });
});

/** The rows that something puts into the table of events, which is empty before and afterwards. */
async function rowsMadeBy(doing: () => Promise<unknown>): Promise<unknown[]> {
  await doing();
  const answer = await store.client.query({ query: 'SELECT * FROM events', format: 'JSONEachRow' });
  const rows = await answer.json<unknown>();
  await store.client.command({ query: 'TRUNCATE TABLE events' });
  return rows;
}

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
