/** What analysts may do with the embedded engine, and what not. Long because every way around a gate is a case of the same logins. */
import { access } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Analyst } from './analyst.ts';
import { type Ask, basic, DATABASE, type EngineUnderTest, type Reply, sql, startEngineUnderTest } from './testing.ts';

const MIB = 1024 ** 2;
const ANN: Analyst = {
  name: 'ann',
  password: "ann's: secret",
  limits: {
    executionMsMax: 20_000,
    memoryBytesMax: 100 * MIB,
    rowsToReadMax: 50_000_000,
    resultRowsMax: 200_000,
    resultBytesMax: 16 * MIB,
    concurrentQueriesMax: 2,
  },
};
/** Whose every query is over some limit. */
const BOB: Analyst = {
  ...ANN,
  name: 'bob',
  password: 'bob',
  limits: { ...ANN.limits, executionMsMax: 300, rowsToReadMax: 1e15 },
};

let under: EngineUnderTest;
/** As the hub. */
const hub: EngineUnderTest['ask'] = (path, what) => under.ask(path, what);

/** As an analyst. */
function ask(path: string, what: Ask = {}, { name, password } = ANN): Promise<Reply> {
  return under.ask(path, { ...what, auth: false, headers: { authorization: basic(password, name), ...what.headers } });
}

const code = ({ headers }: Reply): unknown => headers['x-clickhouse-exception-code'];

beforeAll(async () => {
  under = await startEngineUnderTest([ANN, BOB]);
  for (const statement of [
    'CREATE TABLE ports (router String, ts DateTime, rx UInt64) ENGINE = ReplacingMergeTree ORDER BY (router, ts)',
    'CREATE VIEW busy AS SELECT router, rx FROM ports WHERE rx >= {least:UInt64}',
    'SYSTEM STOP MERGES ports',
    "INSERT INTO ports VALUES ('r1', 1, 10), ('r1', 2, 20), ('r2', 1, 30)",
    "INSERT INTO ports VALUES ('r2', 1, 30)",
    'CREATE DATABASE other',
    'CREATE TABLE other.secrets (a String) ENGINE = MergeTree ORDER BY a',
    "INSERT INTO other.secrets VALUES ('secret')",
  ]) {
    const { text } = await hub('/', { body: statement });
    if (text !== '') throw new Error(text);
  }
});

afterAll(async () => {
  await under?.[Symbol.asyncDispose]();
});

const SOON = { timeout: 10_000 };

describe('a login of an analyst', () => {
  it('is taken by Basic, by headers and in the URL', async () => {
    expect((await ask(sql('SELECT 1'))).text).toBe('1\n');
    const headers = { 'x-clickhouse-user': ANN.name, 'x-clickhouse-key': ANN.password };
    expect((await under.ask(sql('SELECT 2'), { auth: false, headers })).text).toBe('2\n');
    const url = `&user=ann&password=${encodeURIComponent(ANN.password)}`;
    expect((await under.ask(sql('SELECT 3', url), { auth: false })).text).toBe('3\n');
  });

  it.each([
    ['another password', 'ann', 'bob'],
    ["the hub's password", 'ann', undefined],
    ['no name', '', ANN.password],
    ["the hub's name", 'default', ANN.password],
    ['an unknown name', 'eve', ANN.password],
  ])('is refused with %s', async (_what, name, password) => {
    const reply = await ask(sql('SELECT 1'), {}, { ...ANN, name, password: password ?? under.engine.password });
    expect([reply.status, code(reply)]).toEqual([401, '516']);
  });

  it('reads one database', async () => {
    expect((await ask(sql('SELECT currentDatabase()'), { database: '' })).text).toBe(`${DATABASE}\n`);
    expect((await ask(sql('SELECT currentDatabase()'))).text).toBe(`${DATABASE}\n`);
    for (const database of ['other', 'default', 'system', 'Test']) {
      expect([database, code(await ask(sql('SELECT 1'), { database }))]).toEqual([database, '497']);
    }
  });

  it('sees other databases neither by their tables nor by their columns', async () => {
    const query =
      "SELECT (SELECT count() FROM system.tables WHERE database = 'other'), (SELECT count() FROM system.columns WHERE database = 'other')";
    expect((await hub(sql(query))).text).toBe('1\t1\n');
    expect((await ask(sql(query))).text).toBe('0\t0\n');
  });
});

