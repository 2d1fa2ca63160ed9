/**
 * What an HTTP request asks of the engine, read from the SQL alone: rows to insert with their format and where they start, a
 * query with an answer, or a command. Keywords are recognised outside quotes, comments and brackets only.
 */
import { type SqlToken, sqlTokens } from '../sql-tokens.ts';

export type Statement =
  /** `INSERT … FORMAT X` with rows behind it: `sql[0, clauseStart)` INSERT INTO t (…), then settings, then rows from `dataStart`. */
  | {
      readonly kind: 'insert';
      readonly clauseStart: number;
      readonly clauseEnd: number;
      readonly format: string;
      readonly dataStart: number;
    }
  /** A query whose rows can go to a file: the text without its FORMAT clause is `sql[0, bodyEnd)`, SETTINGS behind FORMAT follow from `tailStart`. */
  | {
      readonly kind: 'query';
      readonly bodyEnd: number;
      readonly format: string | undefined;
      readonly tailStart: number;
      readonly end: number;
    }
  /** Anything else: DDL, INSERT SELECT, KILL, SYSTEM … `end` leaves out the closing semicolon. */
  | { readonly kind: 'command'; readonly inserts: boolean; readonly format: string | undefined; readonly end: number }
  | { readonly kind: 'empty' }
  /** Not allowed over HTTP, or not supported here. */
  | { readonly kind: 'refused'; readonly why: 'statements' | 'outfile' | 'infile' | 'input' };

const WITH_ANSWER: ReadonlySet<string> = new Set(['SELECT', 'WITH', 'FROM', 'SHOW', 'DESCRIBE', 'DESC', 'EXISTS']);

/** Reads one statement. For an INSERT the text may end anywhere behind its head: the rows are not looked at. */
export function readStatement(sql: string): Statement {
  const tokens = sqlTokens(sql);
  const first = firstWord(tokens);
  if (first === undefined) return { kind: 'empty' };
  return first.text.toUpperCase() === 'INSERT' ? readInsert(sql, tokens) : readOther(first, tokens);
}

/** The first token that is not an opening bracket: `(SELECT 1)` is a SELECT. */
function firstWord(tokens: Generator<SqlToken, void>): SqlToken | undefined {
  for (let next = tokens.next(); !next.done; next = tokens.next()) if (next.value.text !== '(') return next.value;
  return undefined;
}

function readInsert(sql: string, tokens: Generator<SqlToken, void>): Statement {
  let token = take(tokens);
  for (const word of ['INTO', 'TABLE', 'FUNCTION']) if (keyword(token) === word) token = take(tokens);
  // `token` is the name, `database.table`: its parts may look like any keyword.
  token = take(tokens);
  while (token?.text === '.') {
    take(tokens);
    token = take(tokens);
  }
  let clauseStart: number | undefined;
  let opened = false;
  for (; token !== undefined; token = take(tokens)) {
    const word = keyword(token);
    if (token.depth > 0) {
      // `INSERT INTO t (SELECT …)`: a query where columns could be.
      if (opened && (word === 'SELECT' || word === 'WITH')) return readOther(token, tokens, false);
      opened = false;
      continue;
    }
    opened = token.text === '(';
    if (word === 'SETTINGS') clauseStart ??= token.start;
    if (word === 'FROM') {
      const infile = take(tokens);
      return keyword(infile) === 'INFILE' ? { kind: 'refused', why: 'infile' } : readOther(token, tokens, false);
    }
    if (word === 'SELECT' || word === 'WITH' || word === 'WATCH') return readOther(token, tokens, false);
    if (word === 'VALUES' || word === 'FORMAT') {
      const name = word === 'FORMAT' ? take(tokens) : token;
      if (name === undefined) break;
      const format = word === 'FORMAT' ? name.text : 'Values';
      const clauseEnd = token.start;
      return { kind: 'insert', clauseStart: clauseStart ?? clauseEnd, clauseEnd, format, dataStart: dataStart(sql, name.end) };
    }
  }
  // Neither rows nor a query: the engine says what is missing.
  return { kind: 'command', inserts: true, format: undefined, end: sql.length };
}

/** Rows start behind the format's name, blanks and one line end, as in ParserInsertQuery. */
function dataStart(sql: string, formatEnd: number): number {
  const blank = /[ \t\f]*;?[ \t\f]*(?:\r?\n)?/y;
  blank.lastIndex = formatEnd;
  return formatEnd + (blank.exec(sql)?.[0].length ?? 0);
}

/** Everything but rows: finds the closing semicolon and the FORMAT clause. */
function readOther(first: SqlToken, tokens: Generator<SqlToken, void>, answers = true): Statement {
  let before: SqlToken | undefined;
  let last = first;
  let format: { readonly start: number; readonly end: number; readonly name: string } | undefined;
  let closed = false;
  let readsInput = false;
  for (let token = take(tokens); token !== undefined; token = take(tokens)) {
    if (closed) {
      if (token.text === ';') continue;
      return { kind: 'refused', why: 'statements' };
    }
    const word = keyword(token);
    if (token.text === '(' && keyword(last) === 'INPUT') readsInput = true;
    if (token.depth === 0) {
      if (token.text === ';') {
        closed = true;
        continue;
      }
      if (word === 'OUTFILE' && keyword(last) === 'INTO') return { kind: 'refused', why: 'outfile' };
      if (
        keyword(last) === 'FORMAT' &&
        word !== undefined &&
        word !== 'SETTINGS' &&
        before !== undefined &&
        isEndOfClause(before)
      ) {
        format = { start: last.start, end: token.end, name: token.text };
      } else if (format !== undefined && word !== 'SETTINGS' && last.end === format.end) format = undefined;
    }
    before = last;
    last = token;
  }
  if (readsInput && !answers) return { kind: 'refused', why: 'input' };
  const end = last.end;
  if (answers && WITH_ANSWER.has(first.text.toUpperCase())) {
    return { kind: 'query', bodyEnd: format?.start ?? end, format: format?.name, tailStart: format?.end ?? end, end };
  }
  return { kind: 'command', inserts: !answers, format: format?.name, end };
}

/** FORMAT is a clause unless it names something: behind a dot, an operator or AS it does. */
function isEndOfClause(token: SqlToken): boolean {
  if (token.kind === 'symbol') return token.text === ')' || token.text === ']' || token.text === '}' || token.text === '*';
  return keyword(token) !== 'AS' && keyword(token) !== 'SELECT';
}

function keyword(token: SqlToken | undefined): string | undefined {
  return token?.kind === 'word' ? token.text.toUpperCase() : undefined;
}

function take(tokens: Generator<SqlToken, void>): SqlToken | undefined {
  const next = tokens.next();
  return next.done ? undefined : next.value;
}
