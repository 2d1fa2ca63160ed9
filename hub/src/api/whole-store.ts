/** Everything that a store says, for tests that say that it must not change: tables, views and the answers of the API, new ones included. */

import type { ClickHouseClient } from '@clickhouse/client';
import type { OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { createApi } from './app.ts';
import { SILENT, storedTables } from './testing.ts';

interface Store {
  readonly client: ClickHouseClient;
  readonly database: string;
}

/** What was read, by its name: a table, a view or a request. */
export type WholeStore = Readonly<Record<string, unknown>>;

const HOUR_MS = 3600_000;

export interface Reach {
  /** How far views and requests look back. */
  readonly rangeMs: number;
  /** Of how many routers, interfaces and clients requests are made that are about one. */
  readonly placesMax: number;
}

const LAST_HOUR: Reach = { rangeMs: HOUR_MS, placesMax: Number.POSITIVE_INFINITY };

/** Reads all of it as at nowMs: tables with FINAL, views and requests over a time before. */
export async function readWholeStore(store: Store, nowMs: number, reach = LAST_HOUR): Promise<WholeStore> {
  const tables = await readTables(store);
  const views = await readViews(store, nowMs, reach);
  return { ...tables, ...views, ...(await readAnswers(store, nowMs, reach)) };
}

async function select(client: ClickHouseClient, query: string, params: Readonly<Record<string, string>> = {}) {
  const answer = await client.query({ query, query_params: params, format: 'JSONEachRow' });
  return await answer.json<Record<string, unknown>>();
}

/** When which hub did what: no answer says it, and no two stores have it alike. */
const WHEN_TABLES: ReadonlySet<string> = new Set(['leases', 'retention_floors', 'rollup_marks', 'event_marks']);
/** When the rollups' buckets and the events were made. */
const isWhen = (table: string, column: string): boolean =>
  (table.startsWith('interface_rollup_') || table === 'events') && column === 'version';

/** Every table, read as everybody must: each identity once. */
async function readTables({ client }: Store): Promise<WholeStore> {
  const tables = (await storedTables(client)).filter((table) => !WHEN_TABLES.has(table));
  const read = tables.map(async (table): Promise<[string, unknown]> => {
    const columns = await select(
      client,
      'SELECT name, type FROM system.columns WHERE database = currentDatabase() AND table = {table:String} ORDER BY position',
      { table },
    );
    const said = columns.filter(({ name }) => !isWhen(table, String(name)));
    const names = said.map(({ name, type }) =>
      String(type).startsWith('AggregateFunction(groupBitmap')
        ? `arraySort(bitmapToArray(${String(name)})) AS ${String(name)}`
        : String(name),
    );
    return [`table ${table}`, await select(client, `SELECT ${names.join(', ')} FROM ${table} FINAL ORDER BY ALL`)];
  });
  return Object.fromEntries(await Promise.all(read));
}

/** Every view that is asked; those that fill a table show in it. */
async function readViews({ client }: Store, nowMs: number, { rangeMs }: Reach): Promise<WholeStore> {
  const views = await select(
    client,
    "SELECT name, create_table_query AS sql FROM system.tables WHERE database = currentDatabase() AND engine = 'View' ORDER BY name",
  );
  const found: Record<string, unknown> = {};
  for (const { name, sql } of views) {
    const names = [...new Set([...String(sql).matchAll(/\{(\w+):/g)].map(([, parameter = '']) => parameter))];
    const given = names.map((parameter) => `${parameter} = ${argument(parameter, nowMs, rangeMs)}`);
    found[`view ${String(name)}`] = await select(
      client,
      `SELECT * FROM ${String(name)}${given.length > 0 ? `(${given.join(', ')})` : ''} ORDER BY ALL`,
    );
  }
  return found;
}

/** What a view is asked with, by the name of its parameter. */
function argument(parameter: string, nowMs: number, rangeMs: number): string {
  const time = (ms: number): string => `'${new Date(ms).toISOString().replace('T', ' ').replace('Z', '')}'`;
  if (parameter === 'from') return time(nowMs - rangeMs);
  if (parameter === 'to') return time(nowMs);
  throw new Error(`a view has a parameter ${parameter}: say here what to ask it with`);
}

const document = z.object({
  paths: z.record(
    z.string(),
    z.object({ get: z.object({ parameters: z.array(z.object({ name: z.string(), in: z.string() })).optional() }) }),
  ),
});
const health = z.looseObject({ engine: z.looseObject({}) });

/** The API's answer to every path of its document, for every router and interface that the store knows. */
async function readAnswers(store: Store, nowMs: number, { rangeMs, placesMax }: Reach): Promise<WholeStore> {
  const api = createTestApi(store, nowMs);
  const { paths } = document.parse(await (await api.request('http://localhost/api/v1/openapi.json')).json());
  const routers = await select(store.client, 'SELECT DISTINCT site, router FROM polls ORDER BY ALL');
  const interfaces = await select(store.client, 'SELECT DISTINCT site, router, interface FROM interface_counters ORDER BY ALL');
  const clients = await select(
    store.client,
    'SELECT DISTINCT site, router, MACNumToString(mac) AS mac FROM radio_clients ORDER BY ALL',
  );
  const found: Record<string, unknown> = {};
  for (const [path, { get }] of Object.entries(paths)) {
    // How many parts there are and how large they are is no answer about routers.
    if (path.endsWith('/storage')) continue;
    const places = path.includes('{mac}')
      ? clients
      : path.includes('{interface}')
        ? interfaces
        : path.includes('{router}')
          ? routers
          : [{}];
    for (const place of places.slice(0, placesMax)) {
      const words: Readonly<Record<string, unknown>> = place;
      const filled = path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => encodeURIComponent(String(words[name])));
      const ranged = get.parameters?.some(({ name }) => name === 'from_ms') === true;
      const url = ranged ? `${filled}?from_ms=${nowMs - rangeMs}&to_ms=${nowMs}` : filled;
      const response = await api.request(`http://localhost${url}`);
      const body: unknown = await response.json();
      if (response.status !== 200) throw new Error(`GET ${url} answers ${response.status}: ${JSON.stringify(body)}`);
      // The same of its engine.
      found[`GET ${url}`] = path.endsWith('/health') ? { ...health.parse(body), engine: undefined } : body;
    }
  }
  return found;
}

/** The API over a store, as at nowMs. */
export function createTestApi({ client, database }: Store, nowMs: number): OpenAPIHono {
  return createApi({
    clickhouse: client,
    database,
    embedded: true,
    now: () => nowMs,
    version: '1.2.3',
    startedAtMs: nowMs - 60_000,
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
}
