/** One process of the run: killed, frozen and started again on purpose, and started again when it ends by itself. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { type Child, ChildFailure, type ChildSpec, startChild } from '../stack/child.ts';
import { holdsWithin, pause } from './waiting.ts';

export interface Member {
  readonly name: string;
  /** Of the process that runs now; undefined while none does. */
  readonly pid: number | undefined;
  /** What it said when it was last ready. */
  readonly details: Readonly<Record<string, unknown>>;
  /** Times that it ended although nobody had told it to, with its last words. */
  readonly failures: readonly string[];
  /** Starts it and waits until it is ready; tries again when it ends before. Throws ChildFailure when it never is. */
  start(): Promise<void>;
  /** SIGKILL. Resolves when it is gone. */
  kill(): Promise<void>;
  /** Asks it to end; kills it after `graceMs`. */
  stop(graceMs: number): Promise<void>;
  /** SIGSTOP for so long, then SIGCONT. */
  freeze(ms: number): Promise<void>;
}

export interface MemberDeps {
  readonly signal: AbortSignal;
  /** Called before a process is ended on purpose, when what it used can still be read. */
  readonly onEnding: () => void;
}

const START_TRIES = 20;
const START_WAIT_MS = 500;

export function createMember(spec: ChildSpec, { signal, onEnding }: MemberDeps): Member {
  const failures: string[] = [];
  let child: Child | undefined;
  let details: Readonly<Record<string, unknown>> = {};

  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  aborted.catch(() => {});

  async function start(): Promise<void> {
    for (let tries = 1; ; tries++) {
      signal.throwIfAborted();
      const started = startChild(spec);
      child = started;
      try {
        details = await Promise.race([started.ready, aborted]);
        void started.ended.then(({ code, stderr }) => {
          if (child !== started) return;
          child = undefined;
          failures.push(`${spec.name} ended with code ${code}: ${stderr}`);
          if (!signal.aborted) start().catch((error: unknown) => failures.push(String(error)));
        });
        return;
      } catch (error) {
        // It was ended on purpose before it was ready.
        if (child !== started) return;
        if (signal.aborted) throw error;
        child = undefined;
        if (tries === START_TRIES || !(error instanceof ChildFailure)) throw error;
      }
      await pause(START_WAIT_MS, signal);
    }
  }

  return {
    name: spec.name,
    failures,
    get pid() {
      return child?.pid;
    },
    get details() {
      return details;
    },
    start,
    async kill() {
      const ending = child;
      if (ending === undefined) return;
      onEnding();
      child = undefined;
      process.kill(ending.pid, 'SIGKILL');
      await ending.ended;
    },
    async stop(graceMs) {
      const ending = child;
      if (ending === undefined) return;
      onEnding();
      child = undefined;
      await ending.stop(graceMs);
    },
    async freeze(ms) {
      const frozen = child;
      if (frozen === undefined) return;
      // Wakes it also when the run is killed meanwhile: a frozen process would notice nothing and stay.
      const waker = spawn(
        'sh',
        ['-c', 'sleep "$1"; kill -CONT "$2"', 'sh', String(Math.ceil(ms / 1000) + 1), String(frozen.pid)],
        {
          detached: true,
          stdio: 'ignore',
        },
      );
      process.kill(frozen.pid, 'SIGSTOP');
      await pause(ms, signal);
      if (child === frozen) process.kill(frozen.pid, 'SIGCONT');
      if (waker.pid !== undefined) process.kill(-waker.pid, 'SIGKILL');
    },
  };
}

/** The process below another one whose command has these words. Linux only; elsewhere undefined. */
export function childOf(parent: number | undefined, words: string): number | undefined {
  if (parent === undefined) return undefined;
  const children = read(`/proc/${parent}/task/${parent}/children`).trim().split(' ').map(Number);
  return children.find((pid) => pid > 0 && read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').includes(words));
}

/** True when a process was gone, a zombie included, within so long. */
export async function isGone(pid: number, ms: number, signal: AbortSignal): Promise<boolean> {
  return await holdsWithin(() => !/^State:\s+[^ZX]/m.test(read(`/proc/${pid}/status`)), ms, signal);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
