/** The embedded engine as the hub sees it: a child process that is watched and started again when it dies. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import { ENGINE_USER } from './access.ts';
import type { Analyst } from './analyst.ts';
import { PASSWORD_FILE, readOrCreatePassword } from './password.ts';
import { isFromEngine, type ToEngine } from './protocol.ts';

export interface EmbeddedEngineConfig {
  /** The hub's data folder: tables go into `clickhouse/`, users and roles into `clickhouse-roles/`, the password into `clickhouse-password`. */
  readonly folder: string;
  /** Port on 127.0.0.1; 0 lets the system choose one, which a restart keeps. */
  readonly port: number;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** Memory that the engine's statements and caches may take together, bytes. */
  readonly memoryBytesMax: number;
  /** The one that analysts read. */
  readonly database: string;
  /** Logins that only read; none unless told. */
  readonly analysts?: readonly Analyst[];
}

export interface EmbeddedEngine extends AsyncDisposable {
  /** `http://127.0.0.1:port`, the same over restarts. Refuses connections while the process restarts. */
  readonly url: string;
  readonly user: string;
  readonly password: string;
  /** Version of ClickHouse. */
  readonly version: string;
  /** The engine's process, undefined while it is down. */
  pid(): number | undefined;
  /** Lets running statements end for 3 s, then kills them; idempotent. */
  stop(): Promise<void>;
}

/** The engine's program: beside this file, or beside the hub's bundle (`npm run build` makes both). */
const PROGRAM = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './main.ts' : './engine.js', import.meta.url));
/** libuv's threads run every statement: with its 4, six sleeping readers delayed an insert by 2 s. */
const THREADS = 24;
const BACKOFF_MS = 200;
const BACKOFF_MAX_MS = 10_000;
/** A process that lived this long starts the backoff anew, ms. */
const STABLE_MS = 60_000;
/** Longer than the engine's own deadlines, ms. */
const STOP_MS = 12_000;
/** Lines of the engine's stderr that are logged per process; a crash prints its stack there. */
const STDERR_LINES_MAX = 100;

/**
 * Starts the engine and resolves when it answers. The signal ends the start only; afterwards `stop` does. Throws with what to do
 * when the port or the folder is taken. A later crash is logged and mended; callers see refused connections and retry.
 */
