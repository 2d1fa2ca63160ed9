/** Runs the order of a request: rows go in and answers come out through scratch files. */
import { sqlString } from '../sql-tokens.ts';
import { EngineError } from './engine-error.ts';
import type { Lane } from './lane.ts';
import type { EngineRequest } from './request.ts';
import type { Scratch, ScratchFile } from './scratch.ts';
import type { SessionScope, Sessions, SessionWork } from './session.ts';
import type { Order } from './sql-of-request.ts';

export interface Answer extends AsyncDisposable {
  readonly format: string;
  /** The rows: a file of this request, or bytes where there are few. */
  readonly content: ScratchFile | Uint8Array;
  readonly readRows: number;
  readonly readBytes: number;
  readonly writtenRows: number;
  readonly writtenBytes: number;
}

export interface Executor {
  /** Resolves when the statement has ended. Throws EngineError, or the signal's reason once the statement is killed. */
  execute(order: Order, request: EngineRequest, signal: AbortSignal): Promise<Answer>;
}

export interface ExecutorParts {
  readonly sessions: Sessions;
  readonly scratch: Scratch;
  /** Inserts have threads of their own, so that no crowd of readers delays them. */
  readonly lanes: { readonly queries: Lane; readonly inserts: Lane };
}

/** Where neither the query nor the request names one. */
export const DEFAULT_FORMAT = 'TabSeparated';
/** Codes of a file that cannot be written: full disk, no handle, folder gone. */
const NO_FILE: ReadonlySet<number> = new Set([75, 76, 107, 243]);
/** Largest answer, bytes of its values, unless the request sets max_result_bytes: a forgotten LIMIT must not fill the disk. */
const ANSWER_BYTES_MAX = 4 * 1024 ** 3;
/** Largest answer without a file, bytes. */
export const ANSWER_BYTES_IN_MEMORY_MAX = 16 * 1024 * 1024;

export function createExecutor({ sessions, scratch, lanes }: ExecutorParts): Executor {
  function inLane<T>(
    lane: Lane,
    scope: SessionScope,
    signal: AbortSignal,
    work: (session: SessionWork) => Promise<T>,
  ): Promise<T> {
    return lane.run(signal, () => sessions.run(scope, signal, work));
  }

  async function insert(order: Order & { kind: 'insert' }, { scope }: EngineRequest, signal: AbortSignal): Promise<Answer> {
    const { format } = order;
    // The upload ends before a thread is taken: a slow client holds none.
    await using file = await scratch.fill(order.rows());
    const sql = `${order.before} FROM INFILE ${sqlString(file.path)} COMPRESSION 'none' ${order.settings} FORMAT ${format}`;
    const { rowsWritten, bytesWritten } = await lanes.inserts.run(signal, () =>
      sessions.reuse(scope, signal, (session) => session.write(sql)),
    );
    return {
      ...NOTHING,
      format,
      readRows: rowsWritten,
      readBytes: file.bytes,
      writtenRows: rowsWritten,
      writtenBytes: bytesWritten,
    };
  }

  async function query(
    order: Order & { kind: 'query' },
    { scope, defaultFormat }: EngineRequest,
    signal: AbortSignal,
  ): Promise<Answer> {
    const format = order.format ?? defaultFormat ?? DEFAULT_FORMAT;
    const file = scratch.reserve();
    try {
      const sql = `${order.body} INTO OUTFILE ${sqlString(file.path)} FORMAT ${format}${order.tail}`;
      const { rowsRead, bytesRead } = await inLane(lanes.queries, limited(scope), signal, (session) =>
        session.query(sql, format),
      );
      const dispose = (): Promise<void> => Promise.resolve(file[Symbol.asyncDispose]());
      return { ...NOTHING, format, content: file, readRows: rowsRead, readBytes: bytesRead, [Symbol.asyncDispose]: dispose };
    } catch (error) {
      await file[Symbol.asyncDispose]();
      if (!(error instanceof EngineError) || !NO_FILE.has(error.code)) throw error;
      // A full disk must not hide what fills it.
      return inMemory(`${order.body} FORMAT ${format}${order.tail}`, format, limitedToMemory(scope), signal);
    }
  }

  async function inMemory(sql: string, format: string, scope: SessionScope, signal: AbortSignal): Promise<Answer> {
    const { bytes, rowsRead, bytesRead } = await inLane(lanes.queries, scope, signal, (session) => session.query(sql, format));
    return { ...NOTHING, format, content: bytes, readRows: rowsRead, readBytes: bytesRead };
  }

  async function command(
    order: Order & { kind: 'command' },
    { scope, defaultFormat }: EngineRequest,
    signal: AbortSignal,
  ): Promise<Answer> {
    const format = order.format ?? defaultFormat ?? DEFAULT_FORMAT;
    if (!order.inserts) return inMemory(order.sql, format, scope, signal);
    const { rowsWritten, bytesWritten } = await inLane(lanes.inserts, scope, signal, (session) => session.write(order.sql));
    return { ...NOTHING, format, writtenRows: rowsWritten, writtenBytes: bytesWritten };
  }

  return {
    execute(order, request, signal) {
      switch (order.kind) {
        case 'insert':
          return insert(order, request, signal);
        case 'query':
          return query(order, request, signal);
        case 'command':
          return command(order, request, signal);
        default:
          throw new Error(`BUG: no such order ${String(order satisfies never)}`);
      }
    },
  };
}

/** An answer without rows. */
export const NOTHING = {
  content: new Uint8Array(),
  readRows: 0,
  readBytes: 0,
  writtenRows: 0,
  writtenBytes: 0,
  [Symbol.asyncDispose]: () => Promise.resolve(),
};

/** The request's settings come last, so they win. */
function limited(scope: SessionScope): SessionScope {
  return { ...scope, settings: new Map([['max_result_bytes', String(ANSWER_BYTES_MAX)], ...scope.settings]) };
}

function limitedToMemory(scope: SessionScope): SessionScope {
  const limits: [string, string][] = [
    ['max_result_bytes', String(ANSWER_BYTES_IN_MEMORY_MAX)],
    ['result_overflow_mode', 'throw'],
  ];
  return { ...scope, settings: new Map([...scope.settings, ...limits]) };
}
