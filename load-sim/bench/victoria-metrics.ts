/** VictoriaMetrics, where it is installed: a process on loopback, fed by remote write, as a live agent of Prometheus' kind would. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const PROGRAM = 'victoria-metrics';

export interface VictoriaMetrics extends AsyncDisposable {
  readonly pid: number;
  /** Stores what encodeWrite made. */
  write(body: Uint8Array): Promise<void>;
  /** Makes everything searchable and lets merges come to an end. */
  settle(): Promise<void>;
  /** Merges all of it into as few parts as VictoriaMetrics ever would. */
  mergeAll(): Promise<void>;
  /** Bytes of the samples' parts on disk; the index of names is not among them. */
  dataBytes(): number;
  /** The answer of its query API. */
  query(path: string): Promise<unknown>;
}

/** Its name and version; undefined where it is not installed. Debian's build does not know its own version, its package does. */
export async function victoriaMetricsVersion(): Promise<string | undefined> {
  const own = await outputOf(PROGRAM, ['-version']);
  if (own === undefined) return undefined;
  const version =
    /\d+\.\d+\.\d+/.exec(own) ?? /\d+\.\d+\.\d+/.exec((await outputOf('dpkg-query', ['-W', '-f=${Version}', PROGRAM])) ?? '');
  return `VictoriaMetrics ${version?.[0] ?? 'of an unknown version'}`;
}

/** What a program prints; undefined where there is no such program. */
async function outputOf(program: string, args: readonly string[]): Promise<string | undefined> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  try {
    await once(child, 'close');
    return text;
  } catch {
    return undefined;
  }
}

const READY_MAX_MS = 20_000;
const SETTLE_MAX_MS = 60_000;
const CHECK_MS = 250;
const STILL_MS = 3000;

export async function startVictoriaMetrics(folder: string, port: number): Promise<VictoriaMetrics> {
  const address = `127.0.0.1:${port}`;
  const child = spawn(
    PROGRAM,
    [
      `-storageDataPath=${folder}`,
      `-httpListenAddr=${address}`,
      '-retentionPeriod=3',
      '-loggerLevel=ERROR',
      '-search.disableCache',
    ],
    { stdio: ['ignore', 'ignore', 'ignore'] },
  );
  const ended = once(child, 'exit');
  // It holds no channel to this process by which it could notice its end.
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const url = `http://${address}`;
  const ask = async (path: string, init: RequestInit = {}): Promise<string> => {
    const response = await fetch(`${url}${path}`, init);
    const text = await response.text();
    if (!response.ok) throw new Error(`VictoriaMetrics answered ${path} with ${response.status}: ${text.slice(0, 300)}`);
    return text;
  };
  const until = async (condition: () => Promise<boolean>, maxMs: number): Promise<void> => {
    const deadline = performance.now() + maxMs;
    while (!(await condition().catch(() => false))) {
      if (performance.now() > deadline || child.exitCode !== null)
        throw new Error(`VictoriaMetrics on ${address} did not get ready`);
      await delay(CHECK_MS);
    }
  };
  await until(async () => (await ask('/health')) !== '', READY_MAX_MS);
  const dataBytes = (): number => folderBytes(join(folder, 'data'));
  /** Resolves when the parts have not changed for some time: its own count of running merges lags behind. */
  const settled = async (): Promise<void> => {
    let bytes = dataBytes();
    let same = 0;
    await until(async () => {
      const now = dataBytes();
      same = now === bytes ? same + 1 : 0;
      bytes = now;
      return same * CHECK_MS >= STILL_MS;
    }, SETTLE_MAX_MS);
  };
  const settle = async (): Promise<void> => {
    await ask('/internal/force_flush');
    await settled();
  };
  return {
    pid: child.pid ?? -1,
    async write(body) {
      await ask('/api/v1/write', { method: 'POST', body: Buffer.from(body), headers: { 'content-encoding': 'snappy' } });
    },
    settle,
    async mergeAll() {
      await settle();
      await ask('/internal/force_merge');
      await settled();
    },
    dataBytes,
    query: async (path) => JSON.parse(await ask(path)),
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await ended;
      process.removeListener('exit', kill);
    },
  };
}

/** A part that a merge has just replaced may vanish between listing and looking: it counts nothing. */
function folderBytes(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + (statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0), 0);
}
