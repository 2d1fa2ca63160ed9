/**
 * Words of a SQL text as ClickHouse's lexer sees them: enough to find statements, clauses and formats without taking a
 * semicolon inside a string, a quoted name or a comment for a real one.
 * Source: ClickHouse, src/Parsers/Lexer.cpp.
 */

export interface SqlToken {
  /** `quoted` is a string, a quoted name or a heredoc. */
  readonly kind: 'word' | 'quoted' | 'symbol';
  readonly text: string;
  /** Offsets into the text: first character, and the one behind the last. */
  readonly start: number;
  readonly end: number;
  /** Brackets that enclose the token; an opening bracket and its closing one have the depth outside of them. */
  readonly depth: number;
}

const SPACE = /\s+/y;
const LINE_COMMENT = /(?:--|#!|# )[^\n]*/y;
const WORD = /[A-Za-z0-9_\u0080-\uffff][\w$\u0080-\uffff]*/y;
const HEREDOC = /\$\w*\$/y;

/** The tokens of a text, comments and spaces left out. An unfinished string reaches to the end. */
export function* sqlTokens(sql: string): Generator<SqlToken, void> {
  let at = 0;
  let depth = 0;
  while (at < sql.length) {
    const space = matchAt(SPACE, sql, at) ?? matchAt(LINE_COMMENT, sql, at);
    if (space !== undefined) {
      at += space.length;
      continue;
    }
    if (sql.startsWith('/*', at)) {
      const close = sql.indexOf('*/', at + 2);
      at = close < 0 ? sql.length : close + 2;
      continue;
    }
    const start = at;
    const character = sql.charAt(at);
    const quoted = quotedEnd(sql, at, character);
    if (quoted !== undefined) {
      at = quoted;
      yield { kind: 'quoted', text: sql.slice(start, at), start, end: at, depth };
      continue;
    }
    const word = matchAt(WORD, sql, at);
    if (word !== undefined) {
      at += word.length;
      yield { kind: 'word', text: word, start, end: at, depth };
      continue;
    }
    at += 1;
    if (character === ')' || character === ']' || character === '}') depth = Math.max(0, depth - 1);
    yield { kind: 'symbol', text: character, start, end: at, depth };
    if (character === '(' || character === '[' || character === '{') depth += 1;
  }
}

/** Statements of a script, split at semicolons; those of nothing but comments are left out. */
export function splitStatements(sql: string): string[] {
  const statements: string[] = [];
  let first: SqlToken | undefined;
  let last: SqlToken | undefined;
  const close = (): void => {
    if (first !== undefined && last !== undefined) statements.push(sql.slice(first.start, last.end));
    first = undefined;
    last = undefined;
  };
  for (const token of sqlTokens(sql)) {
    if (token.kind === 'symbol' && token.text === ';') {
      close();
      continue;
    }
    first ??= token;
    last = token;
  }
  close();
  return statements;
}

/** A string literal of ClickHouse. */
export function sqlString(text: string): string {
  return `'${text.replace(/['\\]/g, (character) => `\\${character}`)}'`;
}

/** A quoted name of ClickHouse. */
export function sqlName(name: string): string {
  return `\`${name.replace(/[`\\]/g, (character) => `\\${character}`)}\``;
}

function matchAt(pattern: RegExp, sql: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(sql)?.[0];
}

/** Where the quoted thing that starts here ends, or undefined when none starts. */
function quotedEnd(sql: string, at: number, quote: string): number | undefined {
  if (quote === '$') {
    const tag = matchAt(HEREDOC, sql, at);
    if (tag === undefined) return undefined;
    const close = sql.indexOf(tag, at + tag.length);
    return close < 0 ? undefined : close + tag.length;
  }
  if (quote !== "'" && quote !== '"' && quote !== '`') return undefined;
  for (let i = at + 1; i < sql.length; i += 1) {
    if (sql[i] === '\\') {
      i += 1;
      continue;
    }
    if (sql[i] !== quote) continue;
    if (sql[i + 1] !== quote) return i + 1;
    i += 1;
  }
  return sql.length;
}
