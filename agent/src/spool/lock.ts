/** Keeps a second agent out of the same folder. A lock whose owner is gone is taken over. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { link, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** The owner touches the file this often, for owners in other containers, whose process ids mean nothing here. */
const HEARTBEAT_MS = 2000;
/** A foreign owner that did not touch the file for this long is gone. */
const SILENT_MS = 7000;
const ATTEMPTS = 3;

interface Owner {
  readonly pid: number;
  /** The process's start time in kernel ticks: a process id alone may have been given to another process since. */
  readonly started: string;
  readonly host: string;
}

/** Another process uses the folder. */
export class SpoolLockedError extends Error {
  override readonly name = 'SpoolLockedError';
}

/** Takes the folder for this process until disposed. Rejects with SpoolLockedError when another one has it. */
export async function lockFolder(folder: string, signal: AbortSignal): Promise<AsyncDisposable> {
  const path = join(folder, 'lock');
  const text = JSON.stringify({ pid: process.pid, started: startOf(process.pid), host: hostname() } satisfies Owner);
  for (let attempt = 1; ; attempt++) {
    if (await create(path, text)) break;
    const held = await readFile(path, 'utf8').catch(() => '');
    if (attempt === ATTEMPTS || (held !== '' && (await isAlive(path, held, signal)))) {
      throw new SpoolLockedError(
        `Cannot use the spool ${folder}: the agent with process id ${parseOwner(held)?.pid ?? 'unknown'} uses it; stop that one or set another spool.folder`,
      );
    }
    await takeAway(path, held);
  }
  const heartbeat = setInterval(() => {
    const now = new Date();
    // A failed touch is harmless: on this host the process id is what counts.
    utimes(path, now, now).catch(() => undefined);
  }, HEARTBEAT_MS);
  heartbeat.unref();
  let released = false;
  return {
    async [Symbol.asyncDispose]() {
      if (released) return;
      released = true;
      clearInterval(heartbeat);
      await rm(path, { force: true });
    },
  };
}

/** Creates the lock with its content in one step; false when there is one. */
async function create(path: string, text: string): Promise<boolean> {
  const own = `${path}.${randomUUID()}`;
  await writeFile(own, text, { flag: 'wx', mode: 0o600 });
  try {
    await link(own, path);
    return true;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    if (error.code === 'EEXIST') return false;
    // No hard links here (FAT): creating exclusively is the next best, not atomic with its content.
    return await writeFile(path, text, { flag: 'wx', mode: 0o600 }).then(
      () => true,
      () => false,
    );
  } finally {
    await rm(own, { force: true });
  }
}

/** Removes a stale lock, and only that one: another process may have replaced it in the meantime. */
async function takeAway(path: string, stale: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  const taken = await readFile(aside, 'utf8').catch(() => '');
  if (taken !== stale) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
}

async function isAlive(path: string, held: string, signal: AbortSignal): Promise<boolean> {
  const owner = parseOwner(held);
  if (owner === undefined) return false;
  if (owner.host !== hostname()) return await isTouched(path, signal);
  const started = startOf(owner.pid);
  if (started !== '' && owner.started !== '') return started === owner.started;
  try {
    process.kill(owner.pid, 0);
    return process.platform !== 'linux';
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Compares the file's time with itself only, so that the hosts' clocks need not agree. */
async function isTouched(path: string, signal: AbortSignal): Promise<boolean> {
  const touchedAt = async (): Promise<number> => (await stat(path).catch(() => undefined))?.mtimeMs ?? 0;
  const before = await touchedAt();
  for (let waitedMs = 0; waitedMs < SILENT_MS; waitedMs += HEARTBEAT_MS / 2) {
    await delay(HEARTBEAT_MS / 2, undefined, { signal });
    if ((await touchedAt()) !== before) return true;
  }
  return false;
}

function parseOwner(text: string): Owner | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('pid' in value) || typeof value.pid !== 'number') return undefined;
    return {
      pid: value.pid,
      started: 'started' in value ? String(value.started) : '',
      host: 'host' in value ? String(value.host) : '',
    };
  } catch {
    return undefined;
  }
}

/** Start of a process in kernel ticks since boot; empty when there is no such process or no /proc. */
function startOf(pid: number): string {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the program's name in parentheses and may hold anything.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const zombie = fields[0] === 'Z' || fields[0] === 'X';
    return zombie ? '' : (fields[19] ?? '');
  } catch {
    return '';
  }
}
