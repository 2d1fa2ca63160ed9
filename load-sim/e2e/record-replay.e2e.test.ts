/** What an agent reads of a replayed router is what it read of the recorded one, but for what was scrubbed. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createClient } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { z } from 'zod';
import { agentConfig } from '../src/agent-config.ts';
import type { BoardName } from '../src/boards/board.ts';
import type { DialectName } from '../src/dialects/dialect.ts';
import { type Fleet, planFleet } from '../src/fleet.ts';
import { recordRouter } from '../src/recording/record.ts';
import { startRouters } from '../src/routers/server.ts';
import { startChild } from '../src/stack/child.ts';
import { createWorld } from '../src/traffic/world.ts';
import { ROW_TABLES } from '../src/verify/truth/all.ts';
import { until } from './processes.ts';
import { freePorts } from './stack.ts';

const REPO = resolve(import.meta.dirname, '../..');
const SIM = join(REPO, 'load-sim/src/main.ts');

/** Every stack of radios, LTE in both versions, 60 GHz, a virtual router, the three logins, and `!empty`. */
const KINDS: readonly (readonly [BoardName, DialectName])[] = [
  ['hap-ac2', '6.42'],
  ['rb4011', '6.44'],
  ['sxt-lte', '6.49'],
  ['hap-ac3', '7.12'],
  ['wap-ax', '7.13'],
  ['chateau-5g', '7.12'],
  ['ccr1036', '7.18'],
  ['lhg-60g', '7.18'],
  ['wap-ax', '7.20'],
  ['chr', '7.20'],
];

/** Columns that the rules of the scrubber change. Everything else must be as it was. */
const SCRUBBED = new Set(
  `interface comment mac remote_mac identity serial module_serial software_id radio_name ssid master port bridge
   cell_id enb_id sector_id area_code address remote_address local_address remote_id router_id designated backup
   peer instance area remote_as local_as queue target parent host name system_description time_zone`.split(/\s+/),
);
/** Runs on while everything else stands still. */
const RUNNING = new Set(['device_resources.uptime_ms', 'router_clocks.offset_ms', 'router_clocks.round_trip_us']);
/** What belongs to a poll, or says which router it is. */
const FRAME = new Set(['ts', 'site', 'router', 'agent', 'rank', 'baseline', 'epoch', 'sequence']);

const NET = '127.82.30.0/24';
const REPLAY_NET = '127.82.31.0/24';
/** The routers stand still, so that two polls of one must read the same. */
const NOW = Date.UTC(2026, 5, 1, 12);

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'poplar-replay-'));
  writeFileSync(join(folder, 'password'), 'simulated');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function plan(routerNet: string, site: string): Fleet {
  const fleet = planFleet({ routers: KINDS.length, sites: 1, seed: 7, startMs: NOW - 86_400_000, routerNet });
  const routers = fleet.routers.map((router, index) => {
    const [board, dialect] = KINDS[index] ?? ['chr', '7.20'];
    return { ...router, site, board, dialect };
  });
  return { ...fleet, routers };
}

async function record(fleet: Fleet): Promise<string[]> {
  const files: string[] = [];
  for (const { router, address, user, dialect } of fleet.routers) {
    const out = join(folder, `${router}.jsonl`);
    const login = dialect === '6.42' ? ['--allow-md5-login'] : [];
    const args = ['--router', address, '--user', user, '--password-file', join(folder, 'password'), '--out', out, ...login];
    await recordRouter(args, { signal: new AbortController().signal, nowMs: Date.now, print: () => {} });
    files.push(out);
  }
  return files;
}

/** `sim replay` as its own process. */
async function replay(files: readonly string[]) {
  const child = fork(
    SIM,
    ['replay', ...files.flatMap((file) => ['--transcript', file]), '--routers', String(files.length), '--router-net', REPLAY_NET],
    { silent: true },
  );
  let out = '';
  child.stdout?.on('data', (chunk) => (out += String(chunk)));
  child.stderr?.on('data', (chunk) => (out += String(chunk)));
  const ended = once(child, 'exit');
  await Promise.race([
    once(child, 'message'),
    ended.then(() => {
      throw new Error(`sim replay ended before it was ready: ${out}`);
    }),
  ]);
  return {
    async stop(): Promise<string> {
      child.send({ type: 'stop' });
      await ended;
      return out;
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null) child.kill('SIGKILL');
      await ended;
    },
  };
}

const ROW = z.record(z.string(), z.union([z.string(), z.number(), z.null()]));
type StoredRow = z.output<typeof ROW>;

