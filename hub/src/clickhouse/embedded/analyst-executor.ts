/** Runs the queries of analysts: each in a session that may read one database and no more, behind gates and limits. */
import { stat } from 'node:fs/promises';
import { sqlString } from '../sql-tokens.ts';
import type { Analyst } from './analyst.ts';
import { analystSettings } from './analyst-settings.ts';
import { EngineError } from './engine-error.ts';
import { ANSWER_BYTES_IN_MEMORY_MAX, type Answer, DEFAULT_FORMAT, NOTHING } from './executor.ts';
import { astRefusal, classRefusal, countRefusal, type GateRules, isNotUnderstood, outfileRefusal } from './gate.ts';
import { createLane, type Lane } from './lane.ts';
import type { EngineRequest } from './request.ts';
import { ANALYST_ROLE } from './roles.ts';
import type { Scratch } from './scratch.ts';
import type { SessionScope, Sessions, SessionWork } from './session.ts';
import type { Order } from './sql-of-request.ts';

export interface AnalystExecutor {
  /** Resolves when the statement has ended. Throws EngineError, or the signal's reason once the statement is killed. */
  execute(analyst: Analyst, order: Order, request: EngineRequest, signal: AbortSignal): Promise<Answer>;
}

export interface AnalystExecutorParts {
  readonly sessions: Sessions;
  readonly scratch: Scratch;
  /** Shared by all analysts without an `ownLane`; each has a smaller one of their own in front of it. */
  readonly lane: Lane;
  readonly analysts: readonly Analyst[];
  readonly rules: GateRules;
}

/** Queries of one analyst that may wait; a dashboard asks many at once. */
const WAITING_MAX = 16;
/** Largest query, bytes: ClickHouse's max_query_size, which the classifier does not know. */
const QUERY_BYTES_MAX = 256 * 1024;
/** Time between two looks at the size of an answer that grows, ms. */
const SIZE_CHECK_MS = 50;

