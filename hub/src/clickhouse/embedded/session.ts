/** One statement in a session of its own: settings, parameters and database of a request never meet another's. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { sqlName, sqlString } from '../sql-tokens.ts';
import type { Addon, Connection, QueryAnalysis, QueryResult, WriteResult } from './addon.ts';
import { asEngineError, EngineError } from './engine-error.ts';

export type ReadOnly = 0 | 1 | 2;

export interface SessionScope {
  readonly database: string | undefined;
  /** Settings by name, applied in this order; readonly is not among them. */
  readonly settings: ReadonlyMap<string, string>;
  /** Values of `{name:Type}` in ClickHouse's escaped text form, as the HTTP interface takes them. */
  readonly parameters: ReadonlyMap<string, string>;
  /** ClickHouse's setting: 0 anything goes, 1 reads only, 2 reads only and settings may still be changed in the query. */
  readonly readOnly: ReadOnly;
  /** The one role whose grants the session keeps; all of them unless told. */
  readonly role?: string;
}

export interface SessionWork {
  /** Runs a statement that answers with bytes. */
  query(sql: string, format: string): Promise<QueryResult>;
  /** Runs a statement whose written rows are counted. */
  write(sql: string): Promise<WriteResult>;
  /** Parses a text with the engine's own parser and runs nothing. */
  classify(sql: string): Promise<QueryAnalysis>;
  /** Sets these and lets nothing be set any more. */
  confine(settings: ReadonlyMap<string, string>): Promise<void>;
}

export interface Sessions {
  /** Runs the work in a new session. An abort kills the running statement and rejects when the engine has let go of it. Throws EngineError. */
  run<T>(scope: SessionScope, signal: AbortSignal, work: (session: SessionWork) => Promise<T>): Promise<T>;
  /**
   * The same for work that leaves its session as it found it, as an INSERT does: a session that such work of the same scope left behind is
   * taken again. To set one up takes as long as a small statement.
   */
  reuse<T>(scope: SessionScope, signal: AbortSignal, work: (session: SessionWork) => Promise<T>): Promise<T>;
  /** Closes what was left behind; when nothing runs any more. */
  close(): void;
}

/**
 * What every session starts with. Compiled expressions of ClickHouse 26.7 shift narrow integers wrongly: `bitShiftRight(x % 200, 9)` is
 * not 0 once the expression has run often enough to be compiled.
 */
const DEFAULTS: ReadonlyMap<string, string> = new Map([['compile_expressions', '0']]);

/** Time between two attempts to kill a statement that may not have started, ms. */
const KILL_AGAIN_MS = 200;
/** Sessions that are kept for reuse, 0.4 MiB each. The hub's inserts, six at once, are all of one scope. */
const KEPT_MAX = 8;