/** A real hub with its engine, an agent that polls these routers, and what they stored. */
async function startStore(fleet: Fleet) {
  const [httpPort = 0, grpcPort = 0, clickhousePort = 0] = await freePorts(3);
  const token = 'a-token-that-nobody-else-has-0123456789';
  writeFileSync(join(folder, 'token'), token);
  const hubFile = join(folder, 'hub.yaml');
  const hubConfig = {
    data_dir: './hub',
    http: { port: httpPort },
    grpc: { port: grpcPort },
    clickhouse: { embedded: { port: clickhousePort } },
    agents: [{ name: 'agent1', token_file: './token' }],
  };
  writeFileSync(hubFile, stringify(hubConfig), { mode: 0o600 });
  const agentFile = join(folder, 'agent.yaml');
  writeFileSync(
    agentFile,
    agentConfig(fleet, {
      agent: 'agent1',
      hubAddresses: [`127.0.0.1:${grpcPort}`],
      hubToken: token,
      // Longer than what an uptime that stands still could hide in.
      pollIntervalMs: 4000,
      spoolFolder: './spool',
    }),
    { mode: 0o600 },
  );
  await using starting = new AsyncDisposableStack();
  const start = async (name: string, script: string, config: string): Promise<void> => {
    const child = startChild({ name, args: [join(REPO, script), '--config', config], logFile: join(folder, `${name}.log`) });
    starting.defer(async () => void (await child.stop(30_000)));
    await child.ready;
  };
  await start('hub', 'hub/dist/hub.js', hubFile);
  const client = createClient({
    url: `http://127.0.0.1:${clickhousePort}`,
    username: 'default',
    password: readFileSync(join(folder, 'hub/clickhouse-password'), 'utf8').trim(),
    database: 'poplar',
  });
  starting.defer(() => client.close());
  await start('agent', 'agent/src/main.ts', agentFile);
  const stack = starting.move();
  const select = async (query: string): Promise<StoredRow[]> =>
    z.array(ROW).parse(await (await client.query({ query, format: 'JSONEachRow' })).json());
  return { select, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** The distinct rows that a router's polls have stored, without what differs from poll to poll. */
function contentOf(table: string, rows: readonly StoredRow[]): StoredRow[] {
  const distinct = new Map<string, StoredRow>();
  for (const row of rows) {
    const content = Object.fromEntries(
      Object.entries(row).filter(([column]) => !FRAME.has(column) && !RUNNING.has(`${table}.${column}`)),
    );
    distinct.set(JSON.stringify(content), content);
  }
  return [...distinct.values()];
}

/** What is left of a row when nothing that may be scrubbed is looked at. */
function readingsOf(row: StoredRow): string {
  return JSON.stringify(Object.entries(row).filter(([column]) => !SCRUBBED.has(column)));
}

/** Which made-up value stands for which original, in both directions; throws when one stands for two. */
function createPairs() {
  const made = new Map<string, string>();
  const originals = new Map<string, string>();
  return (kind: string, original: string, replacement: string): void => {
    const [known, owner] = [made.get(`${kind} ${original}`), originals.get(`${kind} ${replacement}`)];
    if ((known ?? replacement) !== replacement || (owner ?? original) !== original)
      throw new Error(`${kind} ${original} is ${replacement}, but also ${known ?? owner}`);
    made.set(`${kind} ${original}`, replacement);
    originals.set(`${kind} ${replacement}`, original);
  };
}

describe('a replayed router', () => {
  it('is read as the recorded one was, with equal values for equal ones where it was scrubbed', {
    timeout: 300_000,
  }, async () => {
    const recorded = plan(NET, 'recorded');
    await using _ = await startRouters(createWorld(recorded), { nowMs: () => NOW, journal: undefined });
    const files = await record(recorded);
    await using replaying = await replay(files);
    const replayed = plan(REPLAY_NET, 'replayed');
    await using store = await startStore({ ...recorded, routers: [...recorded.routers, ...replayed.routers] });

    await until(
      async () => {
        const polls = await store.select(
          "SELECT site, router, toString(count()) AS polls FROM polls FINAL WHERE outcome = 'ok' GROUP BY site, router HAVING count() >= 3",
        );
        return polls.length === 2 * KINDS.length;
      },
      'three polls of every router',
      200_000,
    );

    const filled = new Set<string>();
    const changed = new Set<string>();
    for (const { router } of recorded.routers) {
      const pair = createPairs();
      for (const table of ROW_TABLES) {
        const rowsOf = async (site: string): Promise<StoredRow[]> =>
          contentOf(table, await store.select(`SELECT * FROM ${table} FINAL WHERE site = '${site}' AND router = '${router}'`));
        const [before, after] = [await rowsOf('recorded'), await rowsOf('replayed')];
        expect(after.map(readingsOf).toSorted(), `${router} ${table}`).toEqual(before.map(readingsOf).toSorted());
        if (before.length > 0) filled.add(table);
        for (const row of before) {
          const [twin, ...others] = after.filter((other) => readingsOf(other) === readingsOf(row));
          // Rows that readings alone cannot tell apart, such as ports without a link, are compared by their number only.
          if (twin === undefined || others.length > 0) continue;
          for (const [column, value] of Object.entries(row)) {
            if (!SCRUBBED.has(column) || value === null || value === '') continue;
            pair(column.endsWith('mac') ? 'mac' : column, String(value), String(twin[column]));
            if (value !== twin[column]) changed.add(column);
          }
        }
      }
    }
    for (const table of CERTAIN) expect(filled).toContain(table);
    for (const column of [
      'mac',
      'identity',
      'serial',
      'comment',
      'radio_name',
      'ssid',
      'module_serial',
      'cell_id',
      'software_id',
      'time_zone',
    ])
      expect(changed).toContain(column);

    // Nothing looks like a reboot: the uptime runs on, and each interface has one baseline.
    const reboots = await store.select(
      "SELECT router FROM interface_counters FINAL WHERE site = 'replayed' GROUP BY router, interface HAVING uniq(baseline) > 1",
    );
    expect(reboots).toEqual([]);
    expect(await replaying.stop()).toMatch(/\n\d+ commands answered, 0 not in the transcripts\n$/);
  });
});

/** Tables that some of these routers fill. */
const CERTAIN = [
  'interface_counters',
  'device_resources',
  'router_identities',
  'radio_clients',
  'sensors',
  'boards',
  'cpu_cores',
  'packages',
  'package_updates',
  'router_clocks',
];
