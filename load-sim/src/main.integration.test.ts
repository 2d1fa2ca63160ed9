import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { RouterOSAPI } from 'node-routeros';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { readFleet } from './fleet-file.ts';
import { createHoldUps } from './verify/hold-ups.ts';
import { readJournal } from './verify/replies.ts';

const MAIN = join(import.meta.dirname, 'main.ts');
let folder = '';
let children: ChildProcess[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'poplar-sim-'));
});
afterEach(async () => {
  await Promise.all(
    children
      .filter((child) => child.exitCode === null && child.signalCode === null)
      .map((child) => {
        child.kill('SIGKILL');
        return once(child, 'exit');
      }),
  );
  children = [];
  await rm(folder, { recursive: true, force: true });
});

function sim(...args: string[]) {
  const child = fork(MAIN, args, { silent: true });
  children.push(child);
  const text = { out: '', err: '' };
  child.stdout?.on('data', (chunk) => (text.out += String(chunk)));
  child.stderr?.on('data', (chunk) => (text.err += String(chunk)));
  const ended = once(child, 'close').then(([code]: unknown[]) => ({ code, ...text }));
  const message = once(child, 'message').then(([first]: unknown[]) => first);
  const ready = Promise.race([
    message,
    ended.then(({ code, err }) => {
      throw new Error(`sim ${args.join(' ')} ended with ${String(code)} before it was ready: ${err}`);
    }),
  ]);
  // Most tests wait for one of the two only.
  ready.catch(() => {});
  return { child, ready, ended };
}

