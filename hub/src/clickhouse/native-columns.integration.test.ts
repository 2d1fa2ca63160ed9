import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readNumberColumns } from './native-columns.ts';
import { startTestEngine, type TestEngine } from './testing.ts';

let engine: TestEngine;
beforeAll(async () => {
  engine = await startTestEngine();
});
afterAll(() => engine?.[Symbol.asyncDispose]());

async function native(query: string): Promise<Buffer> {
  const { stream } = await engine.client.exec({ query: `${query} FORMAT Native` });
  return await buffer(stream);
}

const TYPES = `SELECT toUInt8(255 - number) AS u8, toUInt32(4294967295 - number) AS u32, toInt64(number) * 1000003 - 5000000000 AS i64,
  toUInt64(9007199254740991 - number) AS u64, number / 7 AS f64, if(number % 3 = 0, NULL, toUInt64(number)) AS maybe_u64,
  if(number % 2 = 0, NULL, number / 3) AS maybe_f64 FROM numbers(3)`;
const NAMES = ['u8', 'u32', 'i64', 'u64', 'f64', 'maybe_u64', 'maybe_f64'] as const;

describe('readNumberColumns', () => {
  it('reads the values of every type, NULL as NaN', async () => {
    const { rows, columns } = readNumberColumns(await native(TYPES), NAMES);
    expect(rows).toBe(3);
    expect(columns).toEqual({
      u8: Float64Array.of(255, 254, 253),
      u32: Float64Array.of(2 ** 32 - 1, 2 ** 32 - 2, 2 ** 32 - 3),
      i64: Float64Array.of(-5_000_000_000, -4_998_999_997, -4_997_999_994),
      u64: Float64Array.of(2 ** 53 - 1, 2 ** 53 - 2, 2 ** 53 - 3),
      f64: Float64Array.of(0, 1 / 7, 2 / 7),
      maybe_u64: Float64Array.of(Number.NaN, 1, 2),
      maybe_f64: Float64Array.of(Number.NaN, 1 / 3, Number.NaN),
    });
  });

  it('rounds integers beyond 2^53 as JSON does', async () => {
    const numbers = ['18446744073709551615', '9007199254740993', '9223372036854776833'];
    const { columns } = readNumberColumns(await native(`SELECT arrayJoin([${numbers.join(', ')}]::Array(UInt64)) AS n`), ['n']);
    expect([...columns.n]).toEqual(numbers.map((text) => JSON.parse(text)));
  });

  it('joins the blocks of an answer, and knows one without rows', async () => {
    const bytes = await native('SELECT number AS n FROM numbers(10000) SETTINGS max_block_size = 700');
    const { rows, columns } = readNumberColumns(bytes, ['n']);
    expect([rows, ...columns.n]).toEqual([10_000, ...Array.from({ length: 10_000 }, (_, index) => index)]);
    expect(readNumberColumns(await native('SELECT number AS n FROM numbers(0)'), ['n'])).toEqual({
      rows: 0,
      columns: { n: new Float64Array() },
    });
  });

  it('takes no answer that is cut off, wherever', async () => {
    const bytes = await native(TYPES);
    for (let length = 1; length < bytes.length; length++)
      expect(() => readNumberColumns(bytes.subarray(0, length), NAMES)).toThrow('within a block');
  });

  it('takes no other columns and no other types', async () => {
    expect(() => readNumberColumns(Buffer.from([2, 0]), ['a'])).toThrow('2 columns, not 1');
    const other = await native('SELECT toUInt8(1) AS b');
    expect(() => readNumberColumns(other, ['a'])).toThrow('no column a');
    const text = await native("SELECT 'x' AS a");
    expect(() => readNumberColumns(text, ['a'])).toThrow('type String');
  });
});
