import { access, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { type ClickHouseClient, TupleParam } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClickHouse } from '../client.ts';
import type { EmbeddedEngine } from './engine.ts';
import { ERROR_CODES } from './engine-error.ts';
import { basic, type EngineUnderTest, sql, startEngineUnderTest } from './testing.ts';

let engine: EmbeddedEngine;
let under: EngineUnderTest;
let client: ClickHouseClient;
const ask: EngineUnderTest['ask'] = (path, what) => under.ask(path, what);

beforeAll(async () => {
  under = await startEngineUnderTest();
  ({ engine } = under);
  ({ client } = under);
});

afterAll(async () => {
  await under?.[Symbol.asyncDispose]();
});

const SOON = { timeout: 10_000 };

describe('queries', () => {
  it('takes the query from the URL, the body or both', async () => {
    expect((await ask('/', { body: 'SELECT 1' })).text).toBe('1\n');
    expect((await ask(sql('SELECT 1'), { body: '' })).text).toBe('1\n');
    expect((await ask(sql('SELECT 1,'), { body: '2' })).text).toBe('1\t2\n');
    expect((await ask('/', { body: gzipSync('SELECT 4'), headers: { 'content-encoding': 'gzip' } })).text).toBe('4\n');
  });

  it('tells id, format, summary and content type', async () => {
    const { headers, text } = await ask(sql('SELECT number FROM numbers(10) FORMAT JSONEachRow', '&query_id=mine'));
    expect(text.split('\n')).toHaveLength(11);
    expect(headers).toMatchObject({
      'x-clickhouse-query-id': 'mine',
      'x-clickhouse-format': 'JSONEachRow',
      'content-type': 'application/x-ndjson; charset=UTF-8',
    });
    expect(JSON.parse(String(headers['x-clickhouse-summary']))).toMatchObject({ read_rows: '10', written_rows: '0' });
  });

  it('takes the default format from the URL or a header, the query goes before them', async () => {
    expect((await ask(sql('SELECT 1 AS a', '&default_format=CSVWithNames'))).text).toBe('"a"\n1\n');
    expect((await ask(sql('SELECT 1 AS a'), { headers: { 'x-clickhouse-format': 'CSV' } })).text).toBe('1\n');
    expect((await ask(sql('SELECT 1 AS a FORMAT TSVWithNames', '&default_format=CSV'))).text).toBe('a\n1\n');
    expect((await ask(sql('SHOW DATABASES', '&default_format=JSONEachRow'))).text).toContain('{"name":"system"}');
    expect((await ask(sql('EXPLAIN SELECT 1'))).text).toContain('ReadFromSystemOne');
  });

  it('answers the same however often it is asked', async () => {
    const shifts =
      'SELECT sum(greatest(1, bitShiftRight(intHash32(number) % 200, intHash32(number + 1) % 11))) FROM numbers(1e5)';
    const answers = new Set<string>();
    // From the third time on the engine would compile the expression.
    for (let time = 0; time < 5; time++) answers.add((await ask(sql(shifts))).text);
    expect(answers.size).toBe(1);
  });

  it('merges ten parts where ClickHouse by itself would merge five, and makes no statistics of columns', async () => {
    const changed = 'SELECT name, value FROM system.merge_tree_settings WHERE changed ORDER BY name';
    expect((await ask(sql(changed))).text).toBe('auto_statistics_types\t\nmerge_selector_base\t10\n');
  });

  it('binds parameters, each request its own', async () => {
    const select = 'SELECT {a:Int64} AS a, {b:String} AS b, {c:Array(UInt8)} AS c, {d:Nullable(Int8)} AS d';
    const params = (a: number) => ({ a, b: `it's\ta "b" \\ ${a} ; -- ä`, c: [1, 2], d: null });
    const answers = await Promise.all(
      Array.from({ length: 30 }, async (_, a) => {
        const answer = await client.query({ query: select, query_params: params(a), format: 'JSONEachRow' });
        return answer.json();
      }),
    );
    answers.forEach((rows, a) => {
      expect(rows).toEqual([{ ...params(a), a: String(a) }]);
    });
    const tuple = await client.query({
      query: 'SELECT {t:Tuple(Int8, String)} AS t',
      query_params: { t: new TupleParam([1, 'x']) },
      format: 'JSONEachRow',
    });
    expect(await tuple.json()).toEqual([{ t: [1, 'x'] }]);
    expect((await ask(sql('SELECT {a:Int64}'))).headers['x-clickhouse-exception-code']).toBe('456');
  });

  it('takes parameters as a form', async () => {
    const form = new FormData();
    form.append('query', 'SELECT {a:String} || {b:String}');
    form.append('param_a', 'x'.repeat(100_000));
    const encoded = new Response(form);
    const headers = { 'content-type': encoded.headers.get('content-type') ?? '' };
    const reply = await ask('/?param_b=y', { body: new Uint8Array(await encoded.arrayBuffer()), headers });
    expect(reply.text).toBe(`${'x'.repeat(100_000)}y\n`);
  });

  it('keeps settings and databases apart', async () => {
    await client.command({ query: 'CREATE DATABASE IF NOT EXISTS other' });
    const show = "SELECT currentDatabase(), getSetting('max_threads')";
    expect((await ask(sql(show, '&database=other&max_threads=3'), { database: '' })).text).toBe('other\t3\n');
    expect((await ask(sql(show, '&database=other'), { database: 'system' })).text).toMatch(/^system\t/);
    expect((await ask(sql(show))).text).toMatch(/^test\t(?!3\n)/);
  });

  it.each([
    ['SELEC 1', 62, 400],
    ['SELECT nocolumn', 47, 404],
    ['SELECT FROM WHERE', 62, 400],
    ['SELECT * FROM nowhere', 60, 404],
    ['SELECT nofunction(1)', 46, 404],
    ["SELECT throwIf(1, 'boom')", 395, 500],
    ['SELECT 1; SELECT 2', 62, 400],
    ["SELECT 1 INTO OUTFILE '/tmp/poplar-never'", 358, 500],
    ["INSERT INTO nowhere FROM INFILE '/etc/passwd' FORMAT CSV", 344, 500],
    ['', 62, 400],
  ])('%j fails with code %i and status %i', async (query, code, status) => {
    const reply = await ask('/', { body: query });
    expect([reply.headers['x-clickhouse-exception-code'], reply.status]).toEqual([String(code), status]);
    expect(reply.text).toMatch(new RegExp(`^Code: ${code}\\. DB::Exception: .*\\([A-Z_]+\\) \\(version 26`, 's'));
  });

  it.each([
    ['&nosuchsetting=1', 115],
    ['&database=nowhere', 81],
    ['&session_id=x', 48],
    ['&compress=1', 48],
    ['&role=admin', 48],
    ['&client_protocol_version=54460', 48],
  ])('SELECT 1 with %s fails with code %i', async (more, code) => {
    expect((await ask(sql('SELECT 1', more), { database: '' })).headers['x-clickhouse-exception-code']).toBe(String(code));
  });

  it.each(['', '0', '00', '000', '2'])('a GET with readonly=%j writes nothing', async (readonly) => {
    const more = readonly === '' ? '' : `&readonly=${readonly}`;
    const reply = await ask(sql(`CREATE TABLE written_by_get (a Int8) ENGINE = Memory`, more));
    expect(reply.headers['x-clickhouse-exception-code']).toBe('164');
    expect((await ask(sql('EXISTS TABLE written_by_get'))).text).toBe('0\n');
  });

  it.each(['3', '-1', '0.0', '0x0', 'false', ''])('refuses readonly=%j', async (readonly) => {
    const reply = await ask(sql('SELECT 1', `&readonly=${readonly}`));
    expect([reply.headers['x-clickhouse-exception-code'], reply.status]).toEqual(['36', 400]);
  });

  it('keeps a POST from writing where it asks for that', async () => {
    const reply = await ask('/?readonly=01', { body: 'CREATE TABLE written_by_post (a Int8) ENGINE = Memory' });
    expect(reply.headers['x-clickhouse-exception-code']).toBe('164');
  });

  it.each([
    ['the URL', (format: string) => ask(sql('SELECT 1', `&default_format=${encodeURIComponent(format)}`))],
    ['a header', (format: string) => ask(sql('SELECT 1'), { headers: { 'x-clickhouse-format': format } })],
  ])('takes a default format of %s for a name and nothing else', async (_where, asking) => {
    const path = join(under.folder, 'never.tsv');
    const reply = await asking(`TSV; SELECT 'x' INTO OUTFILE '${path.replaceAll("'", "\\'")}' FORMAT TSV`);
    expect([reply.headers['x-clickhouse-exception-code'], reply.status]).toEqual(['36', 400]);
    await expect(access(path)).rejects.toThrow('ENOENT');
  });

  it.each([
    ['database', '&database=a`; CREATE DATABASE injected; USE `system', '81'],
    ['setting', "&max_threads=1', readonly = '0", '27'],
    ['name of a setting', '&max_threads = 1; CREATE DATABASE injected; SET max_block_size=1', '36'],
    ['name of a parameter', "&param_a = 'x'; CREATE DATABASE injected; SET param_b=1", '36'],
    ['query_id', '&query_id=a\r\nSet-Cookie: b=c', '36'],
  ])('runs nothing out of a %s', async (_what, more, code) => {
    const reply = await ask(sql('SELECT 1', encodeURI(more)), { database: '' });
    expect(reply.headers['x-clickhouse-exception-code']).toBe(code);
    expect(reply.headers['set-cookie']).toBeUndefined();
    expect((await ask('/', { body: 'SHOW DATABASES' })).text).not.toContain('injected');
  });

  it('gives the client errors with code and type', async () => {
    await expect(client.query({ query: 'SELECT * FROM nowhere' })).rejects.toMatchObject({ code: '60', type: 'UNKNOWN_TABLE' });
  });

  it('uses the names that ClickHouse has for its codes', async () => {
    const codes = Object.entries(ERROR_CODES);
    const names = codes.map(([, code]) => `errorCodeToName(${code})`).join(', ');
    expect((await ask('/', { body: `SELECT ${names}` })).text.trim().split('\t')).toEqual(codes.map(([name]) => name));
  });

  it('compresses where asked for twice', async () => {
    const path = sql('SELECT number FROM numbers(100000)', '&enable_http_compression=1');
    const plain = await ask(path);
    const zipped = await ask(path, { headers: { 'accept-encoding': 'gzip, lz4' } });
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(zipped.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(zipped.body).equals(plain.body)).toBe(true);
    expect((await ask(sql('SELECT 1'), { headers: { 'accept-encoding': 'gzip' } })).headers['content-encoding']).toBeUndefined();
    const compressed = createClickHouse({ url: engine.url, user: engine.user, password: engine.password, database: 'default' });
    const small = await compressed.query({
      query: 'SELECT 1 AS a',
      format: 'JSONEachRow',
      clickhouse_settings: { enable_http_compression: 1 },
    });
    expect(await small.json()).toEqual([{ a: 1 }]);
    await compressed.close();
  });

  it('streams an answer that is larger than its memory', async () => {
    const read = async (rows: number): Promise<number> => {
      const query = `SELECT number, toString(number) FROM numbers(${rows}) FORMAT TSV`;
      const response = await fetch(`${engine.url}${sql(query)}`, { headers: { authorization: basic(engine.password) } });
      let bytes = 0;
      for await (const chunk of response.body ?? []) bytes += chunk.length;
      return bytes;
    };
    // The first large answer costs what threads and allocator keep; a later one must not cost its own size.
    await read(6_000_000);
    const before = await under.memoryBytes();
    const bytes = await read(12_000_000);
    // Every number twice (84 888 890 digits), a tab and a line end.
    expect(bytes).toBe(2 * 84_888_890 + 2 * 12_000_000);
    expect((await under.memoryBytes()) - before).toBeLessThan(bytes / 2);
    // A file goes after the last byte of its answer.
    await expect.poll(() => under.scratchFiles(), SOON).toEqual([]);
  });

  it('bounds an answer unless the request does', async () => {
    const query = "SELECT getSetting('max_result_bytes')";
    expect((await ask(sql(query))).text).toBe(`${4 * 1024 ** 3}\n`);
    expect((await ask(sql(query, '&max_result_bytes=1000000'))).text).toBe('1000000\n');
    const large = await ask(sql('SELECT number FROM numbers(1000000)', '&max_result_bytes=1000000'));
    expect(large.headers['x-clickhouse-exception-code']).toBe('396');
  });

  it('delays no request behind slow ones that have parameters', async () => {
    const leaving = new AbortController();
    const mark = `slow ${crypto.randomUUID()}`;
    const slow = Array.from({ length: 4 }, () =>
      client.query({
        query: `SELECT count() FROM numbers({rows:UInt64}) WHERE number % 7 = 1 AND '${mark}' != '' SETTINGS max_threads = 1`,
        query_params: { rows: '1000000000000000' },
        abort_signal: leaving.signal,
      }),
    );
    // These answers come while the slow ones run, or never: they end only because their client leaves.
    await expect.poll(() => running(mark), SOON).toBe(4);
    const answer = await client.query({ query: 'SELECT {a:Int32} AS a', query_params: { a: 7 }, format: 'JSONEachRow' });
    expect(await answer.json()).toEqual([{ a: 7 }]);
    expect(await running(mark)).toBe(4);
    leaving.abort();
    await Promise.allSettled(slow);
    await expect.poll(() => running(mark), SOON).toBe(0);
  });

  it('ends the query of a client that leaves', async () => {
    const leaving = new AbortController();
    const mark = `leaving ${crypto.randomUUID()}`;
    const slow = client.query({
      query: `SELECT count() FROM numbers(1e15) WHERE number % 7 = 1 -- ${mark}\n AND '${mark}' != ''`,
      abort_signal: leaving.signal,
    });
    await expect.poll(() => running(mark), SOON).toBe(1);
    leaving.abort();
    await expect(slow).rejects.toThrow('abort');
    await expect.poll(() => running(mark), SOON).toBe(0);
    await expect.poll(() => under.scratchFiles(), SOON).toEqual([]);
  });

  it('survives clients that leave at any moment of a large answer', async () => {
    const pid = engine.pid();
    const query = 'SELECT number, toString(number) FROM numbers(30000) FORMAT TSV';
    await Promise.all(
      Array.from({ length: 400 }, async (_, index) => {
        const leaving = new AbortController();
        const answer = fetch(`${engine.url}${sql(query)}`, {
          headers: { authorization: basic(engine.password) },
          signal: AbortSignal.any([leaving.signal, AbortSignal.timeout(1 + index)]),
        });
        await answer.catch(() => undefined);
        leaving.abort();
      }),
    );
    // For a moment those that left still stand in line, and it is full.
    await expect.poll(async () => (await ask(sql('SELECT 1'))).text, SOON).toBe('1\n');
    expect(engine.pid()).toBe(pid);
    await expect.poll(() => under.scratchFiles(), SOON).toEqual([]);
  });

  it('keeps answering where no file can be written', async () => {
    await rm(join(under.folder, 'clickhouse-scratch'), { recursive: true });
    expect((await ask(sql('SELECT 1, 2 FORMAT CSV SETTINGS max_threads = 1'))).text).toBe('1,2\n');
  });
});

async function running(mark: string): Promise<number> {
  const query = `SELECT count() FROM system.processes WHERE position(query, '${mark}') > 0 AND position(query, 'system.processes') = 0`;
  return Number((await ask('/', { body: query })).text);
}
