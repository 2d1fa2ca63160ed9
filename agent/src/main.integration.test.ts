import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { openBatch } from '@poplar/proto/batch';
import { readColumn } from '@poplar/proto/columns';
import { DEFAULT_LIMITS } from '@poplar/proto/limits';
import type { Batch } from '@poplar/proto/telemetry/v1/ingest';
import { validateBatch } from '@poplar/proto/validate';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { type ScriptedHub, startScriptedHub } from './uplink/scripted-hub.ts';

const MAIN = join(import.meta.dirname, 'main.ts');

interface Agent {
  readonly child: ChildProcess;
  /** All that it wrote. */
  output(): string;
  readonly exit: Promise<number | null>;
}

let folder: string;
let hub: ScriptedHub;
let agents: Agent[];
/** A pipe that is held open, so that its writer does not end. */
let unread: number | undefined;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'poplar-agent-'));
  hub = await startScriptedHub();
  agents = [];
});
afterEach(async () => {
  for (const { child, exit } of agents) {
    child.kill('SIGKILL');
    await exit;
  }
  if (unread !== undefined) closeSync(unread);
  unread = undefined;
  await hub[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

/** Slow machines are slow; what never comes fails. */
function until(condition: () => boolean | Promise<boolean>): Promise<boolean> {
  return vi.waitUntil(condition, { timeout: 25_000, interval: 20 });
}

/** Nothing listens there: a refused poll is a poll. */
function routers(count: number): object[] {
  return Array.from({ length: count }, (_, index) => ({ name: `r${index + 1}`, address: `127.72.9.${index + 1}`, port: 1 }));
}

function writeConfig(overrides: object = {}): string {
  const path = join(folder, 'agent.yaml');
  const config = {
    agent: 'fra1',
    site: 'fra1',
    hub: { addresses: [hub.address], token: 'secret' },
    poll: { interval_ms: 100 },
    batch: { age_max_ms: 50 },
    credentials: { default: { user: 'poplar', password: 'x' } },
    routers: routers(5),
    ...overrides,
  };
  writeFileSync(path, stringify(config));
  return path;
}

function start(...flags: string[]): Agent {
  return watch(spawn(process.execPath, [MAIN, ...flags], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] }));
}

function watch(child: ChildProcess): Agent {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  // Not `close`: Node leaves it out for a child whose IPC channel was disconnected from this side.
  const ends = [child.stdout, child.stderr].flatMap((stream) => (stream === null ? [] : [finished(stream)]));
  const exit = once(child, 'exit').then(async ([code]) => {
    await Promise.all(ends);
    return typeof code === 'number' ? code : null;
  });
  const agent = { child, output: () => output, exit };
  agents.push(agent);
  return agent;
}

async function startReady(overrides?: object): Promise<Agent> {
  const agent = start('--config', writeConfig(overrides));
  await once(agent.child, 'message');
  return agent;
}

/** What the hub got, by epoch: the sequences and poll numbers, each once, sorted. */
function arrived(batches: readonly Batch[]): Map<bigint, { sequences: number[]; polls: number[] }> {
  const epochs = new Map<bigint, { sequences: Set<number>; polls: Set<number> }>();
  for (const batch of batches) {
    const open = openBatch(batch, DEFAULT_LIMITS);
    expect(validateBatch(open)).toBeUndefined();
    const seen = epochs.get(open.epoch) ?? { sequences: new Set(), polls: new Set() };
    epochs.set(open.epoch, seen);
    seen.sequences.add(open.sequence);
    const pollNumber = readColumn(open.families.polls, 'poll_number');
    for (let row = 0; row < open.families.polls.rows; row++) seen.polls.add(Number(pollNumber(row)));
  }
  const sorted = (numbers: Set<number>): number[] => [...numbers].sort((a, b) => a - b);
  return new Map(
    [...epochs].map(([epoch, { sequences, polls }]) => [epoch, { sequences: sorted(sequences), polls: sorted(polls) }]),
  );
}

const count = (numbers: readonly number[]): number[] => numbers.map((_, index) => index + 1);

test('a configuration that cannot be used ends it with 2 and one line per problem', async () => {
  const agent = start('--config', writeConfig({ poll: { interval_ms: '10s' }, site: '' }));
  expect(await agent.exit).toBe(2);
  expect(agent.output().trimEnd().split('\n')).toEqual([
    expect.stringMatching(/^Cannot use .*agent\.yaml:$/),
    '  site: is empty; give it a name',
    '  poll.interval_ms: "10s" is not a whole number of milliseconds; write 10000',
  ]);
});

test('an unknown flag ends it with 2', async () => {
  const agent = start('--bogus');
  expect(await agent.exit).toBe(2);
  expect(agent.output()).toContain("Unknown option '--bogus'");
});

test('--check-config only checks', async () => {
  const agent = start('--config', writeConfig(), '--check-config');
  expect(await agent.exit).toBe(0);
  expect(agent.output()).toMatch(/agent\.yaml can be used: 5 routers/);
  expect(hub.hellos).toEqual([]);
});

test('--once prints what became of every router and fails when one did not answer', async () => {
  const agent = start('--config', writeConfig({ routers: routers(2) }), '--once');
  expect(await agent.exit).toBe(1);
  expect(agent.output()).toMatch(
    /^SITE +ROUTER +OUTCOME +MS +INTERFACES +CLIENTS +COLLECTORS +ERROR\nfra1 +r1 +refused .* 0 of 25 /,
  );
  expect(agent.output()).toContain('0 of 2 routers answered everything\n');
});

test('--visits polls every router that often and ends', async () => {
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    socket.destroy();
  });
  server.listen(0, '127.82.1.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const agent = start('--config', writeConfig({ routers: [{ name: 'r1', address: '127.82.1.1', port }] }), '--visits', '3');
  expect(await agent.exit).toBe(1);
  server.close();
  await once(server, 'close');
  expect(connections).toBe(3);
  expect(agent.output()).toContain('0 of 1 routers answered everything\n');
});

