/** A statement as a named value: SQL with {name:Type} parameters, a schema for the parameters and one for the rows. */
import type { z } from 'zod';

export interface Query<Params extends z.ZodObject, Row extends z.ZodType> {
  /** Appears in logs and in the query's comment on the server. */
  readonly name: string;
  readonly sql: string;
  readonly params: Params;
  readonly row: Row;
}

/** A statement whose answer is columns of numbers, for thousands of rows: its columns instead of the schema of a row. */
export interface ColumnQuery<Params extends z.ZodObject, Name extends string> {
  readonly name: string;
  readonly sql: string;
  readonly params: Params;
  /** Names of all columns. Types: see clickhouse/native-columns.ts. */
  readonly columns: readonly Name[];
}

/** Values that a parameter may have; arrays are of strings or numbers only. */
export type QueryValue = string | number | readonly string[] | readonly number[];

/** Returns its argument: it only infers the types. */
export function defineQuery<Params extends z.ZodObject, Row extends z.ZodType>(query: Query<Params, Row>): Query<Params, Row> {
  return query;
}

/** The same for columns. */
export function defineColumnQuery<Params extends z.ZodObject, Name extends string>(
  query: ColumnQuery<Params, Name>,
): ColumnQuery<Params, Name> {
  return query;
}

/** Returns the SQL of a query with its parameters written in as literals, for people to paste. */
export function literalSql(sql: string, params: Readonly<Record<string, QueryValue>>): string {
  return sql
    .replaceAll(/\{(\w+):([^}]+)\}/g, (placeholder, name: string, type: string) => {
      const value = params[name];
      if (value === undefined) throw new Error(`BUG: no value for ${placeholder}`);
      if (type === 'Identifier') return identifier(String(value));
      // Without the cast a number is unsigned, and subtractions change their meaning.
      return type === 'Int64' ? `toInt64(${literal(value)})` : literal(value);
    })
    .trim();
}

function literal(value: QueryValue): string {
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`;
  return `[${value.map(literal).join(', ')}]`;
}

function identifier(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
}
