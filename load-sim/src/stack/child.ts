/**
 * A child process of the stack. It is detached, so that a terminal's Ctrl-C reaches only the stack, and holds an IPC channel,
 * so that it ends by itself when the stack is killed. It says `{type: 'ready', …}` once it works and obeys `{type: 'stop'}`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

export interface ChildSpec {
  readonly name: string;
  /** The program; node unless named. */
  readonly command?: string;
  /** Its arguments; of node, the script among them. */
  readonly args: readonly string[];
  /** Set besides the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Takes the child's stdout. */
  readonly logFile: string;
  /** Words before node's: a command that becomes the one behind it (exec), and keeps its process. */
  readonly launcher?: readonly string[];
  /** Called with the process as soon as it is there. */
  readonly onStart?: (pid: number) => void;
}

export interface Child {
  readonly name: string;
  readonly pid: number;
  /** The child's ready message. Rejects with ChildFailure when it ends before. */
  readonly ready: Promise<Readonly<Record<string, unknown>>>;
  /** Resolves when the process has ended, with what to say about it. */
  readonly ended: Promise<Ending>;
  /** Asks the child to stop; kills it after `graceMs`. Resolves when it has ended. */
  stop(graceMs: number): Promise<Ending>;
}

export interface Ending {
  readonly code: number | null;
  /** What killed it; null when it ended by itself. */
  readonly signal: NodeJS.Signals | null;
  /** The last lines it wrote to stderr. */
  readonly stderr: string;
}

/** A child that ended when it should not have. */
export class ChildFailure extends Error {
  override readonly name = 'ChildFailure';
  readonly child: string;
  readonly ending: Ending;
  constructor(child: string, ending: Ending, logFile: string) {
    super(ending.stderr === '' ? `${child} ended with code ${ending.code}; its log is ${logFile}` : ending.stderr);
    this.child = child;
    this.ending = ending;
  }
}

const STDERR_KEPT_CHARS = 8192;

export function startChild(spec: ChildSpec): Child {
  const { name, command = process.execPath, args, env = {}, logFile, launcher = [], onStart } = spec;
  const log = openSync(logFile, 'a');
  const [program = command, ...words] = [...launcher, command, ...args];
  const child = spawn(program, words, {
    stdio: ['ignore', log, 'pipe', 'ipc'],
    detached: true,
    env: { ...process.env, ...env },
  });
  closeSync(log);
  if (child.pid !== undefined) onStart?.(child.pid);
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_KEPT_CHARS);
  });
  const ended = new Promise<Ending>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, stderr: stderr.trim() }));
    child.once('error', (error) => resolve({ code: null, signal: null, stderr: `Cannot start ${name}: ${error.message}` }));
  });
  const ready = new Promise<Readonly<Record<string, unknown>>>((resolve, reject) => {
    child.on('message', (message) => {
      if (isReady(message)) resolve(message);
    });
    void ended.then((ending) => reject(new ChildFailure(name, ending, logFile)));
  });
  // Whoever waits for `ready` sees the failure; nobody has to.
  ready.catch(() => {});
  return { name, pid: child.pid ?? -1, ready, ended, stop: (graceMs) => stopChild(child, ended, graceMs) };
}

async function stopChild(child: ChildProcess, ended: Promise<Ending>, graceMs: number): Promise<Ending> {
  if (child.exitCode === null && child.signalCode === null) {
    if (child.connected) child.send({ type: 'stop' }, () => {});
    else child.kill('SIGTERM');
    const kill = setTimeout(() => child.kill('SIGKILL'), graceMs);
    await ended;
    clearTimeout(kill);
  }
  return await ended;
}

function isReady(message: unknown): message is Readonly<Record<string, unknown>> {
  return typeof message === 'object' && message !== null && 'type' in message && message.type === 'ready';
}
