/** Finds the processes of one test: each carries the test's mark in its environment, which children inherit. */
import { readdirSync, readFileSync } from 'node:fs';

export const MARK = 'POPLAR_TEST_RUN';

export interface LiveProcess {
  readonly pid: number;
  readonly command: string;
}

/** Every process with the mark that is not a zombie: a zombie has ended, only nobody has asked for its exit code. */
export function processesOf(mark: string): LiveProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const environment = read(`/proc/${name}/environ`);
      if (!environment.split('\0').includes(`${MARK}=${mark}`)) return [];
      const state = /^State:\s+(\S)/m.exec(read(`/proc/${name}/status`))?.[1];
      if (state === undefined || state === 'Z' || state === 'X') return [];
      return [{ pid: Number(name), command: read(`/proc/${name}/cmdline`).replaceAll('\0', ' ').trim() }];
    });
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

const PAUSE_MS = 50;
/** A pause counts for no more: a machine that stood still meanwhile has taken nobody's time. */
const PAUSE_MAX_MS = 1_000;

/** Polls until `condition` holds; throws with `what` after `timeoutMs`. */
export async function until(condition: () => boolean | Promise<boolean>, what: string, timeoutMs = 30_000): Promise<void> {
  let deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    const pausesAt = performance.now();
    if (pausesAt > deadline) throw new Error(`Waited ${timeoutMs} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    deadline += Math.max(0, performance.now() - pausesAt - PAUSE_MAX_MS);
  }
}