describe('queries of an analyst', () => {
  it.each([
    ['SELECT count() FROM ports', '3\n'],
    [`SELECT sum(rx) FROM ${DATABASE}.ports AS p`, '60\n'],
    ['FROM ports SELECT max(rx)', '30\n'],
    ['(SELECT 1) UNION ALL (SELECT 1)', '1\n1\n'],
    ['SELECT 1 INTERSECT SELECT 1', '1\n'],
    ['SELECT router FROM busy(least = 25)', 'r2\n'],
    [`SELECT router FROM ${DATABASE}.busy(least = 25)`, 'r2\n'],
    ['WITH x AS (SELECT router, max(rx) AS m FROM ports GROUP BY router) SELECT m FROM x ORDER BY router', '20\n30\n'],
    ['WITH RECURSIVE n AS (SELECT 1 AS a UNION ALL SELECT a + 1 FROM n WHERE a < 3) SELECT max(a) FROM n', '3\n'],
    ['SELECT DISTINCT ports.router FROM ports JOIN ports AS b USING (router) ORDER BY router', 'r1\nr2\n'],
    ['SELECT count() FROM ports WHERE router IN (SELECT router FROM ports WHERE rx = 30)', '1\n'],
    ["SELECT count() FROM ports WHERE router IN ('r1', 'r2') AND rx IN (SELECT number FROM numbers(25))", '2\n'],
    [
      "SELECT rx - lagInFrame(rx) OVER w FROM ports WHERE router = 'r1' WINDOW w AS (PARTITION BY router ORDER BY ts) ORDER BY ts",
      '10\n10\n',
    ],
    ["SELECT * EXCEPT (ts), * REPLACE (rx + 1 AS rx) FROM ports WHERE router = 'r2'", 'r2\t30\tr2\t1970-01-01 00:00:01\t31\n'],
    ["SELECT COLUMNS('^r') FROM ports WHERE rx = 10", 'r1\t10\n'],
    ['SELECT quantile(0.5)(rx), count() FILTER (WHERE rx > 10) FROM ports', '20\t2\n'],
    ['SELECT toStartOfHour(ts) AS h, sum(rx) FROM ports GROUP BY h WITH ROLLUP ORDER BY h LIMIT 1', '1970-01-01 00:00:00\t60\n'],
    ["SELECT a FROM ports ARRAY JOIN [rx, 1] AS a WHERE router = 'r2' ORDER BY a LIMIT 1 BY a", '1\n30\n'],
    ["SELECT format('{}-{}', 'a', 'b'), CAST('1' AS UInt8), 2::String, arrayMap(x -> x + 1, [1])", 'a-b\t1\t2\t[2]\n'],
    ["SELECT c1 FROM VALUES('c1 UInt8', 1)", '1\n'],
    ['SELECT \'a; DROP TABLE ports\', "x;" FROM (SELECT 1 AS "x;") -- ; file(\'x\')', 'a; DROP TABLE ports\t1\n'],
    ['SELECT count() FROM ports FINAL PREWHERE rx > 10 WHERE rx BETWEEN 1 AND 20', '1\n'],
    [
      'SELECT a.rx FROM ports AS a ASOF JOIN ports AS b ON a.router = b.router AND a.ts >= b.ts ORDER BY a.rx LIMIT 1 WITH TIES',
      '10\n',
    ],
    ['SELECT router, sum(rx) FROM ports GROUP BY GROUPING SETS ((router), ()) ORDER BY router', '\t60\nr1\t30\nr2\t30\n'],
    ['SELECT router FROM ports QUALIFY row_number() OVER (ORDER BY rx DESC) = 1', 'r2\n'],
    ['SELECT DISTINCT ON (router) router FROM ports WHERE EXISTS (SELECT 1) ORDER BY router', 'r1\nr2\n'],
    ['SELECT x, y FROM (SELECT 1 AS x, 5 AS y) ORDER BY x WITH FILL TO 3 INTERPOLATE (y AS y + 1)', '1\t5\n2\t6\n'],
    ["SELECT COLUMNS(router, rx), ports.COLUMNS('^rx') FROM ports WHERE rx = 10", 'r1\t10\t10\n'],
    [
      "SELECT CASE WHEN 1 THEN 'a' END, map('k', 1)['k'], (1, 'b').2, [3][1], DATE '2026-01-01' + INTERVAL 1 DAY, 'ab' LIKE 'a%'",
      'a\t1\tb\t3\t2026-01-02\t1\n',
    ],
    ['EXISTS TABLE ports', '1\n'],
    ['SHOW TABLES', 'busy\nports\n'],
    ["SELECT name FROM system.columns WHERE table = 'ports' ORDER BY position", 'router\nts\nrx\n'],
    ["SELECT sum(rows) FROM system.parts WHERE table = 'ports' AND active", '4\n'],
    ['SELECT 1 IN system.one', '0\n'],
  ])('%s', async (query, answer) => {
    expect((await ask(sql(query))).text).toBe(answer);
    expect((await ask('/', { body: query })).text).toBe(answer);
  });

  it.each([
    ['EXPLAIN SELECT * FROM ports', 'ReadFromMergeTree'],
    ["EXPLAIN indexes = 1 SELECT * FROM ports WHERE router = 'r1'", 'Condition'],
    ['EXPLAIN PIPELINE SELECT * FROM ports', 'MergeTree'],
    ['DESCRIBE TABLE ports', 'rx\tUInt64'],
    ['DESC (SELECT 1 AS one)', 'one\tUInt8'],
    ['SHOW CREATE TABLE ports', 'ReplacingMergeTree'],
    ['SHOW COLUMNS FROM ports', 'router'],
    ['SHOW DATABASES', DATABASE],
  ])('%s', async (query, part) => {
    expect((await ask(sql(query))).text).toContain(part);
  });

  it('answer in the format that is asked for', async () => {
    const query = 'SELECT router, rx FROM ports ORDER BY rx';
    expect((await ask(sql(`${query} FORMAT CSVWithNames`))).text).toBe('"router","rx"\n"r1",10\n"r1",20\n"r2",30\n');
    expect((await ask(sql(query, '&default_format=JSONEachRow&output_format_json_quote_64bit_integers=0'))).text).toContain(
      '{"router":"r2","rx":30}',
    );
    const parquet = await ask('/', { body: `${query} FORMAT Parquet` });
    expect([parquet.body.subarray(0, 4).toString(), parquet.body.subarray(-4).toString()]).toEqual(['PAR1', 'PAR1']);
    const zipped = await ask(sql('SELECT number FROM numbers(100000)', '&enable_http_compression=1'), {
      headers: { 'accept-encoding': 'gzip' },
    });
    expect(gunzipSync(zipped.body).toString().split('\n')).toHaveLength(100_001);
    await expect.poll(() => under.scratchFiles(), SOON).toEqual([]);
  });

  it('take parameters', async () => {
    const query = 'SELECT {a:String}, {b:Array(UInt8)} FROM {t:Identifier} LIMIT 1';
    expect((await ask(sql(query, `&param_a=${encodeURIComponent("it's")}&param_b=[1]&param_t=ports`))).text).toBe(
      "it\\'s\t[1]\n",
    );
    expect(code(await ask(sql('SELECT {a:String}')))).toBe('456');
  });

  it('read raw tables as with FINAL unless told', async () => {
    expect((await ask(sql('SELECT count() FROM ports', '&final=0'))).text).toBe('4\n');
  });

  it('say what is wrong with them', async () => {
    const reply = await ask(sql('SELECT rx FRM ports'));
    expect([reply.status, code(reply)]).toEqual([400, '62']);
    expect(reply.text).toContain('Syntax error');
    expect(code(await ask(sql('SELECT nocolumn FROM ports')))).toBe('47');
    expect(code(await ask(sql('SELECT 1 FROM nowhere')))).toBe('60');
    expect(code(await ask('/', { body: '' }))).toBe('62');
  });

  it('go through the official client', async () => {
    await using client = createClient({
      url: under.engine.url,
      username: 'ann',
      password: ANN.password,
      database: DATABASE,
      log: { level: ClickHouseLogLevel.OFF },
    });
    const answer = await client.query({
      query: 'SELECT router, rx FROM ports WHERE rx > {least:UInt64} ORDER BY rx',
      query_params: { least: 15 },
      format: 'JSONEachRow',
    });
    expect(await answer.json()).toEqual([
      { router: 'r1', rx: 20 },
      { router: 'r2', rx: 30 },
    ]);
    await expect(client.insert({ table: 'ports', values: [{ router: 'x' }], format: 'JSONEachRow' })).rejects.toMatchObject({
      code: '164',
      type: 'READONLY',
    });
    await expect(client.command({ query: 'DROP TABLE ports' })).rejects.toMatchObject({ code: '164' });
  });
});

