/**
 * The agent on a disk that is really full, or read-only: a small file system of its own, mounted where only the agent sees it.
 * Needs user and mount namespaces (`unshare -Urm`); where there are none the tests fail and say so.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBatch } from '@poplar/proto/batch';
import { readColumn } from '@poplar/proto/columns';
import { DEFAULT_LIMITS } from '@poplar/proto/limits';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { type ScriptedHub, startScriptedHub } from './uplink/scripted-hub.ts';

/** An address of this process's own: several checkouts may run their tests at once. */
const METRICS = { host: `127.89.${(process.pid >> 7) & 127}.${(process.pid & 127) + 1}`, port: 19_464 };
const MAIN = join(import.meta.dirname, 'main.ts');
/** Mounts the disk, leaves little room on it (or makes it read-only), and becomes the agent. */
const INSIDE = `
cannot() { echo "Cannot give the agent a disk of its own: $1 failed; this test needs user and mount namespaces (unshare -Urm)" >&2; exit 90; }
mount -t tmpfs -o size=1m none "$1" || cannot mount
head -c "$2" /dev/zero > "$1/ballast" || cannot write
mkdir "$1/spool"
if [ "$3" = ro ]; then mount -o remount,ro "$1" || cannot remount; fi
shift 3
exec "$@"
`;
const OUTSIDE = `exec unshare -Urm sh -c '${INSIDE}' sh "$@"`;

let folder: string;
let hub: ScriptedHub;
let agent: ChildProcess | undefined;
let output: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'poplar-full-'));
  hub = await startScriptedHub({ judge: () => 'hold' });
  output = '';
});
afterEach(async () => {
  if (agent !== undefined && agent.exitCode === null && agent.signalCode === null) {
    agent.kill('SIGKILL');
    await once(agent, 'exit');
  }
  await hub[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

/** Slow machines are slow; what never comes fails, and so does an agent that has ended. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const wait = async (): Promise<boolean> => {
    if (agent?.exitCode !== null)
      throw new Error(`the agent (or unshare -Urm before it) ended with ${agent?.exitCode}: ${output}`);
    return await condition();
  };
  await vi.waitUntil(wait, { timeout: 60_000, interval: 20 });
}

/** Starts an agent whose spool lies on a disk of a megabyte that holds so many bytes already. */
function startAgent(ballastBytes: number, mode: 'rw' | 'ro'): ChildProcess {
  const disk = join(folder, 'disk');
  mkdirSync(disk);
  const config = join(folder, 'agent.yaml');
  const routers = Array.from({ length: 50 }, (_, index) => ({ name: `r${index + 1}`, address: '127.89.0.1', port: 1 }));
  const content = {
    agent: 'fra1',
    site: 'fra1',
    hub: { addresses: [hub.address], token: 'secret' },
    poll: { interval_ms: 100 },
    batch: { age_max_ms: 50 },
    spool: { folder: join(disk, 'spool') },
    credentials: { default: { user: 'poplar', password: 'x' } },
    metrics: METRICS,
    routers,
  };
  writeFileSync(config, stringify(content));
  const command = ['-c', OUTSIDE, 'sh', disk, String(ballastBytes), mode, process.execPath, MAIN, '--config', config];
  const child = spawn('sh', command, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return child;
}

/** The agent's disk as it sees it. */
const disk = (): string => `/proc/${agent?.pid}/root${join(folder, 'disk')}`;
const freeBytes = (): number => statfsSync(disk()).bavail * statfsSync(disk()).bsize;
const segments = (): string[] => readdirSync(join(disk(), 'spool')).filter((name) => name.endsWith('.segment'));
const isRefused = (): boolean => output.includes('Cannot spool a batch; trying again');

/** A counter of the agent: the sum over its labels that the pattern takes. */
async function counted(name: string, labels = ''): Promise<number> {
  const body = await (await fetch(`http://${METRICS.host}:${METRICS.port}/metrics`)).text();
  const lines = body.split('\n').filter((line) => line.startsWith(`${name}${labels}`));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

/** What the hub has stored: the sequences of batches and the numbers of polls, each once, sorted. */
function stored(): { readonly sequences: number[]; readonly polls: number[] } {
  const sequences = new Set<number>();
  const polls = new Set<number>();
  for (const batch of hub.stored) {
    sequences.add(Number(batch.sequence));
    const { families } = openBatch(batch, DEFAULT_LIMITS);
    const pollNumber = readColumn(families.polls, 'poll_number');
    for (let row = 0; row < families.polls.rows; row++) polls.add(Number(pollNumber(row)));
  }
  const sorted = (numbers: Set<number>): number[] => [...numbers].sort((a, b) => a - b);
  return { sequences: sorted(sequences), polls: sorted(polls) };
}

const newest = (): number => stored().sequences.at(-1) ?? 0;

test('a full disk refuses batches, answers still empty it, and then it takes them again; every poll is stored or counted', async () => {
  agent = startAgent(900_000, 'rw');
  await until(isRefused);
  expect(freeBytes()).toBeLessThan(16_384);
  expect(await counted('poplar_agent_spool_write_failures_total', '{code="ENOSPC"}')).toBeGreaterThan(0);
  const full = segments();
  hub.script.judge = () => 'ack';
  hub.answerHeld();
  await until(() => newest() > 0 && !segments().includes(full[0] ?? ''));
  const before = newest();
  await until(() => newest() > before + 20);
  const dropped = await counted('poplar_agent_polls_dropped_total', '{reason="spool"}');
  agent.kill('SIGTERM');
  await once(agent, 'exit');
  expect(agent.exitCode).toBe(0);
  const { sequences, polls } = stored();
  expect(sequences).toEqual(Array.from(sequences, (_, index) => index + 1));
  expect((polls.at(-1) ?? 0) - polls.length).toBe(dropped);
  expect(hub.skipped).toEqual([]);
}, 120_000);

test('a full disk that someone makes room on takes batches again by itself, without a hub', async () => {
  agent = startAgent(950_000, 'rw');
  await until(isRefused);
  const appended = await counted('poplar_agent_spool_appended_total');
  rmSync(join(disk(), 'ballast'));
  await until(async () => (await counted('poplar_agent_spool_appended_total')) > appended + 20);
  expect(hub.stored).toEqual([]);
}, 120_000);

test('a read-only folder is a message that names spool.folder', async () => {
  agent = startAgent(0, 'ro');
  await once(agent, 'exit');
  expect(agent.exitCode).toBe(1);
  expect(output).toMatch(/Cannot use the spool .*: EROFS.*; set spool\.folder to a folder that the agent may write/);
}, 120_000);
