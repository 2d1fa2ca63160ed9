/**
 * The whole way of a sample on every runtime of the agent: simulated router, spool, TLS to a real hub, ClickHouse. The hub
 * cannot be reached at first, so that everything goes through the spool.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { agentConfig } from '../src/agent-config.ts';
import { type Fleet, planFleet } from '../src/fleet.ts';
import { type RouterServer, startRouters } from '../src/routers/server.ts';
import { type Child, startChild } from '../src/stack/child.ts';
import { createWorld } from '../src/traffic/world.ts';
import { until } from './processes.ts';
import { AGENT, REPO, RUNTIMES, type Runtime } from './runtimes.ts';
import { freePorts } from './stack.ts';

const TLS = join(REPO, 'agent/testdata/tls');
/** The name in the certificate of the hub; the network does not know it. */
const HUB_NAME = 'poplar-hub';
const TOKEN = 'token-of-the-path';

/** How an agent is told where the hub is. */
const WAYS = [
  { way: 'name', host: 'localhost' },
  { way: 'address', host: '127.0.0.1' },
] as const;

const CASES = RUNTIMES.flatMap((runtime) =>
  WAYS.map(({ way, host }) => ({ runtime, way, host, agent: `${runtime.name}-${way}` })),
);

let folder = '';
let hub: Child;
let hubPort = 0;
let clickhousePort = 0;
let fleet: Fleet;
let routers: RouterServer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'poplar-path-'));
  fleet = planFleet({
    routers: 4,
    sites: 1,
    seed: 1,
    startMs: Date.now(),
    routerNet: '127.83.3.0/24',
    tls: { transport: 'certificate', routers: 2 },
  });
  routers = await startRouters(createWorld(fleet), { nowMs: Date.now, journal: undefined });
  const [httpPort = 0, ...ports] = await freePorts(3);
  [hubPort = 0, clickhousePort = 0] = ports;
  const file = join(folder, 'hub.yaml');
  const config = {
    data_dir: './hub',
    http: { port: httpPort },
    grpc: { port: hubPort, tls: { cert_file: join(TLS, 'hub.pem'), key_file: join(TLS, 'hub-key.pem') } },
    clickhouse: { embedded: { port: clickhousePort } },
    agents: CASES.map(({ agent }) => ({ name: agent, token: `${TOKEN}-${agent}` })),
  };
  writeFileSync(file, stringify(config));
  hub = startChild({
    name: 'hub',
    args: [join(REPO, 'hub/dist/hub.js'), '--config', file],
    logFile: join(folder, 'hub.log'),
  });
  await hub.ready;
}, 60_000);
afterAll(async () => {
  await hub?.stop(20_000);
  await routers?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

/** A way to the hub that does not exist before it is opened. */
async function openWay(port: number): Promise<Server> {
  const server = createServer((socket) => {
    const onward = connect(hubPort, '127.0.0.1');
    socket.on('error', () => onward.destroy()).pipe(onward);
    onward.on('error', () => socket.destroy()).pipe(socket);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

interface Agent {
  readonly child: ChildProcess;
  readonly spool: string;
  /** All that it wrote. */
  readonly log: () => string;
}

function startAgent({ command, environment }: Runtime, agent: string, address: string, serverName: string): Agent {
  const file = join(folder, `${agent}.yaml`);
  const spool = join(folder, `spool-${agent}`);
  const config = agentConfig(fleet, {
    agent,
    hubAddresses: [address],
    hubToken: `${TOKEN}-${agent}`,
    hubTls: { caFile: join(TLS, 'ca.pem'), serverName },
    pollIntervalMs: 250,
    spoolFolder: spool,
  });
  writeFileSync(file, config);
  const [program, ...before] = command(folder);
  const child = spawn(program, [...before, AGENT, '--config', file], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment(folder) },
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
  return { child, spool, log: () => log };
}

/** Asks it to stop, and returns its exit code. */
async function stopAgent({ child, log }: Agent): Promise<number | null> {
  child.kill('SIGTERM');
  await until(() => child.exitCode !== null || child.signalCode !== null, `the agent to stop: ${log()}`);
  return child.exitCode;
}

/** Segments of the spool that hold something. */
function segments(spool: string): string[] {
  return readdirSync(spool).filter((name) => name.endsWith('.segment'));
}

interface Stored {
  readonly polls: number;
  readonly routers: number;
  /** The agent numbers its polls from 1: those that are not there, up to the last that is. */
  readonly missing: number;
}

/** What ClickHouse holds of one agent. */
async function stored(agent: string): Promise<Stored> {
  const query = `
    SELECT countIf(outcome = 'ok') AS polls, uniqExactIf(router, outcome = 'ok') AS routers, max(poll_number) - count() AS missing
    FROM polls FINAL WHERE agent = '${agent}' FORMAT JSONCompactEachRow`;
  const answer = await fetch(`http://127.0.0.1:${clickhousePort}?database=poplar&output_format_json_quote_64bit_integers=0`, {
    method: 'POST',
    body: query,
    headers: {
      'X-ClickHouse-User': 'default',
      'X-ClickHouse-Key': readFileSync(join(folder, 'hub/clickhouse-password'), 'utf8').trim(),
    },
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(text);
  const [polls, routers, missing]: number[] = JSON.parse(text);
  return { polls: polls ?? 0, routers: routers ?? 0, missing: missing ?? 0 };
}

describe.each(CASES)('the agent on $runtime.name', ({ runtime, way, host, agent }) => {
  it(`spools while the hub is away, delivers over TLS by ${way}, and stops cleanly`, { timeout: 60_000 }, async () => {
    const [port = 0] = await freePorts(1);
    const running = startAgent(runtime, agent, `${host}:${port}`, HUB_NAME);
    const { child, spool, log } = running;
    let server: Server | undefined;
    try {
      const ended = (): boolean => child.exitCode !== null;
      await until(() => ended() || log().includes('Polling'), `the agent to start: ${log()}`);
      await until(() => ended() || segments(spool).length > 0, `a segment in the spool: ${log()}`);
      expect(await stored(agent)).toMatchObject({ polls: 0 });
      server = await openWay(port);
      await until(async () => ended() || (await stored(agent)).polls >= 20, `polls to be stored: ${log()}`);
      expect(await stopAgent(running)).toBe(0);
      expect(readdirSync(spool)).toEqual(['journal']);
      expect(await stored(agent)).toMatchObject({ routers: fleet.routers.length, missing: 0 });
      expect(log()).toContain('"msg":"Stopped"');
    } finally {
      child.kill('SIGKILL');
      server?.close();
    }
  });
});

describe.each(RUNTIMES.map((runtime) => ({ runtime })))('the agent on $runtime.name', ({ runtime }) => {
  it('gives its token to no hub whose certificate has another name', { timeout: 60_000 }, async () => {
    const agent = `${runtime.name}-address`;
    const running = startAgent(runtime, agent, `127.0.0.1:${hubPort}`, 'another-hub');
    try {
      await until(() => running.child.exitCode !== null || running.log().includes('hub.tls fits it'), 'the refusal to be logged');
      expect(await stopAgent(running)).toBe(0);
      expect(segments(running.spool)).not.toEqual([]);
    } finally {
      running.child.kill('SIGKILL');
    }
  });
});
