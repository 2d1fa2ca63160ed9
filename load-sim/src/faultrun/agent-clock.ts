/** The system's clock as the agent of a run sees it: right, or wrong by as much as it was last stepped (stepped-clock.ts). */
import { appendFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ClockStretch } from '../verify/agent-time.ts';
import { holdsWithin } from './waiting.ts';

export interface AgentClock {
  /** Arguments of node and variables of an agent that has this clock. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** What an agent that is started from now on has the clock ahead by; one that runs follows within a moment. */
  set(offsetMs: number): void;
  /** Resolves when the agent that runs has followed. Rejects when it does not. */
  step(offsetMs: number, signal: AbortSignal): Promise<void>;
  /** From now on no agent runs, until one is started. */
  noteDown(nowMs: number): void;
  /** What the clock was when, of all agents; the one that runs is taken to go on as it does until the run is over. */
  stretches(): ClockStretch[];
}

const PRELOAD = join(import.meta.dirname, 'stepped-clock.ts');
const FOLLOW_MS = 10_000;

/** Keeps its files in the folder; goes on from those of an earlier run there. `endMs`: when the run will be over at the latest. */
export function createAgentClock(folder: string, endMs: number): AgentClock {
  mkdirSync(folder, { recursive: true });
  const offsetFile = join(folder, 'offset');
  const logFile = join(folder, 'log');
  appendFileSync(logFile, '');

  /** What the agents wrote: [when, what they were ahead by from then on], null while none runs. */
  function entries(): (readonly [number, number | null])[] {
    const lines = readFileSync(logFile, 'utf8').split('\n');
    return lines.flatMap((line) => {
      const entry = /^\[(\d+),(-?\d+|null)\]$/.exec(line);
      return entry === null ? [] : [[Number(entry[1]), entry[2] === 'null' ? null : Number(entry[2])] as const];
    });
  }

  function set(offsetMs: number): void {
    const written = `${offsetFile}.new`;
    writeFileSync(written, String(offsetMs));
    renameSync(written, offsetFile);
  }

  set(0);
  return {
    args: ['--import', pathToFileURL(PRELOAD).href],
    env: { POPLAR_STEPPED_CLOCK: folder },
    set,
    async step(offsetMs, signal) {
      set(offsetMs);
      if (await holdsWithin(() => entries().at(-1)?.[1] === offsetMs, FOLLOW_MS, signal)) return;
      throw new Error(`The agent did not follow a step of its clock to ${offsetMs} ms within ${FOLLOW_MS} ms`);
    },
    noteDown: (nowMs) => appendFileSync(logFile, `[${nowMs},null]\n`),
    stretches() {
      const all = entries();
      return all.flatMap(([fromMs, offsetMs], position) => {
        const toMs = all[position + 1]?.[0] ?? endMs;
        return offsetMs === null ? [] : [{ fromMs, toMs, offsetMs }];
      });
    },
  };
}
