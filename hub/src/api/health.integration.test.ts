import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createClickHouse } from '../clickhouse/client.ts';
import { createApi } from './app.ts';
import { Health } from './schemas.ts';
import { SILENT } from './testing.ts';

/** Takes every query and never answers. */
let mute: Server;

beforeEach(async () => {
  mute = createServer(() => {}).listen(0, '127.0.0.1');
  await once(mute, 'listening');
});

afterEach(() => {
  mute.closeAllConnections();
  mute.close();
});

it('a hub whose ClickHouse takes queries and answers none says so, and that it is not ready', async () => {
  const address = mute.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  await using clickhouse = createClickHouse({
    url: `http://127.0.0.1:${address.port}`,
    user: 'default',
    password: '',
    database: 'poplar',
  });
  const api = createApi({
    clickhouse,
    database: 'poplar',
    embedded: false,
    now: () => 60_000,
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
  const get = async (path: string): Promise<Response> => await api.request(`http://localhost${path}`);
  const [alive, ready, health] = await Promise.all([get('/healthz'), get('/readyz'), get('/api/v1/health')]);
  expect(alive.status).toBe(200);
  expect([ready.status, await ready.text()]).toEqual([503, 'ClickHouse has not answered within 5 s\n']);
  expect(Health.parse(await health.json())).toMatchObject({
    ready: false,
    reasons: ['ClickHouse has not answered within 5 s'],
    batches: null,
    engine: { version: '', parts: null },
  });
});