/** Refused: the statement, ClickHouse's code. */
const HOSTILE: readonly (readonly [string, string])[] = [
  // Files.
  ["SELECT * FROM ports INTO OUTFILE '{never}'", '358'],
  ["SELECT 1 INTO/**/OUTFILE '{never}' FORMAT CSV", '358'],
  ["EXPLAIN SELECT 1 INTO OUTFILE '{never}'", '358'],
  ["SELECT 1 AS “'” INTO OUTFILE '{never}' -- '", '358'],
  ["EXPLAIN SELECT 1 AS “'” INTO OUTFILE '{never}' -- '", '358'],
  ["EXPLAIN AST SELECT 1 AS “'” INTO OUTFILE '{never}' -- '", '358'],
  ["EXPLAIN SYNTAX SELECT 1 AS “'” INTO OUTFILE '{never}' FORMAT CSV -- '", '358'],
  ["DESCRIBE (SELECT 1 AS “'”) INTO OUTFILE '{never}' -- '", '358'],
  ["SHOW TABLES LIKE ‘'’ INTO OUTFILE '{never}' -- '", '358'],
  ["SELECT file('/etc/hostname')", '497'],
  ["SELECT FILE('/etc/hostname')", '497'],
  ["SELECT `file`('/etc/hostname')", '497'],
  ['SELECT "fi\\x6ce"(\'/etc/hostname\')', '497'],
  ["SELECT /* */ file /* */ ('/etc/hostname') -- harmless", '497'],
  ["SELECT (SELECT (SELECT file('/etc/hostname')))", '497'],
  ["WITH x AS (SELECT file('/etc/hostname') AS a) SELECT a FROM x", '497'],
  ["WITH file('/etc/hostname') AS a SELECT a", '497'],
  ["SELECT arrayMap(x -> file(x), ['/etc/hostname'])", '497'],
  ["SELECT 1 FROM ports ORDER BY file('/etc/hostname')", '497'],
  ["SELECT sum(rx) OVER (PARTITION BY file('/etc/hostname')) FROM ports", '497'],
  ['SELECT router APPLY(file) FROM ports', '62'],
  ['SELECT * APPLY(file) FROM ports', '497'],
  ['SELECT * APPLY(x -> file(x)) FROM ports', '497'],
  ["SELECT COLUMNS('router') APPLY file FROM ports", '497'],
  ['SELECT ports.* APPLY(length) APPLY(file) FROM ports', '497'],
  ["SELECT * REPLACE (file('/etc/hostname') AS router) FROM ports", '497'],
  ["SELECT * FROM file('/etc/passwd', 'LineAsString')", '497'],
  ["SELECT * FROM File('/etc/passwd', 'LineAsString')", '497'],
  ["SELECT * FROM filesystem('/etc')", '497'],
  ["DESCRIBE file('/etc/passwd', 'LineAsString')", '497'],
  ["DESC TABLE file('/etc/passwd')", '497'],
  ["SELECT 'a' IN file('/etc/passwd', 'LineAsString', 'line String')", '497'],
  ["SELECT 'a' GLOBAL NOT IN file('/etc/passwd', 'LineAsString', 'line String')", '497'],
  ["SELECT * FROM view(SELECT file('/etc/hostname'))", '497'],
  ["SELECT * FROM (DESCRIBE file('/etc/passwd'))", '62'],
  ["EXPLAIN SELECT file('/etc/hostname')", '497'],
  ["EXPLAIN QUERY TREE SELECT file('/etc/hostname')", '497'],
  ["EXPLAIN ESTIMATE SELECT * FROM file('/etc/passwd', 'LineAsString')", '497'],
  ["SELECT catboostEvaluate('/etc/passwd', 1)", '497'],
  ["SELECT aiGenerate('x')", '497'],
  ["SELECT AIClassify('x', ['a'])", '497'],
  ['SELECT * FROM default.`/etc/passwd`', '497'],
  ['SELECT * FROM `/etc/hostname`', '60'],
  ['SELECT * FROM test.`/etc/hostname`', '60'],
  ['SELECT * FROM test.`/etc/resolv.conf`', '497'],
  // Addresses and programs.
  ['SELECT * FROM {url}', '497'],
  ['DESCRIBE {url}', '497'],
  ['SELECT 1 IN {url}', '497'],
  ["SELECT * FROM s3('http://127.0.0.1:{port}/a.csv')", '497'],
  ["DESCRIBE s3('http://127.0.0.1:{port}/a.csv')", '497'],
  ["SELECT * FROM remote('127.0.0.1:{port}', system.one)", '497'],
  ["SELECT * FROM remoteSecure('127.0.0.1:{port}', system.one)", '497'],
  ["SELECT * FROM mysql('127.0.0.1:{port}', 'a', 'b', 'c', 'd')", '497'],
  ["SELECT * FROM postgresql('127.0.0.1:{port}', 'a', 'b', 'c', 'd')", '497'],
  ["SELECT * FROM cluster('default', system.one)", '497'],
  ["SELECT * FROM executable('cat', 'CSV', 'a String')", '497'],
  ["SELECT * FROM sqlite('{never}', 'a')", '497'],
  ["SELECT * FROM merge('system', '^proc')", '497'],
  ['SELECT * FROM loop(system.one)', '497'],
  ["SELECT * FROM eval('SELECT 1')", '497'],
  ["SELECT * FROM input('a Int8')", '497'],
  ["SELECT dictGet('a', 'b', 1)", '497'],
  ["SELECT dictGetString('a', 'b', toUInt64(1))", '497'],
  ["SELECT * FROM dictionary('a')", '497'],
  ["SELECT joinGet('a', 'b', 1)", '497'],
  ['SELECT hostName()', '497'],
  ['SELECT sleepEachRow(1)', '497'],
  ["SELECT editDistance(repeat('a', 60000), repeat('b', 60000))", '497'],
  // Other people and databases.
  ['SELECT query FROM system.processes', '497'],
  ['SELECT query FROM `system`."processes"', '497'],
  ['SELECT 1 FROM ports, system.processes', '497'],
  ["SELECT 'a' IN system.processes", '497'],
  ['SELECT count() FROM {table:Identifier}', '497'],
  ['SELECT count() FROM {database:Identifier}.{name:Identifier}', '497'],
  ['SELECT 1 IN {table:Identifier}', '497'],
  ['SELECT * FROM information_schema.tables', '497'],
  ['SELECT * FROM INFORMATION_SCHEMA.TABLES', '497'],
  ['SELECT * FROM other.secrets', '497'],
  ["SELECT 'secret' IN other.secrets", '497'],
  ['SHOW CREATE TABLE other.secrets', '497'],
  ['SHOW PROCESSLIST', '497'],
  ['SHOW GRANTS', '497'],
  ['KILL QUERY WHERE 1', '164'],
  // More than one statement, or one that writes.
  ['SELECT 1; SELECT 2', '62'],
  ['SELECT 1; DROP TABLE ports', '62'],
  ['SELECT 1;; DROP TABLE ports;', '62'],
  ['SELECT “;” ; DROP TABLE ports', '62'],
  ["SELECT “'” AS a; DROP TABLE ports; SELECT '", '62'],
  ['SELECT $$ ; $$; DROP TABLE ports', '62'],
  ['SELECT 1 -- \n; DROP TABLE ports', '62'],
  ['SELECT 1 PARALLEL WITH DROP TABLE ports', '62'],
  ['INSERT INTO ports SELECT * FROM ports', '164'],
  ["INSERT INTO ports VALUES ('x', 1, 1)", '164'],
  ["INSERT INTO FUNCTION file('{never}') SELECT 1", '164'],
  ['CREATE TABLE never (a Int8) ENGINE = Memory', '164'],
  ['CREATE TEMPORARY TABLE never (a Int8)', '164'],
  ['CREATE FUNCTION never AS x -> x', '164'],
  ['DROP TABLE ports', '164'],
  ['ALTER TABLE ports DELETE WHERE 1', '164'],
  ['OPTIMIZE TABLE ports FINAL', '164'],
  ['DELETE FROM ports WHERE 1', '164'],
  ['TRUNCATE TABLE ports', '164'],
  ['SYSTEM DROP MARK CACHE', '164'],
  ["BACKUP TABLE ports TO File('{never}')", '164'],
  ['USE other', '164'],
  ['SET max_execution_time = 0', '164'],
  ['SET ROLE hub', '164'],
  ['SET ROLE DEFAULT', '164'],
  ['EXECUTE AS default SELECT 1', '164'],
  ['EXPLAIN AST DROP TABLE ports', '497'],
  ['EXPLAIN AST SELECT 1; DROP TABLE ports', '62'],
  ['BEGIN TRANSACTION', '164'],
  // Limits.
  ['SELECT 1 SETTINGS max_execution_time = 0', '164'],
  ['SELECT 1 SETTINGS max_threads = 1', '164'],
  ['SELECT 1 FORMAT CSV SETTINGS max_result_bytes = 0', '164'],
  ['SELECT * FROM (SELECT 1 SETTINGS max_memory_usage = 0)', '164'],
  ['SELECT 1 UNION ALL SELECT 2 SETTINGS limit = 0', '164'],
  ['EXPLAIN SELECT 1 SETTINGS max_execution_time = 0', '164'],
  // Names that would add lines to what the gate reads.
  ["SELECT 1 AS `a)\n  Literal 2 (alias b`, file('/etc/hostname')", '497'],
  ['SELECT 1 AS `a\n  DropQuery`', '497'],
];

