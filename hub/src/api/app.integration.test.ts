/** Every route of the API on one real store. Long because filling a store costs more than asking it: the routes share it. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { OpenAPIHono } from '@hono/zod-openapi';
import { Collector } from '@poplar/proto/telemetry/v1/payload';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClickHouse } from '../clickhouse/client.ts';
import { createApi } from './app.ts';
import type { ApiDeps } from './deps.ts';
import { GapList, Reconciliation } from './gap-schemas.ts';
import {
  Health,
  InterfaceSeries,
  Overview,
  PollStrip,
  ProblemDetails,
  RadioClientList,
  RouterDetail,
  RouterList,
  SiteList,
} from './schemas.ts';
import { CollectorList } from './table-schemas.ts';
import { interfaceRow, pollRow, SILENT, startTestStore, type TestStore } from './testing.ts';

const NOW = Date.UTC(2026, 0, 1, 12, 0, 3);
const STEP = 10_000;
const ago = (back: number): number => NOW - 3000 - back * STEP;

let store: TestStore;
let folder: string;
let webFolder: string;
let api: OpenAPIHono;

function deps(overrides: Partial<ApiDeps> = {}): ApiDeps {
  return {
    clickhouse: store.client,
    database: store.database,
    embedded: true,
    now: () => NOW,
    version: '1.2.3',
    startedAtMs: NOW - 60_000,
    status: {
      rowsPerSecond: () => 500,
      pollToStoredMs: () => ({ p50: 700, p99: null }),
      ready: () => ({ ready: true, reasons: [] }),
    },
    webFolder,
    metrics: () => Promise.resolve('poplar_test 1\n'),
    allowedHosts: ['hub.example'],
    log: SILENT,
    ...overrides,
  };
}

beforeAll(async () => {
  store = await startTestStore();
  folder = await mkdtemp(join(tmpdir(), 'poplar-web-'));
  webFolder = join(folder, 'dist');
  api = createApi(deps());
  const routers = ['r1', 'r2', 'r3'];
  const polls = routers.flatMap((router) =>
    [4, 3, 2, 1, 0].map((back) =>
      pollRow({
        router,
        site: router === 'r3' ? 'lon1' : 'fra1',
        ts: ago(back),
        outcome: router === 'r2' && back < 4 ? 'refused' : 'ok',
        radio_client_rows: router === 'r1' ? 1 : 0,
        answered_collectors: 1n << BigInt(Collector.INTERFACE),
      }),
    ),
  );
  await store.insert('polls', polls);
  await store.insert(
    'interface_counters',
    [4, 3, 2, 1, 0].flatMap((back) => [
      interfaceRow({ ts: ago(back), rx_bytes: 10_000 - back * 1250, tx_bytes: 0, mac: 0xaabbccddeeffn, link_downs: 3 }),
      interfaceRow({ ts: ago(back), interface: '<pppoe-a/b ü>', type: 'pppoe-in', rx_bytes: 0, tx_bytes: null }),
    ]),
  );
  const hardware = { site: 'fra1', router: 'r1', agent: 'a1', rank: 1 };
  const board = { ...hardware, routerboard: 1, model: 'RB4011iGS+RM', factory_firmware: '6.45.9', upgrade_firmware: '6.49.18' };
  await store.insert('boards', [
    { ...board, ts: ago(3), serial: 'HP000000002', current_firmware: '6.49.10' },
    { ...board, ts: ago(9), serial: 'HP000000001', current_firmware: '6.48' },
  ]);
  await store.insert('sensors', [
    { ...hardware, ts: ago(1), sensor: 'temperature', value: 0, unit: 'C' },
    { ...hardware, ts: ago(1), sensor: 'psu1-state', value: null, state: 'ok' },
    { ...hardware, ts: ago(7), sensor: 'temperature', value: 41, unit: 'C' },
    { ...hardware, ts: ago(7), sensor: 'psu2-state', value: null, state: 'ok' },
  ]);
  await store.insert('radio_clients', [
    { site: 'fra1', router: 'r1', agent: 'a1', interface: 'wlan1', mac: 1n, ts: ago(1), signal_dbm: -50 },
    { site: 'fra1', router: 'r1', agent: 'a1', interface: 'wlan1', mac: 2n, ts: ago(0), signal_dbm: -71, stack: 'wifi' },
  ]);
  await store.insert('batches', [
    {
      agent: 'a1',
      epoch: 1,
      sequence: 1,
      state: 2,
      sealed_at: ago(0) + 500,
      received_at: ago(0) + 600,
      stored_at: ago(0) + 700,
      clock_offset_ms: 10,
    },
    {
      agent: 'a1',
      epoch: 1,
      sequence: 1,
      state: 2,
      sealed_at: ago(0) + 500,
      received_at: ago(0) + 600,
      stored_at: ago(0) + 700,
      clock_offset_ms: 10,
    },
    { agent: 'a1', epoch: 1, sequence: 2, state: 1, sealed_at: ago(0), received_at: ago(0), stored_at: ago(0) },
  ]);
});
afterAll(async () => {
  await store[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function get(path: string, headers: Record<string, string> = {}, app: OpenAPIHono = api): Promise<Response> {
  return await app.request(`http://localhost${path}`, { headers });
}

async function problem(path: string): Promise<ProblemDetails> {
  const response = await get(path);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const body = ProblemDetails.parse(await response.json());
  expect(body.status).toBe(response.status);
  return body;
}

describe('answers', () => {
  it('give the overview', async () => {
    const overview = Overview.parse(await (await get('/api/v1/overview')).json());
    expect(overview.routers).toEqual({ up: 2, suspect: 0, down: 1, unknown: 0, total: 3 });
    expect(overview.problems).toEqual([
      { site: 'fra1', router: 'r2', state: 'down', since_ms: ago(3), outcome: 'refused', error: '' },
    ]);
    expect(overview.top_talkers).toEqual([{ site: 'fra1', router: 'r1', interface: 'ether1', rx_bps: 1000, tx_bps: 0 }]);
    expect(overview.agents).toEqual([
      {
        agent: 'a1',
        sites: ['fra1', 'lon1'],
        routers: 3,
        last_sealed_ms: ago(0) + 500,
        lag_ms: 2490,
        batches_10m: 1,
        rejected_10m: 1,
        clock_offset_ms: 10,
        clock_off: false,
      },
    ]);
    expect(overview.weakest_clients.map(({ mac, signal_dbm }) => [mac, signal_dbm])).toEqual([
      ['00:00:00:00:00:02', -71],
      ['00:00:00:00:00:01', -50],
    ]);
    expect(overview.newest_poll_ms).toBe(ago(0));
    expect(overview.ingest).toEqual({ rows_per_second: 500, poll_to_stored_p50_ms: 700, poll_to_stored_p99_ms: null });
  });

  it('give the sites', async () => {
    const { sites } = SiteList.parse(await (await get('/api/v1/sites')).json());
    expect(sites).toMatchObject([
      { site: 'fra1', up: 1, down: 1, rx_bps: 1000, radio_clients: 1 },
      { site: 'lon1', up: 1, down: 0, rx_bps: null, radio_clients: null },
    ]);
  });

  it('page through the routers without loss or repetition', async () => {
    const names: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null && names.length < 10) {
      const path: string = `/api/v1/routers?limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`;
      const page = RouterList.parse(await (await get(path)).json());
      names.push(...page.routers.map(({ router }) => router));
      cursor = page.next_cursor;
    }
    expect(names).toEqual(['r1', 'r2', 'r3']);
  });

  it.each([
    ['site=lon1', ['r3']],
    ['state=down', ['r2']],
    ['q=R1', ['r1']],
    ['q=127.75', ['r1', 'r2', 'r3']],
    ['site=fra1&state=up', ['r1']],
    ['q=nothing', []],
  ])('filter the routers by %s', async (query, expected) => {
    const { routers } = RouterList.parse(await (await get(`/api/v1/routers?${query}`)).json());
    expect(routers.map(({ router }) => router)).toEqual(expected);
  });

  it('give a router with its interfaces', async () => {
    const detail = RouterDetail.parse(await (await get('/api/v1/routers/fra1/r1')).json());
    expect(detail.router).toMatchObject({ router: 'r1', state: 'up', radio_clients: 1 });
    expect(detail.interfaces).toMatchObject([
      { interface: '<pppoe-a/b ü>', type: 'pppoe-in', rx_bps: 0, tx_bps: null, mac: null },
      {
        interface: 'ether1',
        mac: 'AA:BB:CC:DD:EE:FF',
        rx_bps: 1000,
        tx_bps: 0,
        running: true,
        disabled: false,
        link_downs: 3,
        rx_errors: null,
        polled_at_ms: ago(0),
      },
    ]);
  });

  it('give the newest board and the sensors of the newest answer about them', async () => {
    const detail = RouterDetail.parse(await (await get('/api/v1/routers/fra1/r1')).json());
    expect(detail.board).toEqual({
      routerboard: true,
      model: 'RB4011iGS+RM',
      revision: '',
      serial: 'HP000000002',
      factory_firmware: '6.45.9',
      current_firmware: '6.49.10',
      upgrade_firmware: '6.49.18',
      polled_at_ms: ago(3),
    });
    expect(detail.sensors).toEqual([
      { sensor: 'psu1-state', value: null, unit: '', state: 'ok', polled_at_ms: ago(1) },
      { sensor: 'temperature', value: 0, unit: 'C', state: '', polled_at_ms: ago(1) },
    ]);
    const without = RouterDetail.parse(await (await get('/api/v1/routers/lon1/r3')).json());
    expect([without.board, without.sensors]).toEqual([null, []]);
  });

  it('give the wireless clients of the newest poll alone', async () => {
    const { clients } = RadioClientList.parse(await (await get('/api/v1/routers/fra1/r1/radio-clients')).json());
    expect(clients).toMatchObject([{ mac: '00:00:00:00:00:02', signal_dbm: -71, stack: 'wifi', snr_db: null }]);
  });

  it.each(['ports', 'radios', 'modems', 'w60g-links', 'neighbors', 'queues', 'bgp-peers', 'ospf-neighbors', 'watched-hosts'])(
    'give the %s that nobody asked for as not read',
    async (table) => {
      const answer: unknown = await (await get(`/api/v1/routers/fra1/r1/${table}`)).json();
      expect(answer).toMatchObject({ polled_at_ms: null, rows: [] });
    },
  );

  it('give the collectors that the newest polls answered', async () => {
    const { collectors } = CollectorList.parse(await (await get('/api/v1/routers/fra1/r1/collectors')).json());
    expect(collectors).toMatchObject([{ collector: 'interface', state: '', answered_at_ms: ago(0), rows: 1, runs: 0 }]);
    expect(await (await get('/api/v1/routers/fra1/r1/table-counts')).json()).toEqual({ counts: [] });
  });

  it('give the outcomes of the polls', async () => {
    const strip = PollStrip.parse(await (await get(`/api/v1/routers/fra1/r2/polls?from_ms=${ago(5)}&to_ms=${NOW}`)).json());
    expect(strip.step_ms).toBe(STEP);
    expect(strip.buckets.map(({ ok, failed, outcome }) => [ok, failed, outcome])).toEqual([
      [1, 0, 'ok'],
      ...Array.from({ length: 4 }, () => [0, 1, 'refused']),
    ]);
  });

  it('give the series of an interface, also with slashes and letters of any script in its name', async () => {
    const series = InterfaceSeries.parse(
      await (await get(`/api/v1/routers/fra1/r1/interfaces/ether1/series?from_ms=${ago(4)}&to_ms=${ago(0)}`)).json(),
    );
    expect(series.rx_bps).toEqual([1000, 1000, 1000, 1000]);
    const path = `/api/v1/routers/fra1/r1/interfaces/${encodeURIComponent('<pppoe-a/b ü>')}/series?from_ms=${ago(4)}&to_ms=${ago(0)}`;
    expect(InterfaceSeries.parse(await (await get(path)).json()).rx_bps).toEqual([0, 0, 0, 0]);
  });

  it('give the hub’s health and metrics', async () => {
    const health = Health.parse(await (await get('/api/v1/health')).json());
    expect(health).toMatchObject({
      ready: true,
      reasons: [],
      version: '1.2.3',
      uptime_ms: 60_000,
      batches: { stored: 1, rejected: 1, skipped: 0 },
    });
    expect(health.engine.parts).toBeGreaterThan(0);
    expect(await (await get('/metrics')).text()).toBe('poplar_test 1\n');
    expect((await get('/healthz')).status).toBe(200);
    expect((await get('/readyz')).status).toBe(200);
  });

  it('say that the hub is not ready while parts are set aside as damaged', async () => {
    const query = "ALTER TABLE router_identities DETACH PARTITION ID '20251231'";
    await store.insert('router_identities', [
      { site: 'fra1', router: 'r1', agent: 'a1', ts: Date.UTC(2025, 11, 31), identity: 'old' },
    ]);
    await store.client.command({ query });
    const health = Health.parse(await (await get('/api/v1/health')).json());
    expect(health.ready).toBe(false);
    expect(health.reasons).toEqual([expect.stringContaining('1 damaged parts')]);
    expect((await get('/readyz')).status).toBe(503);
    await store.client.command({ query: "ALTER TABLE router_identities ATTACH PARTITION ID '20251231'" });
    expect((await get('/readyz')).status).toBe(200);
  });

  it('give the document of themselves', async () => {
    const document: unknown = await (await get('/api/v1/openapi.json')).json();
    expect(document).toHaveProperty(['paths', '/api/v1/routers/{site}/{router}', 'get']);
  });
});

describe('refusals', () => {
  it.each([
    ['/api/v1/routers?limit=0', 'limit'],
    ['/api/v1/routers?limit=5001', 'limit'],
    ['/api/v1/routers?state=broken', 'state'],
    ['/api/v1/routers?cursor=x', 'cursor'],
    ['/api/v1/routers/fra1/r1/interfaces/ether1/series?points=2001', 'points'],
    ['/api/v1/routers/fra1/r1/interfaces/ether1/series?from_ms=yesterday', 'from_ms'],
    [`/api/v1/routers/fra1/r1/interfaces/ether1/series?from_ms=${NOW}&to_ms=${NOW}`, 'from_ms'],
    [`/api/v1/routers/fra1/r1/interfaces/ether1/series?from_ms=${NOW - 32 * 86_400_000}&to_ms=${NOW}`, 'from_ms'],
    [`/api/v1/routers/fra1/r1/polls?from_ms=${NOW - 32 * 86_400_000}&to_ms=${NOW}`, 'from_ms'],
  ])('name the parameter of %s', async (path, parameter) => {
    expect(await problem(path)).toMatchObject({ status: 400, parameter });
  });

  it.each([
    '/api/v1/routers/fra1/nobody',
    '/api/v1/routers/lon1/r1/radio-clients',
    '/api/v1/routers/x/y/polls',
    '/api/v1/routers/lon1/r1/ports',
    '/api/v1/routers/fra1/nobody/queues',
    '/api/v1/routers/fra1/nobody/collectors',
    '/api/v1/nothing',
  ])('say 404 for %s', async (path) => {
    expect(await problem(path)).toMatchObject({ status: 404 });
  });

  it('meet foreign hosts and pages on every path', async () => {
    for (const path of ['/api/v1/overview', '/metrics', '/healthz', '/', '/assets/x.js']) {
      expect((await get(path, { host: 'evil.example' })).status).toBe(403);
      expect((await get(path, { host: 'localhost', origin: 'http://evil.example' })).status).toBe(403);
    }
    expect((await get('/healthz', { host: 'hub.example:8080' })).status).toBe(200);
  });

  it('say 503 and what to try while ClickHouse is away, and health still answers', async () => {
    await using nowhere = createClickHouse({ url: 'http://127.75.0.1:9', user: 'default', password: '', database: 'poplar' });
    const app = createApi(deps({ clickhouse: nowhere }));
    const response = await get('/api/v1/overview', {}, app);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('5');
    expect(ProblemDetails.parse(await response.json()).detail).toContain('Try again');
    const health = Health.parse(await (await get('/api/v1/health', {}, app)).json());
    expect(health).toMatchObject({ ready: false, batches: null, engine: { version: '', parts: null } });
    expect(health.reasons).toHaveLength(1);
    expect((await get('/readyz', {}, app)).status).toBe(503);
    expect((await get('/healthz', {}, app)).status).toBe(200);
  });

  it('are not needed by a reader that asks more than the limit at once: the rest waits', async () => {
    const statuses = await Promise.all(Array.from({ length: 20 }, async () => (await get('/api/v1/routers/fra1/r1')).status));
    expect(new Set(statuses)).toEqual(new Set([200]));
  });
});

describe('headers', () => {
  it('keep answers out of caches, frames and other sites', async () => {
    for (const path of ['/api/v1/sites', '/api/v1/routers?limit=0', '/api/v1/nothing', '/']) {
      const { headers } = await get(path);
      expect(headers.get('content-security-policy')).toContain("default-src 'self'");
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('cache-control')).toBe('no-store');
    }
  });
});

describe('compression', () => {
  const gzip = { 'accept-encoding': 'gzip, deflate, br' };
  const unzip = async (response: Response): Promise<string> => gunzipSync(await response.arrayBuffer()).toString();

  it('is for large answers to those who take it', async () => {
    const plain = await get('/api/v1/openapi.json');
    expect(plain.headers.get('content-encoding')).toBeNull();
    expect(plain.headers.get('vary')).toBe('Accept-Encoding');
    const text = await plain.text();
    expect(plain.headers.get('content-length')).toBe(String(Buffer.byteLength(text)));
    const zipped = await get('/api/v1/openapi.json', gzip);
    expect(zipped.headers.get('content-encoding')).toBe('gzip');
    expect(zipped.headers.get('content-length')).toBeNull();
    expect(zipped.headers.get('content-type')).toContain('application/json');
    expect(zipped.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await unzip(zipped)).toBe(text);
    expect((await get('/api/v1/openapi.json', { 'accept-encoding': 'gzip;q=0' })).headers.get('content-encoding')).toBeNull();
  });

  it('leaves small answers alone', async () => {
    for (const path of ['/healthz', '/api/v1/nothing', '/api/v1/routers?q=nothing'])
      expect((await get(path, gzip)).headers.get('content-encoding')).toBeNull();
  });

  it('keeps tags and HEAD of the viewer’s files', async () => {
    const files = await mkdtemp(join(folder, 'compressed-'));
    const script = 'export const answer = 42;\n'.repeat(1000);
    await mkdir(join(files, 'assets'));
    await writeFile(join(files, 'assets/large-Bx3_9aZk.js'), script);
    await writeFile(join(files, 'assets/photo-Bx3_9aZk.png'), script);
    const app = createApi(deps({ webFolder: files }));
    const path = '/assets/large-Bx3_9aZk.js';
    const plain = await get(path, {}, app);
    expect(plain.headers.get('content-length')).toBe(String(script.length));
    expect(plain.headers.get('etag')).toMatch(/^"/);
    const zipped = await get(path, gzip, app);
    expect(zipped.headers.get('content-encoding')).toBe('gzip');
    expect(zipped.headers.get('cache-control')).toContain('immutable');
    expect(await unzip(zipped)).toBe(script);
    for (const etag of [plain, zipped].map(({ headers }) => headers.get('etag') ?? '')) {
      for (const known of [etag, `"other", ${etag}`, '*']) {
        const again = await get(path, { ...gzip, 'if-none-match': known }, app);
        expect([again.status, again.headers.get('content-encoding'), await again.text()]).toEqual([304, null, '']);
      }
    }
    expect((await get(path, { 'if-none-match': '"other"' }, app)).status).toBe(200);
    const head = await app.request(`http://localhost${path}`, { method: 'HEAD', headers: gzip });
    expect([head.status, await head.text(), head.headers.get('content-encoding')]).toEqual([200, '', null]);
    expect((await get('/assets/photo-Bx3_9aZk.png', gzip, app)).headers.get('content-encoding')).toBeNull();
  });
});

describe('what is missing', () => {
  it('is told as gaps of a range, of all routers or some', async () => {
    const path = `/api/v1/gaps?from_ms=${NOW - 3600_000}&to_ms=${NOW}`;
    const { gaps, truncated } = GapList.parse(await (await get(path)).json());
    expect(truncated).toBe(false);
    expect(gaps).toEqual([
      {
        site: 'fra1',
        router: 'r2',
        from_ms: ago(4),
        to_ms: NOW,
        open: true,
        cause: 'router',
        detail: 'refused',
        agent: 'a1',
        failed_polls: 4,
        missing_polls: 0,
      },
    ]);
    expect(GapList.parse(await (await get(`${path}&site=lon1`)).json()).gaps).toEqual([]);
    expect(GapList.parse(await (await get(`${path}&router=r2&site=fra1`)).json()).gaps).toHaveLength(1);
    expect(await problem('/api/v1/gaps?from_ms=1767225600000&to_ms=1767222000000')).toMatchObject({ parameter: 'from_ms' });
  });

  it('is told as the balance of a day', async () => {
    const { agents, day } = Reconciliation.parse(await (await get('/api/v1/reconciliation?day=2026-01-01')).json());
    expect([day, agents.map(({ agent }) => agent)]).toEqual(['2026-01-01', ['a1']]);
    expect(await problem('/api/v1/reconciliation?day=2026-01-02')).toMatchObject({ status: 400, parameter: 'day' });
    expect(await problem('/api/v1/reconciliation?day=yesterday')).toMatchObject({ status: 400, parameter: 'day' });
  });
});

describe('the viewer', () => {
  it('says how to build it while there is no build, then is served with its assets', async () => {
    const missing = await get('/routers/fra1');
    expect(missing.status).toBe(503);
    expect(await missing.text()).toContain('npm run build');

    await mkdir(join(webFolder, 'assets'), { recursive: true });
    await writeFile(join(webFolder, 'index.html'), '<p>viewer</p>');
    await writeFile(join(webFolder, 'assets/index-Bx3_9aZk.js'), 'export {};');
    await writeFile(join(folder, 'secret.txt'), 'secret');
    const page = await get('/routers/fra1?tab=ports');
    expect(await page.text()).toBe('<p>viewer</p>');
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('cache-control')).toBe('no-cache');
    const asset = await get('/assets/index-Bx3_9aZk.js');
    expect(asset.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(asset.headers.get('cache-control')).toContain('immutable');
    const again = await get('/', { 'if-none-match': page.headers.get('etag') ?? '' });
    expect(again.status).toBe(304);
    expect((await get('/assets/gone-Bx3_9aZk.js')).status).toBe(404);
    expect((await get('/api/v1/nothing')).status).toBe(404);
    await writeFile(join(webFolder, '.hidden'), 'secret');
    for (const path of ['/..%2fsecret.txt', '/assets/..%2f..%2fsecret.txt', '/.hidden', '/%'])
      expect(await (await get(path)).text()).not.toContain('secret');
  });
});