export function createSessions(addon: Addon, folder: string): Sessions {
  /** The one that was left behind last is the last. */
  const kept: { readonly key: string; readonly connection: Connection }[] = [];

  /** KILL QUERY from another session; never SYNC, which hangs. Repeated until the statement has ended. */
  async function kill(mark: string, ended: AbortSignal): Promise<void> {
    const killer = addon.CreateConnection(folder);
    try {
      // The two halves keep this statement from matching itself.
      const comment = `concat('/* request ', ${sqlString(`${mark} */`)})`;
      const sql = `KILL QUERY WHERE position(query, ${comment}) > 0 OR endsWith(Settings['log_comment'], ${comment})`;
      while (!ended.aborted) {
        await addon.QueryAsyncConnection(killer, sql, 'Null');
        await delay(KILL_AGAIN_MS, undefined, { signal: ended }).catch(() => undefined);
      }
    } finally {
      addon.CloseConnection(killer);
    }
  }

  /**
   * Runs one call of the addon; an abort kills the statement that carries the mark: behind its text, and in its log_comment because the
   * engine writes a statement with parameters anew, without its comments.
   */
  async function killable<T>(mark: string, signal: AbortSignal, call: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    const ended = new AbortController();
    let killing: Promise<void> | undefined;
    const stop = (): void => {
      // A kill that fails leaves the statement to end by itself.
      killing = kill(mark, ended.signal).catch(() => undefined);
    };
    signal.addEventListener('abort', stop, { once: true });
    try {
      return await call();
    } finally {
      signal.removeEventListener('abort', stop);
      ended.abort();
      await killing;
    }
  }

  /** Without a mark, statements that are written anew cannot be killed: only those with parameters are. */
  async function prepare(connection: Connection, scope: SessionScope, mark?: string): Promise<void> {
    const settings = new Map([...DEFAULTS, ...scope.settings]);
    if (mark !== undefined)
      settings.set('log_comment', `${scope.settings.get('log_comment') ?? ''} /* request ${mark} */`.trimStart());
    const assignments = assign(settings);
    for (const [name, value] of scope.parameters) assignments.push(`param_${settingName(name)} = ${sqlString(value)}`);
    const statements = [`SET ${assignments.join(', ')}`];
    if (scope.database !== undefined) statements.push(`USE ${sqlName(scope.database)}`);
    if (scope.role !== undefined) statements.push(`SET ROLE ${sqlName(scope.role)}`);
    // Last: a read-only session may not change its settings.
    if (scope.readOnly !== 0) statements.push(`SET readonly = ${scope.readOnly}`);
    for (const statement of statements) await addon.QueryAsyncConnection(connection, statement, 'Null');
  }

  function workOf(connection: Connection, mark: string, signal: AbortSignal): SessionWork {
    return {
      query(sql, format) {
        return killable(mark, signal, () => addon.QueryAsyncConnection(connection, `${sql}\n/* request ${mark} */`, format));
      },
      write(sql) {
        const empty = new Uint8Array();
        return killable(mark, signal, () =>
          addon.InsertRawAsyncConnection(connection, `${sql}\n/* request ${mark} */`, empty, false),
        );
      },
      classify(sql) {
        signal.throwIfAborted();
        return addon.DurableClassifyAsync(connection, sql, null);
      },
      async confine(settings) {
        signal.throwIfAborted();
        const sql = `SET ${[...assign(settings), 'readonly = 1'].join(', ')}`;
        await addon.QueryAsyncConnection(connection, sql, 'Null');
      },
    };
  }

  /** Closes the session when the work fails. */
  async function inside<T>(connection: Connection, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      // A failed statement keeps its memory until its session is used again.
      await addon.QueryAsyncConnection(connection, 'SELECT 1', 'Null').catch(() => undefined);
      addon.CloseConnection(connection);
      throw signal.aborted ? signal.reason : asEngineError(error);
    }
  }

  function takeKept(key: string): Connection | undefined {
    const index = kept.findLastIndex((session) => session.key === key);
    return index < 0 ? undefined : kept.splice(index, 1)[0]?.connection;
  }

  function keep(key: string, connection: Connection): void {
    kept.push({ key, connection });
    const oldest = kept.length > KEPT_MAX ? kept.shift() : undefined;
    if (oldest !== undefined) addon.CloseConnection(oldest.connection);
  }

  async function run<T>(scope: SessionScope, signal: AbortSignal, work: (session: SessionWork) => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    const connection = addon.CreateConnection(folder);
    const mark = randomUUID();
    const result = await inside(connection, signal, async () => {
      await prepare(connection, scope, mark);
      return await work(workOf(connection, mark, signal));
    });
    addon.CloseConnection(connection);
    return result;
  }

  return {
    run,
    async reuse(scope, signal, work) {
      // Values of parameters stay in a session.
      if (scope.parameters.size > 0) return await run(scope, signal, work);
      signal.throwIfAborted();
      const key = JSON.stringify([scope.database, [...scope.settings], scope.readOnly, scope.role]);
      const left = takeKept(key);
      const connection = left ?? addon.CreateConnection(folder);
      const result = await inside(connection, signal, async () => {
        if (left === undefined) await prepare(connection, scope);
        return await work(workOf(connection, randomUUID(), signal));
      });
      keep(key, connection);
      return result;
    },
    close() {
      for (const { connection } of kept.splice(0)) addon.CloseConnection(connection);
    },
  };
}

function assign(settings: ReadonlyMap<string, string>): string[] {
  return [...settings].map(([name, value]) => `${settingName(name)} = ${sqlString(value)}`);
}

function settingName(name: string): string {
  if (/^[A-Za-z_]\w*$/.test(name)) return name;
  throw EngineError.of('BAD_ARGUMENTS', `"${name}" is not the name of a setting or parameter.`);
}