export async function startEmbeddedEngine(config: EmbeddedEngineConfig, signal?: AbortSignal): Promise<EmbeddedEngine> {
  const folder = resolve(config.folder);
  const { log } = config;
  if (/[*?{}[\]\\]/.test(folder)) {
    // INFILE would take them for wildcards, match nothing and insert nothing, without an error.
    throw new Error(
      `Cannot run embedded ClickHouse in ${folder}: the path contains one of * ? { } [ ] \\; choose another data_dir.`,
    );
  }
  await mkdir(folder, { recursive: true });
  const password = await readOrCreatePassword(folder);
  const order: ToEngine & { type: 'start' } = {
    type: 'start',
    folder: join(folder, 'clickhouse'),
    scratchFolder: join(folder, 'clickhouse-scratch'),
    rolesFolder: join(folder, 'clickhouse-roles'),
    port: config.port,
    password,
    memoryBytesMax: config.memoryBytesMax,
    database: config.database,
    analysts: config.analysts ?? [],
  };
  const stopping = new AbortController();
  const first = await launch(order, log, AbortSignal.any([stopping.signal, ...(signal === undefined ? [] : [signal])]));
  log.info(
    { pid: first.child.pid, port: first.port, version: first.version, password_file: join(folder, PASSWORD_FILE) },
    'Embedded ClickHouse is ready',
  );
  let current: Launched | undefined = first;
  const watching = watch(first);

  async function watch(launched: Launched): Promise<void> {
    let attempt = 0;
    for (;;) {
      const startedAt = performance.now();
      const [code, killedBy] = await launched.exited;
      current = undefined;
      if (stopping.signal.aborted) return;
      attempt = performance.now() - startedAt > STABLE_MS ? 0 : attempt + 1;
      log.error({ code, signal: killedBy }, 'Embedded ClickHouse died; starting it again');
      for (;;) {
        const backoffMs = Math.min(BACKOFF_MS * 2 ** attempt, BACKOFF_MAX_MS);
        await delay(backoffMs, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);
        if (stopping.signal.aborted) return;
        try {
          launched = await launch({ ...order, port: first.port }, log, stopping.signal);
          break;
        } catch (error) {
          if (stopping.signal.aborted) return;
          attempt += 1;
          log.error({ err: error }, 'Cannot start embedded ClickHouse again');
        }
      }
      current = launched;
      log.info({ pid: launched.child.pid, port: launched.port }, 'Embedded ClickHouse is ready again');
    }
  }

  async function stop(): Promise<void> {
    stopping.abort(new Error('The engine was stopped'));
    if (current !== undefined) await end(current);
    await watching;
  }

  return {
    url: `http://127.0.0.1:${first.port}`,
    user: ENGINE_USER,
    password,
    version: first.version,
    pid: () => current?.child.pid,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

interface Launched {
  readonly child: ChildProcess;
  readonly port: number;
  readonly version: string;
  readonly exited: Promise<[number | null, NodeJS.Signals | null]>;
}

/** One process, from fork to ready. Throws when it fails or the signal aborts; then it is gone. */
async function launch(
  order: ToEngine & { type: 'start' },
  log: EmbeddedEngineConfig['log'],
  signal: AbortSignal,
): Promise<Launched> {
  signal.throwIfAborted();
  const child = fork(PROGRAM, [], {
    // A process group of its own: Ctrl-C goes to the hub alone.
    detached: true,
    execArgv: ['--max-semi-space-size=4', '--disable-warning=ExperimentalWarning'],
    // Nothing else of the hub's environment, which may hold secrets.
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], TZ: 'UTC', UV_THREADPOOL_SIZE: String(THREADS) },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const exited = new Promise<[number | null, NodeJS.Signals | null]>((settle) => {
    child.once('exit', (code, killedBy) => settle([code, killedBy]));
    child.once('error', () => settle([null, null]));
  });
  logStderr(child, log);
  const kill = (): void => {
    child.kill('SIGKILL');
  };
  signal.addEventListener('abort', kill, { once: true });
  try {
    child.send(order);
    const { port, version } = await ready(child, exited, order);
    release(child);
    return { child, port, version, exited };
  } catch (error) {
    kill();
    await exited;
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener('abort', kill);
    child.on('message', (message: unknown) => {
      if (isFromEngine(message) && message.type === 'fault')
        log.error({ reason: message.reason }, 'Embedded ClickHouse failed to answer a request');
    });
  }
}

async function ready(
  child: ChildProcess,
  exited: Promise<unknown>,
  order: ToEngine & { type: 'start' },
): Promise<{ port: number; version: string }> {
  const listening = new AbortController();
  const answered = once(child, 'message', { signal: listening.signal });
  try {
    const message: unknown = await Promise.race([answered.then(([first]: unknown[]) => first), exited.then(() => undefined)]);
    if (!isFromEngine(message)) {
      throw new Error(
        `Cannot start embedded ClickHouse in ${order.folder}: its process ended before it was ready; the log above has its last words`,
      );
    }
    if (message.type === 'ready') return message;
    throw new Error(message.type === 'failed' && message.fault === 'port taken' ? portTaken(order.port) : message.reason);
  } finally {
    answered.catch(() => undefined);
    listening.abort();
  }
}

function portTaken(port: number): string {
  return `Cannot listen on 127.0.0.1:${port} for embedded ClickHouse: the port is taken. Stop the program that has it, or set clickhouse.embedded.port to a free port (0 lets the system choose).`;
}

/** A hub that fails without stopping the engine must be able to end; the engine then ends with the channel. */
function release(child: ChildProcess): void {
  child.unref();
  child.channel?.unref();
  if (child.stderr !== null && 'unref' in child.stderr && typeof child.stderr.unref === 'function') child.stderr.unref();
}

async function end({ child, exited }: Launched): Promise<void> {
  child.ref();
  if (child.connected) child.send({ type: 'stop' } satisfies ToEngine, () => undefined);
  const patience = new AbortController();
  const late = delay(STOP_MS, undefined, { signal: patience.signal }).then(
    () => child.kill('SIGKILL'),
    () => undefined,
  );
  await exited;
  patience.abort();
  await late;
}

function logStderr(child: ChildProcess, log: EmbeddedEngineConfig['log']): void {
  if (child.stderr === null) return;
  let lines = 0;
  createInterface({ input: child.stderr }).on('line', (line) => {
    lines += 1;
    if (lines <= STDERR_LINES_MAX) log.warn({ line }, 'Embedded ClickHouse says');
    if (lines === STDERR_LINES_MAX) log.warn('Embedded ClickHouse says more, which is not logged');
  });
}
