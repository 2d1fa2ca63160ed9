/** What docs/analysts.md says, tried. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rebuild } from '../../rollup/rebuild.ts';
import { createRollupStore } from '../../rollup/store.ts';
import { HOUR_MS } from '../../rollup/tiers.ts';
import { migrate } from '../migrate.ts';
import { splitStatements } from '../sql-tokens.ts';
import type { Analyst } from './analyst.ts';
import { basic, DATABASE, type EngineUnderTest, type Reply, sql, startEngineUnderTest } from './testing.ts';

const ROOT = join(import.meta.dirname, '../../../..');
const PAGE = readFileSync(join(ROOT, 'docs/analysts.md'), 'utf8');
const QUERIES = [...PAGE.matchAll(/^```sql\n([^]*?)^```$/gm)].map(([, query = '']) => query);
const SERVER = splitStatements(readFileSync(join(ROOT, 'hub/clickhouse/analysts.sql'), 'utf8'));

/** With the defaults of the configuration. */
const ANN: Analyst = {
  name: 'ann',
  password: 'secret',
  limits: {
    executionMsMax: 30_000,
    memoryBytesMax: 256 * 1024 ** 2,
    rowsToReadMax: 1_000_000_000,
    resultRowsMax: 1_000_000,
    resultBytesMax: 256 * 1024 ** 2,
    concurrentQueriesMax: 2,
  },
};

let under: EngineUnderTest;

function ask(body: string, more = ''): Promise<Reply> {
  return under.ask(`/?${more}`, { body, auth: false, headers: { authorization: basic(ANN.password, ANN.name) } });
}

beforeAll(async () => {
  under = await startEngineUnderTest([ANN]);
  await migrate(under.client, {
    database: DATABASE,
    folder: join(ROOT, 'hub/clickhouse/migrations'),
    log: pino({ level: 'silent' }),
  });
  // An hour of two routers, every ten seconds; r0002 failed in the last ten minutes, is busy and counts errors.
  const seconds = 'now64(3) - toIntervalSecond(number * 10 + 5)';
  const routers = "['r0001', 'r0002'][1 + number % 2]";
  const rows = `(SELECT intDiv(number, 2) AS number, ${routers} AS router FROM numbers(720))`;
  for (const [table, columns, where] of [
    [
      'polls',
      `if(router = 'r0002' AND number < 60, 'timeout', 'ok') AS outcome, 'a1' AS agent, 1 AS epoch, 1000 - number AS poll_number, 10000 AS interval_ms, 20000 AS duration_us, if(outcome = 'ok', 1, 0) AS interface_rows`,
      '1',
    ],
    [
      'interface_counters',
      `'ether1' AS interface, 'a1' AS agent, 'ether' AS type, 1000000 - number * 1000 AS rx_bytes, 1000000 - number * 500 AS tx_bytes, if(router = 'r0002', 1000 - number, 0) AS rx_errors, 0 AS tx_errors, 0 AS rx_drops, 0 AS tx_drops`,
      "router = 'r0001' OR number >= 60",
    ],
    [
      'device_resources',
      `'a1' AS agent, '7.16.2' AS version, 'RB5009' AS board, if(router = 'r0002', 97, 5) AS cpu_load_pct, 100 AS memory_total_bytes, 50 AS memory_free_bytes, 86400000 AS uptime_ms`,
      '1',
    ],
    ['radio_clients', `'wlan1' AS interface, 1 AS mac, 'a1' AS agent, -70 AS signal_dbm`, "router = 'r0001'"],
  ]) {
    const insert = `INSERT INTO ${table} SELECT ${seconds} AS ts, 'fra1' AS site, router, ${columns} FROM ${rows} WHERE ${where}`;
    // By name: the columns come in another order.
    const named = insert.replace(
      ' SELECT',
      ` (ts, site, router, ${[...(columns ?? '').matchAll(/ AS (\w+)/g)].map(([, name]) => name).join(', ')}) SELECT`,
    );
    const { text } = await under.ask('/', { body: named });
    if (text !== '') throw new Error(text);
  }
  const hour = { site: undefined, fromMs: Date.now() - 2 * HOUR_MS, toMs: Date.now() };
  await rebuild(createRollupStore(under.client, DATABASE), hour, () => undefined, new AbortController().signal);
});

afterAll(async () => {
  await under?.[Symbol.asyncDispose]();
});

describe('docs/analysts.md', () => {
  it('has ten queries', () => {
    expect(QUERIES).toHaveLength(10);
  });

  it.each(QUERIES)('%s', async (query) => {
    const reply = await ask(query, 'default_format=JSONEachRow&param_router=r0001&param_interface=ether1');
    expect([reply.status, reply.text]).toEqual([
      200,
      expect.stringMatching(/^\{.*"r000[12]"|"rx_p95_bps"|"rx_bps"|"cause":"router"|"version":"7/),
    ]);
    expect(reply.text).not.toContain('nan');
  });

  it('exports CSV and Parquet', async () => {
    const [csv = '', parquet = ''] = [...PAGE.matchAll(/--data-binary '([^']*)'/g)].map(([, query = '']) => query);
    expect((await ask(csv, 'default_format=CSVWithNames')).text).toMatch(/^"site","router","version","board"\n"fra1","r0001"/);
    const today = new Date().toISOString().slice(0, 10);
    expect((await ask(parquet, `param_day=${today}`)).body.subarray(-4).toString()).toBe('PAR1');
  });

  it('names every code that is raised here', async () => {
    const codes = [...PAGE.matchAll(/^\| (\d+) ([A-Z_]+) \|/gm)];
    const names = codes.map(([, code]) => `errorCodeToName(${code})`).join(', ');
    expect((await ask(`SELECT ${names}`)).text.trim().split('\t')).toEqual(codes.map(([, , name]) => name));
  });
});

describe('analysts.sql', () => {
  it('is what a server understands', async () => {
    expect(SERVER.length).toBeGreaterThan(4);
    for (const statement of SERVER) expect((await under.ask(sql(`EXPLAIN AST ${statement}`))).status).toBe(200);
  });

  it('sets nothing that the engine does not know', async () => {
    const settings = [...(SERVER[0] ?? '').matchAll(/^ {4}(\w+) = /gm)].map(([, name]) => name);
    expect(settings).toContain('max_execution_time');
    const known = await under.ask(
      sql(`SELECT count() FROM system.settings WHERE name IN (${settings.map((name) => `'${name}'`).join(', ')})`),
    );
    expect(known.text).toBe(`${settings.length}\n`);
  });
});