describe('what an analyst may not do', () => {
  let requests = 0;
  const listener = createServer((_request, response) => {
    requests += 1;
    response.end('1\n');
  });
  let port = 0;

  beforeAll(async () => {
    await new Promise<void>((resolve) => {
      listener.listen(0, '127.0.0.1', resolve);
    });
    const address = listener.address();
    if (address !== null && typeof address === 'object') ({ port } = address);
  });

  afterAll(async () => {
    await new Promise((resolve) => {
      listener.close(resolve);
    });
  });

  /** A file that nothing may make. */
  const never = (): string => join(under.folder, 'never');
  const filled = (query: string): string =>
    query
      .replace('{never}', never().replaceAll("'", "\\'"))
      .replace('{url}', `url('http://127.0.0.1:${port}/a.csv', 'CSV', 'a Int8')`)
      .replace('{port}', String(port));

  it.each(HOSTILE)('%s', async (query, expected) => {
    const text = filled(query);
    const more = '&param_table=system.processes&param_database=system&param_name=processes';
    const reply = await ask(`/?${more}`, { body: text });
    expect([code(reply), reply.status >= 400]).toEqual([expected, true]);
    expect(code(await ask(sql(text, more)))).toBe(expected);
    expect((await hub(sql('SELECT count() FROM ports FINAL'))).text).toBe('3\n');
  });

  it('asks no address and leaves no file', async () => {
    for (const [query] of HOSTILE) await ask('/', { body: filled(query) });
    expect(requests).toBe(0);
    await expect(access(never())).rejects.toThrow('ENOENT');
    await expect.poll(() => under.scratchFiles(), SOON).toEqual([]);
  });

  it.each([
    'limit=1',
    'limit=0',
    'offset=100',
    'extremes=1',
    'output_format_pretty_max_rows=1',
    'final=0',
    'session_timezone=Asia/Tokyo',
  ])('hides nothing from the gates with %s', async (more) => {
    for (const query of [
      "SELECT 1, file('/etc/hostname')",
      'SELECT * FROM system.processes',
      'SELECT 1 SETTINGS max_threads = 1',
    ]) {
      expect(['497', '164']).toContain(code(await ask(sql(query, `&${more}`))));
    }
  });

  it.each([
    ['brackets', `SELECT ${'('.repeat(60_000)}1${')'.repeat(60_000)}`],
    ['arrays', `SELECT ${'['.repeat(60_000)}1${']'.repeat(60_000)}`],
    ['subqueries', `${'SELECT * FROM ('.repeat(10_000)}SELECT 1${')'.repeat(10_000)}`],
    ['negations', `SELECT ${'NOT '.repeat(60_000)}1`],
    ['minus signs', `SELECT ${'- '.repeat(100_000)}1`],
    ['operators', `SELECT 1${' + 1'.repeat(60_000)}`],
    ['unions', `SELECT 1${' UNION ALL SELECT 1'.repeat(13_000)}`],
    [
      'aliases of aliases',
      `WITH 1 AS a0${Array.from({ length: 40 }, (_, n) => `, a${n} + a${n} AS a${n + 1}`).join('')} SELECT a40`,
    ],
    ['columns', `SELECT ${'1,'.repeat(300_000)}1`],
    ['an open bracket', 'SELECT ('],
    ['an open comment', 'SELECT 1 /*'],
    ['an open string', "SELECT 'a"],
    ['a zero byte', 'SELECT 1\0; DROP TABLE ports'],
    ['bytes that are no text', 'SELECT \x80\xff'],
  ])('keeps the engine alive in front of %s', async (_what, query) => {
    const pid = under.engine.pid();
    const reply = await ask('/', { body: Buffer.from(query, 'latin1') });
    expect(reply.status).toBeLessThan(600);
    expect((await hub(sql('SELECT count() FROM ports FINAL'))).text).toBe('3\n');
    expect(under.engine.pid()).toBe(pid);
  });

  it('says what to do instead', async () => {
    const said = async (query: string): Promise<string> => (await ask(sql(query))).text;
    expect(await said('SELECT * APPLY(file) FROM ports')).toMatch(
      /^Code: 497\. DB::Exception: APPLY is not allowed: name the columns/,
    );
    expect(await said('SELECT 1 SETTINGS max_threads = 1')).toContain('send settings as parameters of the URL. (READONLY)');
    expect(await said('SELECT * FROM system.processes')).toContain(`an analyst reads tables of ${DATABASE} and system.one`);
    expect(await said('DROP TABLE ports')).toContain('An analyst may only read: send one SELECT');
  });

  it.each([
    ['max_execution_time=0', '452'],
    ['max_execution_time=21', '452'],
    ['max_memory_usage=0', '452'],
    ['max_memory_usage=-1', '452'],
    ['max_rows_to_read=50000001', '452'],
    ['max_result_rows=0', '452'],
    ['max_result_bytes=1e12', '452'],
    ['max_threads=2', '452'],
    ['readonly=0&max_threads=8', '452'],
    ['format_schema=/etc/passwd', '164'],
    ['output_format_schema=/tmp/poplar-never', '164'],
    ['format_template_resultset=/etc/passwd', '164'],
    ['allow_introspection_functions=1', '164'],
    ['max_temporary_data_on_disk_size_for_query=0', '164'],
    ['additional_table_filters={}', '164'],
    ['timeout_overflow_mode=break', '164'],
    ['role=hub', '48'],
    ['session_id=x', '48'],
  ])('asks for %s in vain', async (more, expected) => {
    expect(code(await ask(sql('SELECT 1', `&${more}`)))).toBe(expected);
  });

  it('may lower its limits', async () => {
    expect(code(await ask(sql('SELECT number FROM numbers(11)', '&max_result_rows=10')))).toBe('396');
    expect((await ask(sql("SELECT getSetting('max_execution_time')", '&max_execution_time=1.5'))).text).toBe('1.5\n');
  });

  it('keeps every right to the hub', async () => {
    for (const statement of [
      'CREATE TABLE kept (a UInt8) ENGINE = MergeTree ORDER BY a',
      'INSERT INTO kept SELECT 1',
      'DROP TABLE kept',
    ]) {
      expect((await hub('/', { body: statement })).text).toBe('');
    }
    expect((await hub(sql('SELECT count() FROM system.processes SETTINGS max_threads = 2'))).text).not.toBe('');
  });
});

