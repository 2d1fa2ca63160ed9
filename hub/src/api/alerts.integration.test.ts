/** Incidents, rules and receivers as the API tells them. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { bookOf } from '../alerts/testing.ts';
import { createApi } from './app.ts';
import { SILENT, startTestStore, type TestRow, type TestStore } from './testing.ts';

const NOW = Date.now();
const MINUTE = 60_000;

let store: TestStore;
beforeAll(async () => {
  store = await startTestStore();
  await store.insert('incidents', [
    incident('a', 10, { site: 'fra1', router: '', rule: 'site_down', severity: 'critical' }),
    incident('b', 20, { closed_at: NOW - 5 * MINUTE, close_reason: 'cleared', closing_value: 2, announced: 2 }),
    incident('c', 20, { router: 'r2', severity: 'info', suppressed_by: 'a', announced: 0, detail: '{"outcome":"timeout"}' }),
    incident('d', 90, { closed_at: NOW - 60 * MINUTE, close_reason: 'withdrawn', announced: 2 }),
  ]);
  const sent = { incident: 'a', rule: 'site_down', kind: 'opened', body: '{}', created_at: NOW, next_attempt_at: NOW };
  await store.insert('notifications', [
    { ...sent, id: '1', receiver: 'noc', fate: 'waiting', attempts: 2, error: 'status 500', version: 2 },
    { ...sent, id: '2', receiver: 'noc', fate: 'waiting', attempts: 0, error: '', version: 0 },
  ]);
  await store.insert('alert_rule_states', [
    { rule: 'hot', evaluated_at: NOW, duration_ms: 12.5, parts: 2, open: 0, pending: 1, error: '', version: 1 },
    { rule: 'bad', evaluated_at: NOW, duration_ms: 0, parts: 1, open: 0, pending: 0, error: 'no such table', version: 1 },
  ]);
});
afterAll(() => store[Symbol.asyncDispose]());

function incident(id: string, minutesAgo: number, more: TestRow = {}): TestRow {
  return {
    id,
    rule: 'router_down',
    severity: 'warning',
    site: 'fra1',
    router: 'r1',
    object: '',
    started_at: NOW - minutesAgo * MINUTE,
    detected_at: NOW - minutesAgo * MINUTE + 1000,
    value: 1,
    unit: '',
    summary: `incident ${id}`,
    detail: '{}',
    suppressed_by: '',
    announced: 1,
    version: 1,
    ...more,
  };
}

const RULES = ['hot', 'bad', 'new']
  .map(
    (name) => `  - name: ${name}
    description: What is wrong
    severity: warning
    sql: SELECT * FROM t WHERE {window}
    unit: °C
    fire_above: 80
    clear_below: 70
`,
  )
  .join('');

async function get(path: string, withAlerts = true): Promise<unknown> {
  const api = createApi({
    clickhouse: store.client,
    database: store.database,
    embedded: true,
    now: () => NOW,
    version: '1.2.3',
    startedAtMs: NOW,
    status: {
      rowsPerSecond: () => 0,
      pollToStoredMs: () => ({ p50: null, p99: null }),
      ready: () => ({ ready: true, reasons: [] }),
    },
    webFolder: import.meta.dirname,
    metrics: () => Promise.resolve(''),
    allowedHosts: [],
    alerts: withAlerts
      ? {
          book: bookOf(`rules:\n${RULES}`),
          interests: [{ name: 'noc', severity: 'critical', sites: [], rules: [] }],
          receivers: [{ kind: 'webhook', name: 'noc', url: 'http://127.0.0.1/', secret: 'shared', ca: undefined, timeoutMs: 1 }],
        }
      : undefined,
    log: SILENT,
  });
  return await (await api.request(`http://localhost${path}`)).json();
}

const page = z.object({ incidents: z.array(z.looseObject({ id: z.string() })), next_cursor: z.string().nullable() });

async function ids(query: string): Promise<string> {
  return page
    .parse(await get(`/api/v1/incidents?${query}`))
    .incidents.map(({ id }) => id)
    .join('');
}

it('incidents come the latest first, filtered, also by when they were open', async () => {
  expect(await ids('')).toBe('acbd');
  expect(await ids('state=open')).toBe('ac');
  expect(await ids('state=closed')).toBe('bd');
  expect(await ids('severity=warning')).toBe('abd');
  expect(await ids('severity=critical')).toBe('a');
  expect(await ids('router=r2&site=fra1')).toBe('c');
  expect(await ids('rule=site_down')).toBe('a');
  expect(await ids('site=nowhere')).toBe('');
  expect(await ids(`from_ms=${NOW - 30 * MINUTE}&to_ms=${NOW - 15 * MINUTE}`)).toBe('cb');
});

it('incidents come page by page, each once', async () => {
  let cursor: string | null = '';
  let seen = '';
  while (cursor !== null) {
    const { incidents, next_cursor } = page.parse(
      await get(`/api/v1/incidents?limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`),
    );
    seen += incidents.map(({ id }) => id).join('');
    cursor = next_cursor;
  }
  expect(seen).toBe('acbd');
  expect(await get('/api/v1/incidents?cursor=nonsense')).toMatchObject({ status: 400, parameter: 'cursor' });
});

it('an incident says what it is about, and why nobody was told', async () => {
  const { incidents } = page.parse(await get('/api/v1/incidents?router=r2'));
  expect(incidents).toEqual([
    {
      id: 'c',
      rule: 'router_down',
      severity: 'info',
      site: 'fra1',
      router: 'r2',
      object: '',
      summary: 'incident c',
      started_ms: NOW - 20 * MINUTE,
      detected_ms: NOW - 20 * MINUTE + 1000,
      closed_ms: null,
      close_reason: '',
      value: 1,
      closing_value: null,
      unit: '',
      detail: { outcome: 'timeout' },
      suppressed_by: 'a',
      announced: false,
    },
  ]);
});

it('rules say how they fare and receivers what waits for them, and neither tells a secret', async () => {
  const answer = await get('/api/v1/alert-rules');
  expect(answer).toMatchObject({
    enabled: true,
    rules: [
      {
        name: 'hot',
        state: 'pending',
        pending: 1,
        fire: '> 80 °C',
        clear: '< 70 °C',
        evaluated_ms: NOW,
        duration_ms: 12.5,
        parts: 2,
      },
      { name: 'bad', state: 'failing', error: 'no such table' },
      { name: 'new', state: 'new', evaluated_ms: null, duration_ms: null },
    ],
    receivers: [
      { name: 'noc', kind: 'webhook', severity: 'critical', waiting: 2, delivered: 0, given_up: 0, error: 'status 500' },
    ],
  });
  expect(JSON.stringify(answer)).not.toContain('shared');
  expect(await get('/api/v1/alert-rules', false)).toEqual({ enabled: false, rules: [], receivers: [] });
});
