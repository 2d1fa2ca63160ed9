import { describe, expect, it } from 'vitest';
import { readStatement } from './statement.ts';

function insertOf(sql: string): object {
  const statement = readStatement(sql);
  if (statement.kind !== 'insert') return statement;
  const { clauseStart, clauseEnd, format, dataStart } = statement;
  return {
    before: sql.slice(0, clauseStart).trim(),
    settings: sql.slice(clauseStart, clauseEnd).trim(),
    format,
    rows: sql.slice(dataStart),
  };
}

function queryOf(sql: string): object {
  const statement = readStatement(sql);
  if (statement.kind !== 'query') return statement;
  const { bodyEnd, format, tailStart, end } = statement;
  return { body: sql.slice(0, bodyEnd).trim(), format, tail: sql.slice(tailStart, end).trim() };
}

describe('an INSERT with rows', () => {
  it.each([
    ['INSERT INTO t FORMAT Native', { before: 'INSERT INTO t', settings: '', format: 'Native', rows: '' }],
    [
      'insert into db.t(a, b) format JSONEachRow {"a":1}',
      { before: 'insert into db.t(a, b)', settings: '', format: 'JSONEachRow', rows: '{"a":1}' },
    ],
    [
      'INSERT INTO t SETTINGS async_insert=0 FORMAT CSV\n1\n',
      { before: 'INSERT INTO t', settings: 'SETTINGS async_insert=0', format: 'CSV', rows: '1\n' },
    ],
    ['INSERT INTO t FORMAT RowBinary \r\n\n\x00', { before: 'INSERT INTO t', settings: '', format: 'RowBinary', rows: '\n\x00' }],
    [
      "INSERT INTO `format` (`values`) VALUES ('FORMAT x')",
      { before: 'INSERT INTO `format` (`values`)', settings: '', format: 'Values', rows: "('FORMAT x')" },
    ],
    [
      'INSERT INTO values.format VALUES (1)',
      { before: 'INSERT INTO values.format', settings: '', format: 'Values', rows: '(1)' },
    ],
    [
      "INSERT INTO FUNCTION null('a Int8') FORMAT TSV 1",
      { before: "INSERT INTO FUNCTION null('a Int8')", settings: '', format: 'TSV', rows: '1' },
    ],
    [
      'INSERT INTO TABLE t (* EXCEPT(b)) FORMAT TSV 1',
      { before: 'INSERT INTO TABLE t (* EXCEPT(b))', settings: '', format: 'TSV', rows: '1' },
    ],
  ])('%j is taken apart', (sql, parts) => {
    expect(insertOf(sql)).toEqual(parts);
  });

  it.each([
    'INSERT INTO t',
    'INSERT INTO t;',
    'INSERT INTO t SELECT 1',
    'INSERT INTO t (a) WITH 1 AS x SELECT x;',
    'INSERT INTO t (SELECT format FROM x)',
    'INSERT INTO t SELECT input FROM x',
    'INSERT INTO t FROM x SELECT a',
  ])('%j carries no rows', (sql) => {
    expect(readStatement(sql)).toMatchObject({ kind: 'command', inserts: true });
  });
});

describe('a query', () => {
  it.each([
    ['SELECT 1', { body: 'SELECT 1', format: undefined, tail: '' }],
    ['SELECT 1;', { body: 'SELECT 1', format: undefined, tail: '' }],
    ['(SELECT 1) -- done', { body: '(SELECT 1)', format: undefined, tail: '' }],
    ['SELECT 1 AS x FORMAT JSON', { body: 'SELECT 1 AS x', format: 'JSON', tail: '' }],
    [
      'with 1 as a select a format JSON settings max_threads=1;',
      { body: 'with 1 as a select a', format: 'JSON', tail: 'settings max_threads=1' },
    ],
    ['SELECT a SETTINGS x=1 FORMAT CSV', { body: 'SELECT a SETTINGS x=1', format: 'CSV', tail: '' }],
    ['SELECT format FROM t', { body: 'SELECT format FROM t', format: undefined, tail: '' }],
    ['SELECT a AS format FROM t', { body: 'SELECT a AS format FROM t', format: undefined, tail: '' }],
    ["SELECT 'FORMAT JSON'", { body: "SELECT 'FORMAT JSON'", format: undefined, tail: '' }],
    [
      'SELECT * FROM t WHERE a IN (SELECT b FORMAT c)',
      { body: 'SELECT * FROM t WHERE a IN (SELECT b FORMAT c)', format: undefined, tail: '' },
    ],
    ['SHOW TABLES FORMAT TSV', { body: 'SHOW TABLES', format: 'TSV', tail: '' }],
  ])('%j is taken apart', (sql, parts) => {
    expect(queryOf(sql)).toEqual(parts);
  });
});

describe('anything else', () => {
  it.each([
    ['CREATE TABLE t (a Int8) ENGINE = Memory;', { kind: 'command', inserts: false, format: undefined }],
    ["KILL QUERY WHERE query_id = 'x' FORMAT JSON", { kind: 'command', inserts: false, format: 'JSON' }],
    ['  -- nothing\n', { kind: 'empty' }],
    ['SELECT 1; SELECT 2', { kind: 'refused', why: 'statements' }],
    ["SELECT 1 INTO OUTFILE 'x'", { kind: 'refused', why: 'outfile' }],
    ["INSERT INTO t FROM INFILE 'x' FORMAT CSV", { kind: 'refused', why: 'infile' }],
    ["INSERT INTO t SELECT a FROM input('a Int8') FORMAT CSV", { kind: 'refused', why: 'input' }],
  ])('%j is known', (sql, statement) => {
    expect(readStatement(sql)).toMatchObject(statement);
  });
});