test('--visits must be a number', async () => {
  const agent = start('--config', writeConfig(), '--visits', 'some');
  expect(await agent.exit).toBe(2);
  expect(agent.output()).toContain('Cannot poll --visits some: write a whole number from 1 to 1000000');
});

test.each([
  ['SIGTERM', (child: ChildProcess) => child.kill('SIGTERM')],
  ['SIGINT', (child: ChildProcess) => child.kill('SIGINT')],
  ['a stop message', (child: ChildProcess) => child.send({ type: 'stop' })],
  ['the end of its parent', (child: ChildProcess) => child.disconnect()],
])('it stops at %s with everything delivered', async (_, stop) => {
  const agent = await startReady();
  await until(() => hub.batches.length >= 3);
  stop(agent.child);
  expect(await agent.exit).toBe(0);
  const [run] = [...arrived(hub.batches).values()];
  expect(run?.polls.length).toBeGreaterThan(4);
  expect(run?.polls).toEqual(count(run?.polls ?? []));
  expect(run?.sequences).toEqual(count(run?.sequences ?? []));
  expect(readdirSync(join(folder, 'data/spool'))).toEqual(['journal']);
});

test('agent and hub killed over and over: no sealed batch and no poll in one is missing', async () => {
  const port = Number(hub.address.split(':')[1]);
  const patient = { uplink: { drain_ms: 20_000 } };
  const seen: Batch[] = [];
  const runs = (batches: readonly Batch[]): number => new Set(batches.map(({ epoch }) => epoch)).size;
  /** What earlier runs left may come before anything of this one: a run that sealed nothing leaves no trace. */
  const everyRunSent = (count: number): boolean => hub.batches.length >= 5 && runs([...seen, ...hub.batches]) === count;
  for (let round = 1; round <= 3; round++) {
    hub.script.judge = ({ sequence }) => (sequence % 3n === 0n ? 'hold' : 'ack');
    const agent = await startReady(patient);
    await until(() => everyRunSent(round));
    hub.kill();
    seen.push(...hub.stored);
    await until(() => agent.output().includes('stream to the hub ended'));
    agent.child.kill('SIGKILL');
    await agent.exit;
    hub = await startScriptedHub({}, port);
  }
  const last = await startReady(patient);
  await until(() => everyRunSent(4));
  last.child.kill('SIGTERM');
  expect(await last.exit).toBe(0);
  seen.push(...hub.stored);
  const arrivals = arrived(seen);
  expect(arrivals.size).toBe(4);
  for (const { sequences, polls } of arrivals.values()) {
    expect(sequences).toEqual(count(sequences));
    expect(polls).toEqual(count(polls));
  }
});

/** The writing end of a pipe that is full and that nobody reads. */
function fullPipe(): number {
  const path = join(folder, 'pipe');
  execFileSync('mkfifo', [path]);
  unread = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  try {
    for (;;) writeSync(unread, 'x'.repeat(4096));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error;
  }
  return openSync(path, 'w');
}

