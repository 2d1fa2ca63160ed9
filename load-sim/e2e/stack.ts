/** Runs `npm start` for a test, on ports and addresses of its own, and leaves nothing behind. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type LiveProcess, MARK, processesOf, until } from './processes.ts';

const REPO = resolve(import.meta.dirname, '../..');

export interface StackOptions {
  readonly routers: number;
  readonly sites: number;
  readonly intervalMs: number;
  readonly flags?: readonly string[];
}

export interface RunningStack {
  readonly npm: ChildProcess;
  readonly url: string;
  readonly grpcPort: number;
  readonly clickhouseUrl: string;
  readonly data: string;
  clickhousePassword(): string;
  stdout(): string;
  stderr(): string;
  /** npm, the stack and all their children that live now. */
  processes(): LiveProcess[];
  /** The stack's own process, not npm's. */
  stackPid(): number;
  /** Resolves with npm's exit code. */
  readonly ended: Promise<number | null>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts the stack; does not wait for it. */
export async function startStack({ routers, sites, intervalMs, flags = [] }: StackOptions): Promise<RunningStack> {
  const mark = randomUUID();
  const data = mkdtempSync(join(tmpdir(), 'poplar-e2e-'));
  const [httpPort = 0, grpcPort = 0, clickhousePort = 0] = await freePorts(3);
  const settings = {
    routers,
    sites,
    'interval-ms': intervalMs,
    data,
    'http-port': httpPort,
    'grpc-port': grpcPort,
    'clickhouse-port': clickhousePort,
    'router-net': `127.${128 + (process.pid % 100)}.0.0/16`,
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const npm = spawn('npm', ['start', '--', ...args, ...flags], {
    cwd: REPO,
    env: { ...process.env, [MARK]: mark },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own, as a shell gives it: a terminal's Ctrl-C goes to the whole group.
    detached: true,
  });
  let stdout = '';
  let stderr = '';
  npm.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  npm.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<number | null>((settle) => npm.once('close', settle));
  return {
    npm,
    url: `http://127.0.0.1:${httpPort}/`,
    grpcPort,
    clickhouseUrl: `http://127.0.0.1:${clickhousePort}/`,
    data,
    clickhousePassword: () => readFileSync(join(data, 'hub/clickhouse-password'), 'utf8').trim(),
    stdout: () => stdout,
    stderr: () => stderr,
    processes: () => processesOf(mark),
    stackPid: () => processesOf(mark).find(({ command }) => /^\S*node load-sim\/src\/stack\/main\.ts/.test(command))?.pid ?? -1,
    ended,
    async [Symbol.asyncDispose]() {
      if (npm.exitCode === null && npm.signalCode === null) npm.kill('SIGTERM');
      for (const { pid } of processesOf(mark)) kill(pid, 'SIGTERM');
      await until(() => processesOf(mark).length === 0, 'the stack to end', 40_000).catch(() => {
        for (const { pid } of processesOf(mark)) kill(pid, 'SIGKILL');
      });
      rmSync(data, { recursive: true, force: true });
    },
  };
}

/** Starts the stack and waits until it says that it runs. */
export async function runningStack(options: StackOptions): Promise<RunningStack> {
  const stack = await startStack(options);
  await until(() => stack.stdout().includes('Poplar is running') || stack.npm.exitCode !== null, 'the stack to run', 60_000);
  if (stack.npm.exitCode !== null)
    throw new Error(`The stack ended with ${stack.npm.exitCode}: ${stack.stderr()}${stack.stdout()}`);
  return stack;
}

/** The JSON body of an API answer. */
export async function getJson(url: string): Promise<unknown> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return await response.json();
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended by itself in between.
  }
}

export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
      return server;
    }),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  });
  await Promise.all(servers.map((server) => new Promise((settle) => server.close(settle))));
  return ports;
}
