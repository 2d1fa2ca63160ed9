import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { insertNative } from './insert-native.ts';
import { startTestEngine, type TestEngine } from './testing.ts';

let engine: TestEngine;

beforeAll(async () => {
  engine = await startTestEngine();
});

afterAll(async () => {
  await engine?.[Symbol.asyncDispose]();
});

const COLUMNS = `id UInt64, name LowCardinality(String), maybe Nullable(UInt64), ts DateTime64(3, 'UTC'), signal Nullable(Int32),
  outcome Enum8('ok' = 1, 'timeout' = 4)`;

/** Rows as ClickHouse itself makes them, `first` and on. */
function rows(first: number, count: number): string {
  return `SELECT ${first} + number AS id, toLowCardinality('n' || toString(number % 700)) AS name,
    if(number % 3 = 0, NULL, 18446744073709551615 - number)::Nullable(UInt64) AS maybe,
    toDateTime64('2026-11-23 10:00:00.123', 3, 'UTC') + INTERVAL number MILLISECOND AS ts,
    if(number % 5 = 0, NULL, -number)::Nullable(Int32) AS signal,
    CAST(if(number % 2 = 0, 'ok', 'timeout') AS Enum8('ok' = 1, 'timeout' = 4)) AS outcome
    FROM numbers(${count})`;
}

async function nativeOf(query: string): Promise<Buffer> {
  const { stream } = await engine.client.exec({ query: `${query} FORMAT Native` });
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

async function one(query: string): Promise<unknown> {
  const answer = await engine.client.query({ query, format: 'JSONEachRow' });
  const [row] = await answer.json();
  return row;
}

/** Cuts at every size: block borders and chunk borders have nothing to do with each other. */
function* cut(bytes: Buffer, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describe('insertNative', () => {
  it('stores exactly the values of its blocks', async () => {
    await engine.client.command({ query: `CREATE TABLE exact (${COLUMNS}) ENGINE = MergeTree ORDER BY id` });
    const blocks = [await nativeOf(rows(0, 70_000)), await nativeOf(rows(70_000, 3))];
    await insertNative(engine.client, 'exact', cut(Buffer.concat(blocks), 10_007), { signal: AbortSignal.timeout(10_000) });
    const digest = 'SELECT count() AS n, sum(cityHash64(*)) AS digest, countIf(maybe IS NULL) AS nulls FROM';
    expect(await one(`${digest} exact`)).toEqual(await one(`${digest} (${rows(0, 70_000)} UNION ALL ${rows(70_000, 3)})`));
    expect(await one('SELECT * FROM exact WHERE id = 4')).toEqual({
      id: '4',
      name: 'n4',
      maybe: '18446744073709551611',
      ts: '2026-11-23T10:00:00.127Z',
      signal: -4,
      outcome: 'ok',
    });
  });

  it('says that damaged bytes and unknown columns never succeed', async () => {
    await engine.client.command({ query: `CREATE TABLE refusing (${COLUMNS}) ENGINE = MergeTree ORDER BY id` });
    const block = await nativeOf(rows(0, 10));
    await expect(insertNative(engine.client, 'refusing', [block.subarray(0, block.length - 9)])).rejects.toMatchObject({
      name: 'StoreError',
      retryable: false,
      code: 33,
    });
    const other = await nativeOf('SELECT 1 AS nobody');
    await expect(insertNative(engine.client, 'refusing', [other])).rejects.toMatchObject({ retryable: false, code: 117 });
    await expect(insertNative(engine.client, 'nowhere', [block])).rejects.toMatchObject({ retryable: true, code: 60 });
    await expect(insertNative(engine.client, 'no; DROP', [block])).rejects.toMatchObject({ retryable: false });
    expect(await one('SELECT count() AS n FROM refusing')).toEqual({ n: '0' });
  });

  it('stores a block of more partitions than the server allows', async () => {
    await engine.client.command({ query: 'CREATE TABLE days (d UInt32) ENGINE = MergeTree PARTITION BY d ORDER BY d' });
    await insertNative(engine.client, 'days', [await nativeOf('SELECT toUInt32(number) AS d FROM numbers(150)')]);
    expect(await one('SELECT count() AS n FROM days')).toEqual({ n: '150' });
  });

  it('is not disturbed by queries at the same time', async () => {
    await engine.client.command({ query: `CREATE TABLE busy (${COLUMNS}) ENGINE = MergeTree ORDER BY id` });
    const block = await nativeOf(rows(0, 5000));
    const done = new AbortController();
    const counts: number[] = [];
    const reading = Array.from({ length: 4 }, async () => {
      while (!done.signal.aborted) {
        const row = await one('SELECT toUInt32(count()) AS n, uniqExact(id) AS ids FROM busy');
        counts.push(Number(Object.values(row ?? {})[0]));
      }
    });
    for (let i = 0; i < 40; i += 1) await insertNative(engine.client, 'busy', cut(block, 30_000));
    done.abort();
    await Promise.all(reading);
    expect(await one('SELECT count() AS n FROM busy')).toEqual({ n: '200000' });
    // An insert is seen whole or not at all.
    expect(counts.filter((n) => n % 5000 !== 0)).toEqual([]);
    expect(counts.length).toBeGreaterThan(4);
  });

  it('ends when it is told to', async () => {
    await engine.client.command({ query: `CREATE TABLE ending (${COLUMNS}) ENGINE = MergeTree ORDER BY id` });
    const stop = new AbortController();
    stop.abort(new Error('enough'));
    const block = await nativeOf(rows(0, 10));
    await expect(insertNative(engine.client, 'ending', [block], { signal: stop.signal })).rejects.toThrow('enough');
    expect(await one('SELECT count() AS n FROM ending')).toEqual({ n: '0' });
  });
});

describe('rows as JSON', () => {
  it('take times in ISO 8601 and 64-bit numbers as text', async () => {
    await engine.client.command({ query: "CREATE TABLE times (a UInt64, t DateTime64(3, 'UTC')) ENGINE = MergeTree ORDER BY a" });
    const values = [
      { a: '18446744073709551615', t: '2025-11-23T10:00:00.125Z' },
      { a: 1, t: '2026-11-23T10:00:00.250Z' },
    ];
    await engine.client.insert({ table: 'times', values, format: 'JSONEachRow' });
    const answer = await engine.client.query({
      query: 'SELECT a, toUnixTimestamp64Milli(t) AS ms FROM times ORDER BY a',
      format: 'JSONEachRow',
    });
    expect(await answer.json()).toEqual([
      { a: '1', ms: String(Date.parse('2026-11-23T10:00:00.250Z')) },
      { a: '18446744073709551615', ms: '1763892000125' },
    ]);
  });
});
