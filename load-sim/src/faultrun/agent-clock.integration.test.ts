import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type AgentClock, createAgentClock } from './agent-clock.ts';

/** Answers each message with what its clocks say. */
const TELLER = `process.on('message', () => process.send([Date.now(), new Date().getTime(), performance.now(), new Date(5).getTime(),
  Date.parse(Date()), new Date() instanceof Date]));`;
const HOUR = 3_600_000;
const END = Date.UTC(2100, 0, 1);

let folder: string;
let clock: AgentClock;
let teller: ChildProcess;

function start(): ChildProcess {
  return spawn(process.execPath, [...clock.args, '-e', TELLER], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, ...clock.env },
  });
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'poplar-clock-'));
  clock = createAgentClock(folder, END);
  teller = start();
});
afterEach(() => {
  teller.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

/** How far the clock is ahead of this process's, to ten seconds; and the rest as it is. Adding 0 makes -0 one. */
async function told() {
  teller.send('tell');
  const [[now, made, stopwatch, fixed, text, isDate]] = await once(teller, 'message');
  const ahead = (ms: number): number => Math.round((ms - Date.now()) / 10_000) * 10_000 + 0;
  return { now: ahead(now), made: ahead(made), text: ahead(text), stopwatch: Number(stopwatch), fixed, isDate };
}

it('is stepped under a process that runs, back and forth, and the stopwatch runs on', async () => {
  const { signal } = new AbortController();
  const right = await told();
  expect(right).toMatchObject({ now: 0, made: 0, text: 0, fixed: 5, isDate: true });
  await clock.step(-HOUR, signal);
  const back = await told();
  expect(back).toMatchObject({ now: -HOUR, made: -HOUR, text: -HOUR, fixed: 5, isDate: true });
  await clock.step(60_000, signal);
  const forth = await told();
  expect(forth).toMatchObject({ now: 60_000, made: 60_000 });
  expect(back.stopwatch).toBeGreaterThan(right.stopwatch);
  expect(forth.stopwatch).toBeGreaterThan(back.stopwatch);
  const stretches = clock.stretches();
  expect(stretches.map(({ offsetMs }) => offsetMs)).toEqual([0, -HOUR, 60_000]);
  expect(stretches.map(({ toMs }) => toMs)).toEqual([...stretches.slice(1).map(({ fromMs }) => fromMs), END]);
});

it('is as it was set for a process that starts later, and of no stretch while none runs', async () => {
  await told();
  teller.kill('SIGKILL');
  await once(teller, 'exit');
  const downMs = Date.now();
  clock.noteDown(downMs);
  clock.set(-HOUR);
  teller = start();
  expect(await told()).toMatchObject({ now: -HOUR });
  const [before, after] = clock.stretches();
  expect(before).toMatchObject({ toMs: downMs, offsetMs: 0 });
  expect(after?.offsetMs).toBe(-HOUR);
  expect(after?.fromMs).toBeGreaterThan(downMs);
});
