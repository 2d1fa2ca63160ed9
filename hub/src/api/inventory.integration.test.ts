import type { OpenAPIHono } from '@hono/zod-openapi';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seeAll } from '../events/testing.ts';
import { createApi } from './app.ts';
import { InterfaceInventory, RouterInventory } from './inventory-schemas.ts';
import { interfaceRow, pollRow, SILENT, startTestStore, type TestRow, type TestStore } from './testing.ts';

const DAY = 24 * 3600_000;
const T0 = Date.UTC(2026, 0, 5, 10);

let store: TestStore;
let api: OpenAPIHono;
beforeAll(async () => {
  store = await startTestStore();
  api = createApi({
    clickhouse: store.client,
    database: store.database,
    embedded: true,
    now: Date.now,
    version: '1.2.3',
    startedAtMs: 0,
    status: {
      rowsPerSecond: () => 0,
      pollToStoredMs: () => ({ p50: null, p99: null }),
      ready: () => ({ ready: true, reasons: [] }),
    },
    webFolder: import.meta.dirname,
    metrics: () => Promise.resolve(''),
    allowedHosts: [],
    log: SILENT,
  });
});
afterAll(() => store[Symbol.asyncDispose]());
beforeEach(() => store.clear());

const get = async (path: string): Promise<Response> => await api.request(`http://localhost/api/v1/inventory/${path}`);
const routers = async (query = '') => RouterInventory.parse(await (await get(`routers${query}`)).json());
const interfaces = async (query = '') => InterfaceInventory.parse(await (await get(`interfaces${query}`)).json());

const at = { site: 'fra1', router: 'r1', agent: 'a1', rank: 1 };
const device = (ts: number, version: string): TestRow => ({ ...at, ts, version, board: 'RB5009', architecture: 'arm64' });
const board = (ts: number, serial: string): TestRow => ({
  ...at,
  ts,
  serial,
  model: 'RB5009UG',
  revision: 'r2',
  current_firmware: '7.1',
});

describe('the inventory', () => {
  it('tells of routers what they are and since when, also of those that are replaced or gone', async () => {
    const far = Date.now() + 400 * DAY;
    // Out of order, twice, and from the future.
    await store.insert('device_resources', [device(T0 + 2 * DAY, '7.19'), device(T0 + DAY, '7.18'), device(far, '9.9')]);
    await store.insert('device_resources', [device(T0, '7.18'), device(T0 + 2 * DAY, '7.19')]);
    await store.insert('boards', [board(T0 + 2 * DAY, 'SN2'), board(T0, 'SN1'), board(far, 'SN9')]);
    await store.insert('polls', [
      pollRow({ ts: T0 + 2 * DAY, outcome: 'timeout' }),
      pollRow({ ts: T0 }),
      pollRow({ ts: T0 + DAY }),
    ]);
    await store.insert('polls', [pollRow({ ts: T0 - DAY, router: 'gone', outcome: 'refused' }), pollRow({ ts: far })]);
    await seeAll(store);
    const { routers: found, next_cursor: cursor } = await routers();
    expect(cursor).toBeNull();
    expect(found.map(({ router }) => router)).toEqual(['gone', 'r1']);
    expect(found[0]).toMatchObject({
      first_polled_ms: T0 - DAY,
      first_answered_ms: null,
      serial: '',
      version: '',
      version_since_ms: null,
      versions: 0,
    });
    expect(found[1]).toEqual({
      site: 'fra1',
      router: 'r1',
      first_polled_ms: T0,
      last_polled_ms: T0 + 2 * DAY,
      first_answered_ms: T0,
      last_answered_ms: T0 + DAY,
      serial: 'SN2',
      serial_since_ms: T0 + 2 * DAY,
      serials: 2,
      model: 'RB5009UG',
      revision: 'r2',
      board: 'RB5009',
      architecture: 'arm64',
      firmware: '7.1',
      version: '7.19',
      version_since_ms: T0 + 2 * DAY,
      versions: 2,
    });
  });

  it('tells of interfaces when they were there, and which are there now', async () => {
    const row = (ts: number, name: string, mac: number | null, agent = 'a1'): TestRow =>
      interfaceRow({ ts, interface: name, mac, agent });
    await store.insert('interface_counters', [row(T0 + DAY, 'ether1', 0xb8), row(T0, 'ether1', 0xa7), row(T0, 'old', null)]);
    // A second agent that stopped before: what it saw last is no news.
    await store.insert('interface_counters', [row(T0 - DAY, 'old', null, 'a2'), row(T0 - DAY, 'ether1', 0xa7, 'a2')]);
    await store.insert('polls', [pollRow({ ts: T0 }), pollRow({ ts: T0 + DAY }), pollRow({ ts: T0 - DAY, agent: 'a2' })]);
    await seeAll(store);
    const { interfaces: found } = await interfaces();
    expect(found).toEqual([
      expect.objectContaining({
        interface: 'ether1',
        mac: '00:00:00:00:00:B8',
        macs: 2,
        present: true,
        first_seen_ms: T0 - DAY,
        last_seen_ms: T0 + DAY,
      }),
      expect.objectContaining({
        interface: 'old',
        mac: null,
        macs: 0,
        present: false,
        first_seen_ms: T0 - DAY,
        last_seen_ms: T0,
      }),
    ]);
  });

  it('comes in pages, filtered, and as CSV', async () => {
    const names = ['r1', 'r2', 'r3'];
    await store.insert(
      'polls',
      names.map((router) => pollRow({ ts: T0, router })),
    );
    await store.insert(
      'interface_counters',
      names.flatMap((router) => [
        interfaceRow({ ts: T0, router, interface: 'ether1', mac: 0x10 }),
        interfaceRow({ ts: T0, router, interface: 'a "b", c', mac: null }),
      ]),
    );
    await seeAll(store);
    const first = await routers('?limit=2');
    expect(first.routers.map(({ router }) => router)).toEqual(['r1', 'r2']);
    const second = await routers(`?limit=2&cursor=${first.next_cursor}`);
    expect([second.routers.map(({ router }) => router), second.next_cursor]).toEqual([['r3'], null]);
    expect((await routers('?q=R2')).routers).toHaveLength(1);
    expect((await routers('?site=ams1')).routers).toEqual([]);
    const ports = await interfaces('?router=r2&q=00:10&limit=1');
    expect(ports.interfaces.map(({ interface: name }) => name)).toEqual(['ether1']);
    const page = await interfaces('?limit=3');
    expect(
      (await interfaces(`?limit=3&cursor=${page.next_cursor}`)).interfaces.map(({ router, interface: name }) => router + name),
    ).toEqual(['r2ether1', 'r3a "b", c', 'r3ether1']);
    const response = await get('interfaces?router=r1&format=csv&limit=1');
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(response.headers.get('poplar-next-cursor')).not.toBeNull();
    expect(await response.text()).toBe(
      'site,router,interface,type,first_seen,last_seen,macs,mac,present\r\nfra1,r1,"a ""b"", c",ether,2026-01-05T10:00:00.000Z,2026-01-05T10:00:00.000Z,0,,true\r\n',
    );
    expect((await get(`routers?cursor=${page.next_cursor}`)).status).toBe(400);
  });
});
