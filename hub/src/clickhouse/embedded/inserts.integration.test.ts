import { once } from 'node:events';
import { connect } from 'node:net';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EmbeddedEngine } from './engine.ts';
import { basic, type EngineUnderTest, sql, startEngineUnderTest } from './testing.ts';

let engine: EmbeddedEngine;
let under: EngineUnderTest;
const ask: EngineUnderTest['ask'] = (path, what) => under.ask(path, what);

beforeAll(async () => {
  under = await startEngineUnderTest();
  ({ engine } = under);
});

afterAll(async () => {
  await under?.[Symbol.asyncDispose]();
});

async function createTable(columns = 'a UInt64, s String'): Promise<void> {
  const reply = await ask('/', { body: `CREATE OR REPLACE TABLE t (${columns}) ENGINE = MergeTree ORDER BY a` });
  expect(reply.text).toBe('');
}

const written = ({ headers }: { headers: Readonly<Record<string, unknown>> }): unknown =>
  JSON.parse(String(headers['x-clickhouse-summary'])).written_rows;

describe('inserts', () => {
  it.each(['identity', 'gzip', 'zstd'])('take rows behind a query in the URL, coded as %s', async (encoding) => {
    await createTable();
    const rows = Array.from({ length: 100_000 }, (_, a) => `{"a":${a},"s":"x${a}"}`).join('\n');
    const body = { identity: Buffer.from(rows), gzip: gzipSync(rows), zstd: zstdCompressSync(rows) }[encoding] ?? rows;
    const reply = await ask(sql('INSERT INTO t FORMAT JSONEachRow'), { body, headers: { 'content-encoding': encoding } });
    expect([reply.text, written(reply)]).toEqual(['', '100000']);
    expect((await ask(sql('SELECT count(), sum(a), uniqExact(s) FROM t'))).text).toBe('100000\t4999950000\t100000\n');
    await expect.poll(() => under.scratchFiles()).toEqual([]);
  });

  it.each([
    ['rows behind the query in the body', '', 'INSERT INTO t FORMAT JSONEachRow {"a":1,"s":"ä;"} {"a":2,"s":"y"}'],
    ['values in the body', '', "INSERT INTO t (a, s) VALUES (1, 'ä;'), (1 + 1, 'y');"],
    ['values split over URL and body', 'INSERT INTO t VALUES', "(1, 'ä;'), (2, 'y')"],
    ['settings before the format', 'INSERT INTO t SETTINGS async_insert = 0 FORMAT CSV', '1,"ä;"\n2,"y"\n'],
    ['a format in the body', 'INSERT INTO t', 'FORMAT TSV\n1\tä;\n2\ty\n'],
    ['a query of rows', '', "INSERT INTO t SELECT number + 1, ['ä;', 'y'][number + 1] FROM numbers(2)"],
  ])('take %s', async (_what, query, body) => {
    await createTable();
    const reply = await ask(sql(query), { body });
    expect([reply.text, written(reply)]).toEqual(['', '2']);
    expect((await ask(sql('SELECT * FROM t ORDER BY a'))).text).toBe('1\tä;\n2\ty\n');
  });

  it('bind parameters in values', async () => {
    await createTable();
    await ask('/?param_s=it%27s', { body: 'INSERT INTO t VALUES (7, {s:String})' });
    expect((await ask(sql('SELECT s FROM t FORMAT TSVRaw'))).text).toBe("it's\n");
  });

  it.each(['Native', 'RowBinary', 'RowBinaryWithNamesAndTypes', 'Parquet', 'ArrowStream', 'MsgPack', 'CSVWithNames'])(
    'give back %s byte for byte',
    async (format) => {
      await createTable("a UInt64, s LowCardinality(String), n Nullable(Float64), t DateTime64(3, 'UTC'), b Array(UInt8)");
      const select = `SELECT number AS a, toString(number % 300) AS s, if(number % 3 = 0, NULL, number / 7)::Nullable(Float64) AS n,
        toDateTime64(number / 1000, 3, 'UTC') AS t, [number % 256, 10, 59] AS b FROM numbers(70000)`;
      await ask('/', { body: `INSERT INTO t ${select}` });
      const rows = (await ask('/', { body: `SELECT * FROM t ORDER BY a FORMAT ${format}` })).body;
      await createTable("a UInt64, s LowCardinality(String), n Nullable(Float64), t DateTime64(3, 'UTC'), b Array(UInt8)");
      expect(written(await ask(sql(`INSERT INTO t FORMAT ${format}`), { body: rows }))).toBe('70000');
      const digest = 'SELECT count(), sum(cityHash64(a, s, isNull(n), ifNull(n, 0), t, b)) FROM';
      const [stored, meant] = await Promise.all([ask('/', { body: `${digest} t` }), ask('/', { body: `${digest} (${select})` })]);
      expect(stored.text).toBe(meant.text);
    },
  );

  it.each([
    ['torn rows', 'INSERT INTO t FORMAT JSONEachRow', '{"a":1,"s":"x"}{"a":2', 33],
    ['wrong types', 'INSERT INTO t FORMAT JSONEachRow', '{"a":"x"}', 27],
    ['an unknown table', 'INSERT INTO nowhere FORMAT TSV', '1', 60],
    ['an INSERT without rows', 'INSERT INTO t', '', 62],
    ['an unknown format', 'INSERT INTO t FORMAT Nonsense', '1', 73],
    ['a torn block', 'INSERT INTO t FORMAT Native', '\x01\x05\x01a\x06UInt64', 33],
  ])('refuse %s and store nothing', async (_what, query, body, code) => {
    await createTable();
    const reply = await ask(sql(query), { body });
    expect(reply.headers['x-clickhouse-exception-code']).toBe(String(code));
    expect((await ask(sql('SELECT count() FROM t'))).text).toBe('0\n');
    await expect.poll(() => under.scratchFiles()).toEqual([]);
  });

  it('have settings, formats and databases of their own, whoever came before', async () => {
    await createTable();
    const insert = (settings: string, body: string, query = 'INSERT INTO t FORMAT CSV') => ask(sql(query, settings), { body });
    const refused = async (reply: ReturnType<typeof insert>) =>
      expect((await reply).headers['x-clickhouse-exception-code']).toBe('27');
    for (let time = 0; time < 3; time++) {
      expect(written(await insert('&format_csv_delimiter=%3B', '1;x\n'))).toBe('1');
      await refused(insert('', '1;x\n'));
      expect(written(await insert('', '2,x\n'))).toBe('1');
      // Settings of the statement itself end with it.
      expect(written(await insert('', '3;x\n', "INSERT INTO t SETTINGS format_csv_delimiter = ';' FORMAT CSV"))).toBe('1');
      await refused(insert('', '3;x\n'));
      const elsewhere = await ask(sql('INSERT INTO t FORMAT CSV'), {
        body: '4,x\n',
        headers: { 'x-clickhouse-database': 'nowhere' },
      });
      expect(elsewhere.headers['x-clickhouse-exception-code']).toBe('81');
    }
    expect((await ask(sql('SELECT a, count() FROM t GROUP BY a ORDER BY a'))).text).toBe('1\t3\n2\t3\n3\t3\n');
  });

  it('refuse a damaged gzip and an unknown coding', async () => {
    await createTable();
    const zipped = gzipSync('{"a":1,"s":"x"}');
    const torn = await ask(sql('INSERT INTO t FORMAT JSONEachRow'), {
      body: zipped.subarray(0, 20),
      headers: { 'content-encoding': 'gzip' },
    });
    expect(torn.headers['x-clickhouse-exception-code']).toBe('117');
    const lz4 = await ask(sql('INSERT INTO t FORMAT JSONEachRow'), { body: 'x', headers: { 'content-encoding': 'lz4' } });
    expect(lz4.headers['x-clickhouse-exception-code']).toBe('89');
    // A request that is refused before its body is read, which then ends early.
    const early = await ask(sql('SELECT 1', '&nosuchsetting=1'), {
      body: zipped.subarray(0, 20),
      headers: { 'content-encoding': 'gzip' },
    });
    expect(early.status).not.toBe(200);
    expect((await ask('/ping')).status).toBe(200);
  });

  it('store nothing of a client that leaves in the middle', async () => {
    await createTable();
    const { hostname, port } = new URL(engine.url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    socket.write(
      `POST ${sql('INSERT INTO t FORMAT TSV')} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nX-ClickHouse-Database: test\r\nAuthorization: ${basic(engine.password)}\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n1\tx\n\r\n`,
    );
    await expect.poll(() => under.scratchFiles()).toHaveLength(1);
    socket.destroy();
    await expect.poll(() => under.scratchFiles()).toEqual([]);
    expect((await ask(sql('SELECT count() FROM t'))).text).toBe('0\n');
  });

  it('go on while all readers are busy', async () => {
    await createTable();
    const leaving = new AbortController();
    const slow = Array.from({ length: 40 }, () =>
      fetch(`${engine.url}${sql('SELECT count() FROM numbers(1e12) WHERE sleepEachRow(0) = 0 SETTINGS max_threads = 1')}`, {
        headers: { authorization: basic(engine.password) },
        signal: leaving.signal,
      }).catch(() => undefined),
    );
    // Only killed queries could end: an insert that waits for them would time out.
    expect(written(await ask(sql('INSERT INTO t FORMAT TSV'), { body: '1\tx\n' }))).toBe('1');
    leaving.abort();
    await Promise.all(slow);
    expect((await ask(sql('SELECT count() FROM t'))).text).toBe('1\n');
  });
});
