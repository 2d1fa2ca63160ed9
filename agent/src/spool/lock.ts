/** Keeps a second agent out of the same folder. A lock whose owner is gone is taken over. */
import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { lstat, lutimes, readFile, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { systemCode } from './disk.ts';

/** The owner touches the file this often, for owners in other containers, whose process ids mean nothing here. */
const HEARTBEAT_MS = 2000;
/** A foreign owner that did not touch the file for this long is gone. */
const SILENT_MS = 7000;
const ATTEMPTS = 3;
/** What a file system without symbolic links, or without the right to make one, says. */
const NO_LINKS = new Set(['EPERM', 'EACCES', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EINVAL']);
/** A link of up to 59 bytes lies in its inode on ext4 and needs no block of its own. */
const HOST_LENGTH_MAX = 32;

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

export interface FolderLock extends AsyncDisposable {
  /** False when another process has taken the folder over: this one was thought to be gone. A lock that was merely removed is renewed. */
  isHeld(): Promise<boolean>;
}

/** Takes the folder for this process until disposed. Rejects with SpoolLockedError when another one has it. */
export async function lockFolder(folder: string, signal: AbortSignal): Promise<FolderLock> {
  const path = join(folder, 'lock');
  const text = formatOwner({ pid: process.pid, started: startOf(process.pid), host: hostName() });
  for (let attempt = 1; ; attempt++) {
    if (await create(path, text)) break;
    const held = await read(path);
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
    lutimes(path, now, now).catch(() => undefined);
  }, HEARTBEAT_MS);
  heartbeat.unref();
  let released = false;
  return {
    async isHeld() {
      const held = await read(path);
      if (held !== '') return held === text;
      return await create(path, text).catch(() => true);
    },
    async [Symbol.asyncDispose]() {
      if (released) return;
      released = true;
      clearInterval(heartbeat);
      if ((await read(path)) === text) await rm(path, { force: true });
    },
  };
}

/** Creates the lock with its content in one step, in a link: that takes no room on a full disk. False when there is one. */
async function create(path: string, text: string): Promise<boolean> {
  try {
    await symlink(text, path);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    if (!NO_LINKS.has(systemCode(error)) && !isWithheld(error)) throw error;
    return await createFile(path, text);
  }
}

/** Deno makes links only for a program that may write anywhere. */
function isWithheld(error: unknown): boolean {
  return error instanceof Error && error.name === 'NotCapable';
}

/** Where there are no links (FAT, Windows, Deno): exclusive, but not atomic with its content. */
async function createFile(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    await rm(path, { force: true });
    throw error;
  }
}

/** The content of the lock; empty when there is none. */
async function read(path: string): Promise<string> {
  return await readlink(path).catch(() => readFile(path, 'utf8').catch(() => ''));
}

/** Removes a stale lock, and only that one: another process may have replaced it in the meantime. */
async function takeAway(path: string, stale: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  try {
    const taken = await read(aside);
    if (taken !== stale) await create(path, taken);
  } finally {
    await rm(aside, { force: true });
  }
}

async function isAlive(path: string, held: string, signal: AbortSignal): Promise<boolean> {
  const owner = parseOwner(held);
  if (owner === undefined) return false;
  if (owner.host !== hostName()) return await isTouched(path, signal);
  const started = startOf(owner.pid);
  if (started !== '' && owner.started !== '') return started === owner.started;
  // Where this process has a start, one without has ended. Where starts are not known, the id may be another process's by now.
  if (started === '' && startOf(process.pid) !== '') return false;
  return exists(owner.pid) && (await isTouched(path, signal));
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
}

/** Compares the file's time with itself only, so that the hosts' clocks need not agree. */
async function isTouched(path: string, signal: AbortSignal): Promise<boolean> {
  const touchedAt = async (): Promise<number> => (await lstat(path).catch(() => undefined))?.mtimeMs ?? 0;
  const before = await touchedAt();
  for (let waitedMs = 0; waitedMs < SILENT_MS; waitedMs += HEARTBEAT_MS / 2) {
    await delay(HEARTBEAT_MS / 2, undefined, { signal });
    if ((await touchedAt()) !== before) return true;
  }
  return false;
}

/** The owner in one line. A process without a known start has a dash. */
function formatOwner({ pid, started, host }: Owner): string {
  return `${pid} ${started || '-'} ${host}`;
}

function parseOwner(text: string): Owner | undefined {
  const [, pid, started, host] = /^(\d+) (-|\d+) (.+)$/.exec(text) ?? [];
  if (pid === undefined || started === undefined || host === undefined) return undefined;
  return { pid: Number(pid), started: started === '-' ? '' : started, host };
}

/** The host's name; a long one as its hash. */
function hostName(): string {
  const name = hostname();
  return name.length <= HOST_LENGTH_MAX ? name : createHash('sha256').update(name).digest('hex').slice(0, HOST_LENGTH_MAX);
}

/** Start of a process in kernel ticks since boot; empty when there is no such process, or no /proc that may be read. */
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
