import { afterAll, beforeAll, expect, it } from 'vitest';
import { EventList } from './event-schemas.ts';
import { startTestStore, type TestRow, type TestStore } from './testing.ts';
import { createTestApi } from './whole-store.ts';

const NOW = Date.UTC(2026, 0, 2, 12);
const HOUR = 3600_000;
const DAY = 24 * HOUR;

let store: TestStore;
const event = (agoMs: number, row: TestRow): TestRow => ({
  ts: NOW - agoMs,
  site: 'fra1',
  kind: 'router_state',
  router: 'r1',
  object: '',
  detail: '{}',
  derivation: 'test',
  version: 1,
  ...row,
});

beforeAll(async () => {
  store = await startTestStore();
  await store.insert('events', [
    event(3 * DAY, { old: 'up', new: 'down', cause: 'timeout' }),
    event(2 * HOUR, { old: 'down', new: 'up' }),
    event(HOUR, { old: 'up', new: 'suspect', cause: 'refused', lasted_ms: HOUR, detail: '{"failures":1}' }),
    event(HOUR, { kind: 'interface_state', object: 'ether1', old: 'up', new: 'down' }),
    event(HOUR, { kind: 'interface_state', object: 'ether2', old: 'up', new: 'down' }),
    event(HOUR, { kind: 'router_rebooted', router: 'r2', site: 'ams1', lasted_ms: DAY }),
    event(HOUR / 2, { kind: 'interface_state', object: 'ether1', old: 'down', new: 'up' }),
    event(HOUR / 4, { kind: 'interface_flapped', object: 'ether1', old: 'up', new: 'up' }),
    // Made, and taken away again.
    event(HOUR / 8, { router: 'r9', old: 'up', new: 'down' }),
  ]);
  await store.insert('events', [event(HOUR / 8, { router: 'r9', version: 2, is_deleted: 1 })]);
});
afterAll(() => store[Symbol.asyncDispose]());

async function read(query = ''): Promise<EventList> {
  const response = await createTestApi(store, NOW).request(`http://localhost/api/v1/events${query}`);
  expect(response.status).toBe(200);
  return EventList.parse(await response.json());
}

const brief = ({ events }: EventList): unknown[] =>
  events.map((one) => [(NOW - one.ts_ms) / HOUR, one.router, one.object, `${one.old} ${one.new}`.trim(), one.lasted_ms]);

const ALL = [
  [0.25, 'r1', 'ether1', 'up up', null],
  [0.5, 'r1', 'ether1', 'down up', HOUR / 2],
  [1, 'r2', '', '', DAY],
  [1, 'r1', 'ether1', 'up down', null],
  [1, 'r1', 'ether2', 'up down', null],
  [1, 'r1', '', 'up suspect', HOUR],
  [2, 'r1', '', 'down up', 3 * DAY - 2 * HOUR],
];

it('are those of a day, the newest first, each with how long the state before had lasted', async () => {
  const list = await read();
  expect(brief(list)).toEqual(ALL);
  expect(list.next_cursor).toBeNull();
  expect(list.events[5]).toMatchObject({ kind: 'router_state', cause: 'refused', detail: { failures: 1 } });
  expect(brief(await read(`?from_ms=${NOW - 4 * DAY}&to_ms=${NOW - DAY}`))).toEqual([[72, 'r1', '', 'up down', null]]);
});

it('come in pages of any size that together are all of them', async () => {
  for (const limit of [1, 2, 3]) {
    const pages: unknown[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const list: EventList = await read(`?limit=${limit}${cursor === '' ? '' : `&cursor=${cursor}`}`);
      expect(list.events.length).toBeLessThanOrEqual(limit);
      pages.push(...brief(list));
      cursor = list.next_cursor;
    }
    expect(pages).toEqual(ALL);
  }
});

it('are filtered by site, router, object and kinds', async () => {
  expect(brief(await read('?site=ams1'))).toEqual([ALL[2]]);
  expect(brief(await read('?router=r2'))).toEqual([ALL[2]]);
  expect(brief(await read('?object=ether1'))).toEqual([ALL[0], ALL[1], ALL[3]]);
  expect(brief(await read('?kind=router_rebooted,interface_flapped'))).toEqual([ALL[0], ALL[2]]);
});

it('are the same by the statement that comes with them, and in the view for analysts', async () => {
  const { sql, events } = await read();
  const answer = await store.client.query({ query: sql, format: 'JSON' });
  const { data } = await answer.json<{ lasted_ms: string | null }>();
  expect(data.map(({ lasted_ms }) => (lasted_ms === null ? null : Number(lasted_ms)))).toEqual(
    events.map(({ lasted_ms }) => lasted_ms),
  );
  const view = await store.client.query({
    query: `SELECT lasted_ms FROM event_log(from = '2026-01-01 12:00:00', to = '2026-01-02 12:00:00') ORDER BY ts DESC, site, kind, router, object`,
    format: 'JSONEachRow',
  });
  const rows = await view.json<{ lasted_ms: string | null }>();
  expect(rows.map(({ lasted_ms }) => (lasted_ms === null ? null : Number(lasted_ms)))).toEqual(
    events.map(({ lasted_ms }) => lasted_ms),
  );
});

it('refuse a cursor of somebody else', async () => {
  const response = await createTestApi(store, NOW).request('http://localhost/api/v1/events?cursor=x');
  expect([response.status, await response.json()]).toMatchObject([400, { parameter: 'cursor' }]);
});
