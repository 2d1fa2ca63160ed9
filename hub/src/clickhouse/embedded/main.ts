/**
 * The engine's process: ClickHouse in a library, ClickHouse's HTTP interface in front of it. Started by `startEmbeddedEngine`
 * with an IPC channel; ends with it, so that nothing survives the hub.
 */
import { mkdirSync } from 'node:fs';
import { loadAddon } from './addon.ts';
import { ANALYST_SLOTS } from './analyst.ts';
import { createAnalystExecutor } from './analyst-executor.ts';
import { createExecutor } from './executor.ts';
import { createLane } from './lane.ts';
import { FolderTakenError, openEngine } from './open-engine.ts';
import { type FromEngine, isToEngine, type StartFault, type ToEngine } from './protocol.ts';
import { writeRoles } from './roles.ts';
import { openScratch } from './scratch.ts';
import { createEngineServer } from './server.ts';
import { createSessions } from './session.ts';

/** Together 19 of the pool's 24 threads, and the rules of alerts take one more: files and kills keep four. */
const QUERIES = { name: 'queries', slots: 9, waitingMax: 256 };
const ANALYSTS = { name: "analysts' queries", slots: ANALYST_SLOTS, waitingMax: 64 };
const INSERTS = { name: 'inserts', slots: 6, waitingMax: 64 };

/** Running statements may end for this long, then they are killed, ms; without a hub nobody waits for them. */
const DRAIN_MS = 3000;
/** A statement that even KILL does not end must not keep the process: what was acknowledged is on disk, ms. */
const EXIT_MS = 8000;

const stopping = new AbortController();

// Ctrl-C in a terminal reaches every process of it; only the hub decides when the engine stops.
for (const name of ['SIGINT', 'SIGHUP'] as const) process.on(name, () => undefined);
process.once('SIGTERM', () => stopping.abort());
process.once('disconnect', () => stopping.abort());
process.on('message', (message: unknown) => {
  if (!isToEngine(message)) return;
  if (message.type === 'stop') stopping.abort();
  else void run(message);
});
stopping.signal.addEventListener('abort', () => {
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), EXIT_MS);
});

async function run(order: ToEngine & { type: 'start' }): Promise<void> {
  try {
    await serve(order);
    process.exit(0);
  } catch (error) {
    if (!stopping.signal.aborted) tell({ type: 'failed', fault: faultOf(error), reason: textOf(error) });
    // The message must be out before the process ends.
    if (process.connected) process.disconnect();
    process.exit(1);
  }
}

async function serve(order: ToEngine & { type: 'start' }): Promise<void> {
  mkdirSync(order.folder, { recursive: true, mode: 0o700 });
  const scratch = await openScratch(order.scratchFolder);
  process.chdir(order.scratchFolder);
  const addon = loadAddon();
  const { analysts, database, password } = order;
  const configFile = await writeRoles(order.rolesFolder, database);
  const anchor = await openEngine(addon, { ...order, configFile }, stopping.signal);
  const ask = async (sql: string): Promise<string> => {
    const { bytes } = await addon.QueryAsyncConnection(anchor, sql, 'TabSeparatedRaw');
    return Buffer.from(bytes).toString('utf8').trim();
  };
  const version = await ask('SELECT version()');
  const tableFunctions = new Set((await ask('SELECT lower(name) FROM system.table_functions')).split('\n'));
  const sessions = createSessions(addon, order.folder);
  const server = createEngineServer({
    executor: createExecutor({
      sessions,
      scratch,
      lanes: { queries: createLane(QUERIES), inserts: createLane(INSERTS) },
    }),
    analysts: createAnalystExecutor({
      sessions,
      scratch,
      lane: createLane(ANALYSTS),
      analysts,
      rules: { database, tableFunctions },
    }),
    logins: { password, analysts },
    version,
    onFault: (error) => tell({ type: 'fault', reason: textOf(error) }),
  });
  const port = await server.listen(order.port);
  tell({ type: 'ready', port, version });
  await aborted(stopping.signal);
  await server.close(process.connected ? AbortSignal.timeout(DRAIN_MS) : AbortSignal.abort());
  sessions.close();
  addon.CloseConnection(anchor);
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function tell(message: FromEngine): void {
  if (process.connected) process.send?.(message);
}

function faultOf(error: unknown): StartFault {
  if (error instanceof FolderTakenError) return 'folder taken';
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE' ? 'port taken' : 'other';
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
