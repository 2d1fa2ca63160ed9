/**
 * A disk for an agent's spool that can be full for a while: a file system in memory, mounted where only the process that holds it sees
 * it, and those that are started inside. It outlives the agents. Needs user and mount namespaces (Linux; `unshare -Urm`, `nsenter`).
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, statfsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { StackError } from '../stack/run.ts';

export interface SpoolDisk extends AsyncDisposable {
  /** What runs a program where the disk is mounted; goes before its name. */
  readonly inside: readonly string[];
  /** The disk as this process sees it. */
  readonly path: string;
  /** Takes all the room that is left. False when something was being written: try again. */
  fill(): Promise<boolean>;
  /** Gives the room back. */
  empty(): Promise<void>;
}

/** Takes memory only as far as it is filled. */
const SIZE_BYTES = 256 * 2 ** 20;
/** Mounts the disk, and gives it the sizes that come in, one per line; ends with who sends them. */
const HOLDER = `
mount -t tmpfs -o size="$2" poplar "$1" || exit
echo done
while read -r size; do
  if mount -o remount,size="$size" "$1" 2>/dev/null; then echo done; else echo refused; fi
done
`;

/** Mounts a disk at this folder, which it makes. Throws StackError where there are no namespaces. */
export async function mountSpoolDisk(folder: string): Promise<SpoolDisk> {
  mkdirSync(folder, { recursive: true });
  const holder = spawn('unshare', ['-Urm', 'sh', '-c', HOLDER, 'sh', folder, String(SIZE_BYTES)], {
    stdio: ['pipe', 'pipe', 'pipe'],
    // Ctrl-C is for the run alone.
    detached: true,
  });
  const answers = answersOf(holder);
  const { pid } = holder;
  await answers.next();
  if (pid === undefined) throw new Error('BUG: a process that answers has no number');
  const path = `/proc/${pid}/root${folder}`;

  async function resize(bytes: number): Promise<boolean> {
    holder.stdin.write(`${bytes}\n`);
    return (await answers.next()) === 'done';
  }

  return {
    inside: ['nsenter', '--user', '--mount', '--preserve-credentials', `--target=${pid}`],
    path,
    async fill() {
      const { blocks, bfree, bsize } = statfsSync(path);
      // No size at all would be no bound.
      return await resize(Math.max(1, blocks - bfree) * bsize);
    },
    async empty() {
      if (!(await resize(SIZE_BYTES))) throw new Error(`Cannot give the disk at ${folder} its size back`);
    },
    async [Symbol.asyncDispose]() {
      holder.stdin.end();
      if (holder.exitCode === null && holder.signalCode === null) await once(holder, 'exit');
    },
  };
}

/** The lines that the holder says. Rejects when it ends instead. */
function answersOf(holder: ChildProcessByStdio<Writable, Readable, Readable>): { next(): Promise<string> } {
  let stderr = '';
  holder.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<never>((_, reject) => {
    const fail = (why: string): void =>
      reject(
        new StackError(
          `Cannot give the agent a disk of its own: ${why}. spool_full needs user and mount namespaces (Linux; unshare -Urm, nsenter); ` +
            'name the other kinds with --faults where there are none',
        ),
      );
    holder.once('error', (error) => fail(error.message));
    holder.once('close', (code) => fail(stderr.trim() === '' ? `unshare ended with code ${code}` : stderr.trim()));
  });
  ended.catch(() => {});
  holder.stdin.on('error', () => {});
  const lines = createInterface({ input: holder.stdout })[Symbol.asyncIterator]();
  return {
    async next() {
      const line = await Promise.race([lines.next(), ended]);
      return line.done === true ? await ended : line.value;
    },
  };
}