describe('limits of an analyst', () => {
  it.each([
    ['time', 'SELECT count() FROM numbers(1e12) WHERE NOT ignore(sipHash64(number))', '159', 408],
    [
      'time, over a cross join',
      'SELECT count() FROM numbers(1e6) AS a, numbers(1e6) AS b WHERE NOT ignore(sipHash64(a.number, b.number))',
      '159',
      408,
    ],
  ])('bound %s', async (_what, query, expected, status) => {
    const reply = await ask(sql(query), {}, BOB);
    expect([code(reply), reply.status]).toEqual([expected, status]);
  });

  it.each([
    ['memory', 'SELECT uniqExact(number), groupArray(number) FROM numbers(40000000)', '241'],
    ['memory of an array', 'SELECT arraySum(range(400000000))', '241'],
    ['memory of filled rows', 'SELECT count() FROM (SELECT 1 AS x ORDER BY x WITH FILL FROM 0 TO 1000000000000)', '241'],
    ['the query', `SELECT ${'1,'.repeat(300_000)}1`, '229'],
    ['rows read', 'SELECT count() FROM numbers(1e12) WHERE number > 1', '158'],
    ['rows of the answer', 'SELECT number FROM numbers(1000000)', '396'],
    ['values of the answer', 'SELECT randomString(200) FROM numbers(150000)', '396'],
    ['the text of the answer', `SELECT toUInt8(number) AS ${'n'.repeat(500)} FROM numbers(150000) FORMAT JSONEachRow`, '396'],
  ])('bound %s', async (_what, query, expected) => {
    expect(code(await ask('/', { body: query }))).toBe(expected);
    await expect.poll(() => under.scratchFiles(), SOON).toEqual([]);
  });

  it('bound queries at once', async () => {
    const leaving = new AbortController();
    const slow = endless('sipHash128');
    let refused = 0;
    const crowd = Array.from({ length: 40 }, async () => {
      const asking = fetch(`${under.engine.url}${sql(slow)}`, {
        headers: { authorization: basic(ANN.password, 'ann') },
        signal: leaving.signal,
      });
      const response = await asking.catch(() => undefined);
      if (response?.headers.get('x-clickhouse-exception-code') === '202') refused += 1;
    });
    // Two run and sixteen wait; the others are refused at once.
    await expect.poll(() => running('sipHash128'), SOON).toBe(2);
    await expect.poll(() => refused, SOON).toBe(22);
    leaving.abort();
    await Promise.all(crowd);
    expect(refused).toBe(22);
    await expect.poll(() => running('sipHash128'), SOON).toBe(0);
  });

  it('end the query of a client that leaves', async () => {
    const leaving = new AbortController();
    const slow = fetch(`${under.engine.url}${sql(endless('MD5'))}`, {
      headers: { authorization: basic(ANN.password, 'ann') },
      signal: leaving.signal,
    });
    slow.catch(() => undefined);
    await expect.poll(() => running('MD5'), SOON).toBe(1);
    leaving.abort();
    await expect(slow).rejects.toThrow('abort');
    await expect.poll(() => running('MD5'), SOON).toBe(0);
    await expect.poll(() => under.scratchFiles(), SOON).toEqual([]);
  });

  it('let nobody wait for a slow query with parameters', async () => {
    const leaving = new AbortController();
    const query = endless('SHA1', '{n:UInt64}');
    const slow = fetch(`${under.engine.url}${sql(query, '&param_n=10000000')}`, {
      headers: { authorization: basic(ANN.password, 'ann') },
      signal: leaving.signal,
    });
    slow.catch(() => undefined);
    await expect.poll(() => running('SHA1'), SOON).toBe(1);
    expect((await ask(sql('SELECT {a:UInt8}', '&param_a=1'))).text).toBe('1\n');
    expect((await hub(sql('SELECT {a:UInt8}', '&param_a=2'))).text).toBe('2\n');
    expect(await running('SHA1')).toBe(1);
    leaving.abort();
    await expect(slow).rejects.toThrow('abort');
  });

  it('leave the hub its inserts and give their memory back', async () => {
    await hub('/', { body: 'CREATE TABLE arrivals (a UInt64) ENGINE = MergeTree ORDER BY a' });
    const before = await trackedBytes();
    const hostile = [
      'SELECT uniqExact(number), groupArray(number) FROM numbers(40000000)',
      'SELECT number, toString(number) AS s FROM numbers(40000000) ORDER BY s LIMIT 1',
      "SELECT repeat('x', 1000000) FROM numbers(100)",
      'SELECT count() FROM numbers(30000) AS a, numbers(1000) AS b WHERE NOT ignore(sipHash64(a.number, b.number))',
      'SELECT number % 5000000 AS k, count() FROM numbers(40000000) GROUP BY k',
    ];
    const load = Promise.all([ANN, BOB].flatMap((who) => hostile.map((query) => ask(sql(query), {}, who)))).then((replies) =>
      replies.map(code),
    );
    let inserted = 0;
    let ends: unknown[] | undefined;
    while (ends === undefined) {
      const reply = await hub(sql('INSERT INTO arrivals FORMAT TSV'), { body: `${inserted}\n` });
      expect(reply.text).toBe('');
      inserted += 1;
      ends = await Promise.race([load, Promise.resolve(undefined)]);
    }
    expect(ends.filter((end) => end !== undefined).length).toBeGreaterThan(0);
    expect((await hub(sql('SELECT count() FROM arrivals'))).text).toBe(`${inserted}\n`);
    await expect.poll(async () => (await trackedBytes()) - before, SOON).toBeLessThan(64 * MIB);
  });
});

/** A query that only its limit of time would end, with a function to know it by. */
function endless(mark: string, rows = '10000000'): string {
  return `SELECT count() FROM numbers(${rows}) AS a, numbers(10000) AS b WHERE NOT ignore(${mark}(toString(a.number * b.number)))`;
}

async function running(mark: string): Promise<number> {
  const query = `SELECT count() FROM system.processes WHERE position(query, '${mark}') > 0 AND position(query, 'system.processes') = 0 AND NOT startsWith(query, 'EXPLAIN')`;
  return Number((await hub('/', { body: query })).text);
}

async function trackedBytes(): Promise<number> {
  return Number((await hub(sql("SELECT value FROM system.metrics WHERE metric = 'MemoryTracking'"))).text);
}
