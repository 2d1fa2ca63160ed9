/** Rows of any raw table, those of a later release included, for tests that are about all of them. */
import type { ClickHouseClient } from '@clickhouse/client';
import { z } from 'zod';
import type { TestRow } from './testing.ts';

const COLUMNS = z.array(z.object({ name: z.string(), type: z.string(), default_kind: z.string() }));
type Column = z.infer<typeof COLUMNS>[number];

/** The columns of a table that rows are given. */
export async function columnsOf(client: ClickHouseClient, table: string): Promise<Column[]> {
  const answer = await client.query({
    query: 'SELECT name, type, default_kind FROM system.columns WHERE database = currentDatabase() AND table = {table:String}',
    query_params: { table },
    format: 'JSONEachRow',
  });
  return COLUMNS.parse(await answer.json()).filter(({ default_kind }) => ['', 'DEFAULT'].includes(default_kind));
}

/** What makes rows count: a physical port, polls of their kind, things that are at fault at times. */
const WORDS: Readonly<Record<string, (turn: number) => TestRow[string]>> = {
  type: () => 'ether',
  interface: () => 'ether1',
  interval_ms: () => 10_000,
  outcome: (turn) => (turn % 4 === 3 ? 'timeout' : 'ok'),
  answered_collectors: () => 2n ** 22n - 1n,
  status: (turn) => (turn % 2 === 0 ? 'short-circuit' : 'powered-on'),
  state: (turn) => (turn % 2 === 0 ? 'shed' : 'running'),
};

/** A row of any raw table with these columns given; another turn has other values in the others. */
export function rowOf(columns: readonly Column[], identity: TestRow, turn: number): TestRow {
  const value = ({ name, type }: Column, index: number): TestRow[string] => {
    if (type.startsWith('Nullable') && (turn + index) % 5 === 0) return null;
    if (type.includes('String')) return name.endsWith('_symbol') ? '' : `${name}${(turn + index) % 3}`;
    if (type.includes('Int8')) return (turn + index) % 2;
    return type.includes('Int') || type.includes('Float') ? 1000 + turn * 100 + index : null;
  };
  const filled = columns.flatMap((column, index): [string, TestRow[string]][] => {
    const { name } = column;
    if (name in identity) return [];
    return [[name, WORDS[name] === undefined ? value(column, index) : WORDS[name](turn)]];
  });
  return { ...Object.fromEntries(filled), ...identity };
}
