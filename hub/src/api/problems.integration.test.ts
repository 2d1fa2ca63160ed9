import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { z } from 'zod';
import { Overview, RootCauseList, SiteList } from './schemas.ts';
import { pollRow, startTestStore, type TestRow, type TestStore } from './testing.ts';
import { createTestApi } from './whole-store.ts';

const NOW = Date.UTC(2026, 0, 1, 12, 3, 30);
const STEP = 10_000;

let store: TestStore;
beforeAll(async () => {
  store = await startTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());
beforeEach(() => store.clear());

/** Polls of a router up to so many seconds ago, an outcome each. */
function polls(site: string, router: string, agoS: number, outcomes: readonly string[], more: TestRow = {}): TestRow[] {
  return outcomes.map((outcome, index) =>
    pollRow({ ts: NOW - agoS * 1000 - (outcomes.length - 1 - index) * STEP, site, router, agent: site, outcome, ...more }),
  );
}

function batch(agent: string, agoMs: number): TestRow {
  const at = NOW - agoMs;
  return {
    agent,
    epoch: 1,
    sequence: 1,
    state: 2,
    content_hash: 1,
    sealed_at: at,
    received_at: at,
    stored_at: at,
    clock_offset_ms: 0,
  };
}

async function read<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema>> {
  const response = await createTestApi(store, NOW).request(`http://localhost/api/v1/${path}`);
  return schema.parse(await response.json());
}

it('are told once by their root cause: in the list, in the overview and at the site', async () => {
  const OK = ['ok', 'ok', 'ok', 'ok'];
  const DOWN = ['ok', 'timeout', 'timeout', 'timeout'];
  await store.insert('polls', [
    ...polls('fra1', 'core', 3, OK, { address: '10.0.0.1:8728' }),
    ...polls('fra1', 'tower', 3, DOWN, { address: '10.0.0.2:8728' }),
    ...polls('fra1', 'ap', 3, DOWN, { address: '10.0.0.3:8728' }),
    ...['r1', 'r2', 'r3'].flatMap((router) => polls('lon2', router, 60, OK)),
  ]);
  await store.insert('batches', [batch('fra1', 1000), batch('lon2', 60_000)]);
  await store.insert('router_identities', [
    { ts: NOW - 600_000, site: 'fra1', router: 'ap', agent: 'fra1', rank: 1, identity: 'ap-on-the-tower' },
  ]);
  // Hours ago, when all of them were up: by address, by name, and a device that nobody polls.
  const heard = {
    ts: NOW - 3 * 3600_000,
    site: 'fra1',
    agent: 'fra1',
    rank: 1,
    interface: 'ether1',
    port: '',
    platform: 'MikroTik',
  };
  await store.insert('neighbors', [
    { ...heard, router: 'core', mac: 1, address: '10.0.0.2', identity: 'whatever' },
    { ...heard, router: 'tower', mac: 2, address: '192.0.2.9', identity: 'ap-on-the-tower' },
    { ...heard, router: 'core', mac: 3, address: '10.0.0.77', identity: 'printer' },
  ]);
  const silent = 'uplink of site lon2 down, or agent lon2 stopped: 3 routers unknown';
  const tower = 'router tower is down (timeout), and with it 1 router down behind it';
  const { causes } = await read('problems', RootCauseList);
  expect(causes.map(({ text }) => text)).toEqual([silent, tower]);
  expect(causes[1]).toMatchObject({ kind: 'router_behind', site: 'fra1', router: 'tower', routers: 2, since_ms: NOW - 23_000 });
  expect((await read('overview', Overview)).causes).toEqual(causes);
  const { sites } = await read('sites', SiteList);
  expect(sites.map(({ site, cause }) => [site, cause])).toEqual([
    ['fra1', tower],
    ['lon2', silent],
  ]);
});

it('are none while all routers are up', async () => {
  await store.insert('polls', polls('fra1', 'r1', 3, ['ok', 'ok']));
  await store.insert('batches', [batch('fra1', 1000)]);
  expect(await read('problems', RootCauseList)).toEqual({ causes: [] });
  expect((await read('sites', SiteList)).sites).toMatchObject([{ site: 'fra1', cause: null }]);
});
