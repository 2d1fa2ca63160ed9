/** Puts the SQL of a request together: the URL's query, then the body, which may end in rows. */
import type { Body } from './body.ts';
import { EngineError } from './engine-error.ts';
import { readStatement, type Statement } from './statement.ts';

export type Order =
  /** `before` FROM INFILE … `settings` FORMAT `format`, with the rows. */
  | {
      readonly kind: 'insert';
      readonly before: string;
      readonly settings: string;
      readonly format: string;
      readonly rows: () => AsyncGenerator<Uint8Array, void>;
    }
  /** `body` INTO OUTFILE … FORMAT `format` `tail`. */
  | { readonly kind: 'query'; readonly body: string; readonly format: string | undefined; readonly tail: string }
  | { readonly kind: 'command'; readonly sql: string; readonly inserts: boolean; readonly format: string | undefined };

/** The head of an INSERT must fit: ClickHouse's max_query_size. */
const HEAD_BYTES = 256 * 1024;
/** A query without rows must fit. */
const QUERY_BYTES_MAX = 16 * 1024 * 1024;

/** Reads as much of the body as is SQL. Throws EngineError. */
export async function readOrder(query: string, body: Body): Promise<Order> {
  const url = Buffer.from(query, 'utf8');
  const ofUrl = readStatement(latin1(url));
  // Rows follow a complete head in the URL without being looked at.
  if (ofUrl.kind === 'insert') return insertOrder(ofUrl, url, () => concat(url.subarray(ofUrl.dataStart), body.rest()));

  const prefix = url.length === 0 ? url : Buffer.concat([url, Buffer.from('\n')]);
  const head = Buffer.concat([prefix, await body.head(HEAD_BYTES)]);
  const ofHead = readStatement(latin1(head));
  if (ofHead.kind === 'insert') {
    return insertOrder(ofHead, head, () => skip(ofHead.dataStart, concat(prefix, body.rest())));
  }
  const whole = body.complete ? head : Buffer.concat([prefix, await body.head(QUERY_BYTES_MAX + 1)]);
  if (whole.length > QUERY_BYTES_MAX) {
    throw EngineError.of('QUERY_IS_TOO_LARGE', `The query is larger than ${QUERY_BYTES_MAX} bytes.`);
  }
  return plainOrder(whole === head ? ofHead : readStatement(latin1(whole)), whole);
}

function insertOrder(
  statement: Statement & { kind: 'insert' },
  sql: Buffer,
  rows: () => AsyncGenerator<Uint8Array, void>,
): Order {
  const { clauseStart, clauseEnd, format } = statement;
  return {
    kind: 'insert',
    before: sql.toString('utf8', 0, clauseStart),
    settings: sql.toString('utf8', clauseStart, clauseEnd),
    format,
    rows,
  };
}

function plainOrder(statement: Statement, sql: Buffer): Order {
  switch (statement.kind) {
    case 'query':
      return {
        kind: 'query',
        body: sql.toString('utf8', 0, statement.bodyEnd),
        format: statement.format,
        tail: sql.toString('utf8', statement.tailStart, statement.end),
      };
    case 'command':
      return {
        kind: 'command',
        sql: sql.toString('utf8', 0, statement.end),
        inserts: statement.inserts,
        format: statement.format,
      };
    case 'empty':
      throw EngineError.of('SYNTAX_ERROR', 'Empty query.');
    case 'refused':
      throw refusal(statement.why);
    case 'insert':
      throw new Error('BUG: an INSERT with rows was taken for a plain statement');
    default:
      throw new Error(`BUG: no such statement ${String(statement satisfies never)}`);
  }
}

function refusal(why: (Statement & { kind: 'refused' })['why']): EngineError {
  switch (why) {
    case 'statements':
      return EngineError.of('SYNTAX_ERROR', 'Multi-statements are not allowed: send each statement by itself.');
    case 'outfile':
      return EngineError.of('INTO_OUTFILE_NOT_ALLOWED', 'INTO OUTFILE is not allowed over HTTP: the answer is the response.');
    case 'infile':
      return EngineError.of('SUPPORT_IS_DISABLED', 'FROM INFILE is not allowed over HTTP: send the rows in the body.');
    case 'input':
      return EngineError.of(
        'NOT_IMPLEMENTED',
        'The embedded engine has no INSERT … SELECT FROM input(): insert the rows as they are.',
      );
    default:
      throw new Error(`BUG: no such refusal ${String(why satisfies never)}`);
  }
}

/** One character per byte, so that offsets are the same: everything that matters to the reader is ASCII. */
function latin1(bytes: Buffer): string {
  return bytes.toString('latin1');
}

async function* concat(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  if (first.length > 0) yield first;
  yield* rest;
}

async function* skip(bytes: number, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  let left = bytes;
  for await (const chunk of chunks) {
    if (chunk.length > left) yield chunk.subarray(left);
    left = Math.max(0, left - chunk.length);
  }
}