describe('sim routers', () => {
  it('serves until it is told to stop, and leaves the truth behind', async () => {
    const [fleetFile, journal, agentFile] = ['fleet.json', 'truth.journal', 'agent.yaml'].map((name) => join(folder, name));
    if (fleetFile === undefined || journal === undefined || agentFile === undefined) throw new Error('no files');
    const plan = ['--routers', '3', '--sites', '2', '--router-net', '127.73.10.0/24'];
    const files = ['--fleet-file', fleetFile, '--journal', journal, '--agent-config', agentFile, '--hub-token', 'secret'];
    const { child, ready, ended } = sim('routers', ...plan, ...files);
    expect(await ready).toMatchObject({ type: 'ready', routers: 3 });
    const fleet = await readFleet(fleetFile);
    const [router] = fleet.routers;
    if (router === undefined) throw new Error('no router');
    const { address: host, port, user, password } = router;
    const api = new RouterOSAPI({ host, port, user, password, timeout: 5 });
    api.on('error', () => {});
    await api.connect();
    const rows = await api.write('/interface/print');
    child.send({ type: 'stop' });
    expect(await ended).toMatchObject({ code: 0, err: '' });
    const served = Array.from((await readJournal(journal)).replies.get(0)?.all() ?? []);
    expect(served).toMatchObject([{ menu: '/interface', rows: rows.length }]);
    expect(parse(await readFile(agentFile, 'utf8'))).toMatchObject({
      agent: 'sim',
      routers: [{ name: 'r0001' }, { name: 'r0002' }, { name: 'r0003' }],
    });

    const again = sim('routers', '--fleet', fleetFile, '--for-s', '1');
    expect(await again.ready).toMatchObject({ start_ms: fleet.startMs });
    expect(await again.ended).toMatchObject({ code: 0 });
  });

  it('writes down when it was held up', async () => {
    const journal = join(folder, 'truth.journal');
    const { child, ready, ended } = sim('routers', '--routers', '2', '--router-net', '127.73.14.0/24', '--journal', journal);
    await ready;
    child.kill('SIGSTOP');
    const stoppedMs = Date.now();
    await setTimeout(1_500);
    const goesOnMs = Date.now();
    child.kill('SIGCONT');
    await vi.waitFor(async () => expect(await readFile(journal, 'utf8')).toMatch(/^\["held up",/), 5_000);
    child.send({ type: 'stop' });
    expect(await ended).toMatchObject({ code: 0, err: '' });
    const { heldUp } = await readJournal(journal);
    expect(createHoldUps(heldUp).runningMs({ fromMs: stoppedMs, toMs: goesOnMs })).toBe(0);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('stops at %s', async (signal) => {
    const { child, ready, ended } = sim('routers', '--routers', '2', '--router-net', '127.73.11.0/24');
    await ready;
    child.kill(signal);
    expect(await ended).toMatchObject({ code: 0 });
  });

  it('stops when its parent goes away', async () => {
    const { child, ready } = sim('routers', '--routers', '2', '--router-net', '127.73.12.0/24');
    await ready;
    // Node emits no 'close' once the parent has disconnected by itself.
    const exited = once(child, 'exit');
    child.disconnect();
    expect(await exited).toEqual([0, null]);
  });

  it('says what to do when an address is taken', async () => {
    const first = sim('routers', '--routers', '2', '--router-net', '127.73.13.0/24');
    await first.ready;
    const { code, err } = await sim('routers', '--routers', '2', '--router-net', '127.73.13.0/24').ended;
    expect(code).toBe(1);
    expect(err).toBe(
      'Cannot listen on 127.73.13.1:8728 for router r0001: the port is taken. Stop the other simulator, or give another --router-net\n',
    );
  });

  it.each([
    [['routers', '--frobnicate'], /Unknown option '--frobnicate'[^]*sim -- routers --help/],
    [['routers', '--routers', 'many'], /--routers many: not a whole number from 1 to 65000/],
    [['routers', '--router-net', '10.0.0.0/8'], /Cannot use router net 10\.0\.0\.0\/8/],
    [['routers', '--agent-config', 'x'], /--agent-config needs --hub-token/],
    [['routers', '--tls', 'maybe'], /--tls maybe: write certificate or anonymous/],
    [['routers', '--tls-routers', '3'], /--tls-routers needs --tls/],
    [['routers', '--fleet', 'x', '--tls', 'anonymous'], /--tls cannot be given with --fleet/],
    [['routers', '--fleet', 'x', '--seed', '1'], /--seed cannot be given with --fleet/],
    [['routers', '--mix', 'odd'], /--mix odd: not one of usual, all/],
    [['routers', '--segment', 'tiny'], /--segment tiny: not one of whole, bytes, random/],
    [['agents', '--write-hub-config', MAIN], /--write-hub-config .*main\.ts: there is such a file/],
    [['verify'], /--fleet-file is missing/],
    [['record'], /--router is missing[^]*sim -- record --help/],
    [['record', '--router', '127.0.0.1'], /--user is missing/],
    [['replay'], /--transcript is missing[^]*sim -- replay --help/],
    [['replay', '--transcript', 'x', '--speed', '101'], /--speed 101: not a whole number from 1 to 100/],
    [['frobnicate'], /unknown verb frobnicate[^]*Usage: npm run sim/],
    [[], /a verb is missing[^]*Usage: npm run sim/],
  ])('refuses %j', async (args, message) => {
    const { code, err } = await sim(...args).ended;
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });

  it('says what is wrong in a scenario', async () => {
    const file = join(folder, 'odd.yaml');
    await writeFile(file, 'faults: [{ kind: refuse, routers: [r9999] }]');
    const routers = ['routers', '--routers', '3', '--router-net', '127.73.14.0/24', '--scenario'];
    const unfit = await sim(...routers, file).ended;
    expect(unfit).toMatchObject({ code: 2, out: '' });
    expect(unfit.err).toBe(
      'Cannot use the scenario with this fleet:\n  faults[0].routers[0]: "r9999" names no router of the fleet; write a name or a run such as r0001..r0003\n',
    );
    const absent = await sim(...routers, join(folder, 'none.yaml')).ended;
    expect(absent).toMatchObject({ code: 2, err: expect.stringContaining('it cannot be read: ENOENT') });
  });

  it('explains itself', async () => {
    expect((await sim('--help').ended).out).toContain('routers    simulated routers');
    expect((await sim('routers', '--help').ended).out).toContain('--refuse-login N');
    expect((await sim('record', '--help').ended).out).toContain('--password-file FILE');
    expect((await sim('replay', '--help').ended).out).toContain('--transcript FILE');
    expect((await sim('verify', '--help').ended).out).toContain('--clickhouse-url URL');
  });

  it('says that a fleet file cannot be read', async () => {
    const { code, err } = await sim('routers', '--fleet', join(folder, 'none.json')).ended;
    expect(code).toBe(1);
    expect(err).toMatch(/^Cannot read the fleet file .*none\.json: ENOENT/);
  });

  it('says that a transcript cannot be read', async () => {
    const { code, err } = await sim('replay', '--transcript', join(folder, 'none.jsonl')).ended;
    expect(code).toBe(1);
    expect(err).toMatch(/^Cannot read the transcript .*none\.jsonl: ENOENT/);
  });
});