test.each([
  ['disk that is full', () => openSync('/dev/full', 'w')],
  ['pipe that nobody reads', fullPipe],
])('a log on a %s costs lines only: it delivers, and stops when asked', async (_, open) => {
  const log = open();
  const config = writeConfig({ log: { level: 'debug' } });
  const agent = watch(spawn(process.execPath, [MAIN, '--config', config], { stdio: ['ignore', log, 'pipe', 'ipc'] }));
  closeSync(log);
  await once(agent.child, 'message');
  await until(() => hub.batches.length >= 40);
  agent.child.kill('SIGTERM');
  expect(await agent.exit).toBe(0);
  const [run] = [...arrived(hub.batches).values()];
  expect(run?.polls).toEqual(count(run?.polls ?? []));
  expect(agent.output()).toBe('');
});

test('an agent whose disk takes no byte starts, and delivers the spool that fills it', async () => {
  hub.script.judge = () => 'hold';
  const first = await startReady();
  await until(() => hub.batches.length >= 5);
  first.child.kill('SIGKILL');
  await first.exit;
  const spooled = hub.batches.length;
  hub.script.judge = () => 'ack';
  const command = `trap '' XFSZ; ulimit -f 0; exec "$0" "$@"`;
  const flags = [process.execPath, MAIN, '--config', join(folder, 'agent.yaml')];
  const agent = watch(spawn('sh', ['-c', command, ...flags], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] }));
  await until(() => hub.stored.length >= spooled || agent.child.exitCode !== null);
  expect(agent.output()).not.toContain('Cannot use the spool');
  agent.child.kill('SIGTERM');
  expect(await agent.exit).toBe(0);
  expect(hub.stored.length).toBeGreaterThanOrEqual(spooled);
  expect(readdirSync(join(folder, 'data/spool')).filter((name) => name.startsWith('lock'))).toEqual([]);
});

test('a second agent on the same spool is refused', async () => {
  await startReady();
  const second = start('--config', join(folder, 'agent.yaml'));
  expect(await second.exit).toBe(1);
  expect(second.output()).toMatch(
    /Cannot use the spool .*: the agent with process id \d+ uses it; stop that one or set another spool\.folder/,
  );
});

test('SIGHUP takes over the list of routers, and keeps the old one when the file has a problem', async () => {
  const agent = await startReady();
  writeConfig({ routers: [], site: 7 });
  agent.child.kill('SIGHUP');
  await until(() => agent.output().includes('Kept the list of routers'));
  writeConfig({ routers: routers(9).slice(8) });
  agent.child.kill('SIGHUP');
  await until(() => agent.output().includes('Took over the list of routers'));
  const polled = (router: string): boolean =>
    hub.batches.some((batch) => openBatch(batch, DEFAULT_LIMITS).symbols.includes(router));
  await until(() => polled('r9'));
  expect(polled('r5')).toBe(true);
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function get(port: number, path: string, host: string): Promise<{ status: number | undefined; body: string }> {
  const asked = request({ host: '127.0.0.1', port, path, headers: { host } }).end();
  const [response] = await once(asked, 'response');
  let body = '';
  for await (const chunk of response) body += String(chunk);
  return { status: response.statusCode, body };
}

test('metrics are served to loopback names only', async () => {
  const port = await freePort();
  const agent = start('--config', writeConfig({ metrics: { port } }));
  await once(agent.child, 'message');
  await until(() => hub.batches.length >= 3);
  const { status, body } = await get(port, '/metrics', `localhost:${port}`);
  expect(status).toBe(200);
  expect(body).toMatch(/^poplar_agent_visits_total\{outcome="refused"\} [1-9]/m);
  expect(body).toMatch(/^poplar_agent_uplink_connected 1$/m);
  expect(body).toMatch(/^poplar_agent_routers 5$/m);
  expect(body).toMatch(/^process_resident_memory_bytes /m);
  expect((await get(port, '/metrics', 'evil.example')).status).toBe(403);
  expect((await get(port, '/', `127.0.0.1:${port}`)).status).toBe(404);
});

test('a taken metrics port is a clear error', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const agent = start('--config', writeConfig({ metrics: { port } }));
  expect(await agent.exit).toBe(1);
  expect(agent.output()).toContain(
    `Cannot serve metrics on 127.0.0.1:${port}: another program uses the port; set metrics.port to a free one`,
  );
  server.close();
});