export function createAnalystExecutor({ sessions, scratch, lane, analysts, rules }: AnalystExecutorParts): AnalystExecutor {
  const lanes = new Map<string, Lane>();
  for (const { name, limits } of analysts) {
    lanes.set(name, createLane({ name: `queries of ${name}`, slots: limits.concurrentQueriesMax, waitingMax: WAITING_MAX }));
  }

  /** The gates in front of a statement. `text` is what the analyst sent, `statement` what will run. */
  async function admit(session: SessionWork, text: string, statement: string): Promise<void> {
    if (Buffer.byteLength(statement) > QUERY_BYTES_MAX) {
      throw EngineError.of(
        'QUERY_IS_TOO_LARGE',
        `The query is larger than ${QUERY_BYTES_MAX} bytes. Send long lists as parameters.`,
      );
    }
    const writes = outfileRefusal(text);
    if (writes !== undefined) throw writes;
    // First of the engine's, because EXPLAIN AST would run what follows a semicolon.
    const analysis = await session.classify(text);
    if (isNotUnderstood(analysis)) {
      // Throws what is wrong and where, and runs nothing.
      await session.query(`SELECT formatQuery(${sqlString(text)})`, 'Null');
      throw EngineError.of('SYNTAX_ERROR', 'The query is not understood. Send one SELECT, SHOW, DESCRIBE, EXISTS or EXPLAIN.');
    }
    const refusal = classRefusal(analysis) ?? countRefusal(await session.classify(statement));
    if (refusal !== undefined) throw refusal;
    const { bytes } = await session.query(`EXPLAIN AST ${statement}`, 'TabSeparatedRaw');
    const closed = astRefusal(Buffer.from(bytes).toString('utf8'), rules);
    if (closed !== undefined) throw closed;
  }

  /** Runs one query in a session of its own. */
  function run<T>(
    analyst: Analyst,
    { scope: asked }: EngineRequest,
    signal: AbortSignal,
    resultBytesMax: number,
    work: (session: SessionWork) => Promise<T>,
    admission: (session: SessionWork) => Promise<void>,
  ): Promise<T> {
    const settings = analystSettings(asked.settings, { ...analyst.limits, resultBytesMax });
    const scope: SessionScope = {
      database: ownDatabase(asked.database, rules.database),
      settings: settings.session,
      parameters: asked.parameters,
      readOnly: 0,
      role: ANALYST_ROLE,
    };
    const own = lanes.get(analyst.name);
    if (own === undefined) throw new Error(`BUG: no lane for ${analyst.name}`);
    const runHere = (): Promise<T> =>
      sessions.run(scope, signal, async (session) => {
        await admission(session);
        await session.confine(settings.query);
        return work(session);
      });
    return own.run(signal, () => (analyst.ownLane === true ? runHere() : lane.run(signal, runHere)));
  }

  async function query(
    analyst: Analyst,
    order: Order & { kind: 'query' },
    request: EngineRequest,
    signal: AbortSignal,
  ): Promise<Answer> {
    const { resultBytesMax } = analyst.limits;
    const format = order.format ?? request.defaultFormat ?? DEFAULT_FORMAT;
    const file = scratch.reserve();
    const text = `${order.body} FORMAT ${format}${order.tail}`;
    const statement = `${order.body} INTO OUTFILE ${sqlString(file.path)} FORMAT ${format}${order.tail}`;
    try {
      await using growth = watchSize(file.path, resultBytesMax);
      const { rowsRead, bytesRead } = await run(
        analyst,
        request,
        AbortSignal.any([signal, growth.signal]),
        resultBytesMax,
        (session) => session.query(statement, format),
        (session) => admit(session, text, statement),
      );
      await growth.check();
      growth.signal.throwIfAborted();
      const dispose = (): Promise<void> => Promise.resolve(file[Symbol.asyncDispose]());
      return { ...NOTHING, format, content: file, readRows: rowsRead, readBytes: bytesRead, [Symbol.asyncDispose]: dispose };
    } catch (error) {
      await file[Symbol.asyncDispose]();
      throw error;
    }
  }

  async function command(
    analyst: Analyst,
    order: Order & { kind: 'command' },
    request: EngineRequest,
    signal: AbortSignal,
  ): Promise<Answer> {
    const format = order.format ?? request.defaultFormat ?? DEFAULT_FORMAT;
    const { bytes, rowsRead, bytesRead } = await run(
      analyst,
      request,
      signal,
      Math.min(analyst.limits.resultBytesMax, ANSWER_BYTES_IN_MEMORY_MAX),
      (session) => session.query(order.sql, format),
      (session) => admit(session, order.sql, order.sql),
    );
    return { ...NOTHING, format, content: bytes, readRows: rowsRead, readBytes: bytesRead };
  }

  return {
    async execute(analyst, order, request, signal) {
      switch (order.kind) {
        case 'insert':
          throw EngineError.of('READONLY', 'An analyst may only read: rows come in through the hub.');
        case 'query':
          return query(analyst, order, request, signal);
        case 'command':
          return command(analyst, order, request, signal);
        default:
          throw new Error(`BUG: no such order ${String(order satisfies never)}`);
      }
    },
  };
}

function ownDatabase(asked: string | undefined, database: string): string {
  if (asked === undefined || asked === database) return database;
  throw EngineError.of(
    'ACCESS_DENIED',
    `The database ${asked} is not allowed: an analyst reads ${database}. Ask for it, or for no database.`,
  );
}

interface Growth extends AsyncDisposable {
  /** Aborts with an EngineError when the file is too large. */
  readonly signal: AbortSignal;
  check(): Promise<void>;
}

/**
 * Watches the file of an answer. The engine counts values, not text: a long column name is repeated with every row of JSON,
 * so that a megabyte of values may be gigabytes of text.
 */
function watchSize(path: string, bytesMax: number): Growth {
  const tooLarge = new AbortController();
  let looking: Promise<void> = Promise.resolve();
  async function check(): Promise<void> {
    // Not there yet.
    const size = await stat(path).then(
      (file) => file.size,
      () => 0,
    );
    if (size <= bytesMax) return;
    tooLarge.abort(
      EngineError.of(
        'TOO_MANY_ROWS_OR_BYTES',
        `Limit for result exceeded, max bytes: ${bytesMax}, written: ${size}. Ask for fewer rows or columns.`,
      ),
    );
  }
  const timer = setInterval(() => {
    looking = check();
  }, SIZE_CHECK_MS);
  return {
    signal: tooLarge.signal,
    check,
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await looking;
    },
  };
}
