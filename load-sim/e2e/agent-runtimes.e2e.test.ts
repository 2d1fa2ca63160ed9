import { execFile, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parse, stringify } from 'yaml';
import { agentConfig } from '../src/agent-config.ts';
import { type Fleet, type FleetOptions, planFleet } from '../src/fleet.ts';
import { type RouterServer, startRouters } from '../src/routers/server.ts';
import { createWorld } from '../src/traffic/world.ts';
import { AGENT, REPO, RUNTIMES, type Runtime } from './runtimes.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'poplar-runtimes-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

function plan(routerNet: string, options: Partial<Pick<FleetOptions, 'tls' | 'routers'>>): Fleet {
  return planFleet({ routers: 5, sites: 1, seed: 1, startMs: Date.now(), routerNet, ...options });
}

function serve(fleet: Fleet): Promise<RouterServer> {
  return startRouters(createWorld(fleet), { nowMs: Date.now, journal: undefined });
}

interface Ended {
  readonly code: unknown;
  readonly out: string;
  readonly err: string;
}

/** Runs the agent with this configuration until it has polled every router once. */
async function once({ name, command, environment }: Runtime, config: string): Promise<Ended> {
  const file = join(folder, `${name}.yaml`);
  await writeFile(file, config);
  const [program, ...before] = command(folder);
  const options = { timeout: 25_000, env: { ...process.env, ...environment(folder) } };
  return await new Promise((resolve) => {
    execFile(program, [...before, AGENT, '--config', file, '--once'], options, (error, out, err) => {
      resolve({ code: error === null ? 0 : error.code, out, err });
    });
  });
}

function configOf(fleet: Fleet, pollIntervalMs = 10_000): string {
  return agentConfig(fleet, {
    agent: 'smoke',
    hubAddresses: ['127.0.0.1:4650'],
    hubToken: 'unused',
    pollIntervalMs,
    spoolFolder: join(folder, 'spool'),
  });
}

/** Router and outcome of each row of the agent's table. */
function outcomes(out: string): string[] {
  return out
    .split('\n')
    .filter((line) => /^\S+ +r\d+ /.test(line))
    .map((line) => line.split(/ +/).slice(1, 3).join(' '));
}

describe.each(RUNTIMES)('the agent on $name', (runtime) => {
  const third = RUNTIMES.indexOf(runtime) + 1;

  it('polls routers over TCP and TLS', async () => {
    const fleet = plan(`127.73.${30 + third}.0/24`, { tls: { transport: 'certificate', routers: 3 } });
    await using _ = await serve(fleet);
    const { code, out, err } = await once(runtime, configOf(fleet));
    expect({ code, err, outcomes: outcomes(out) }).toEqual({
      code: 0,
      err: '',
      outcomes: ['r0001 ok', 'r0002 ok', 'r0003 ok', 'r0004 ok', 'r0005 ok'],
    });
    expect(out).toContain('5 of 5 routers answered everything');
  });

  it('gives no login to a router with another certificate than the pinned one, and polls the others', async () => {
    const fleet = plan(`127.73.${40 + third}.0/24`, { tls: { transport: 'certificate', routers: 2 } });
    await using _ = await serve(fleet);
    const config = parse(configOf(fleet));
    config.routers[0].tls = { fingerprint_sha256: '0'.repeat(64) };
    config.routers[1].tls.server_name = 'core-1.example';
    const { code, out } = await once(runtime, stringify(config));
    expect({ code, outcomes: outcomes(out) }).toEqual({
      code: 1,
      outcomes: ['r0001 tls', 'r0002 tls', 'r0003 ok', 'r0004 ok', 'r0005 ok'],
    });
    expect(out).toMatch(/r0001 .*not the pinned one, its fingerprint is [0-9a-f]{64}/);
    expect(out).toMatch(/r0002 .*certificate is for DNS:poplar-router: set tls\.server_name/);
  });

  it('polls routers over anonymous TLS, or says clearly that it cannot', async () => {
    const fleet = plan(`127.73.${50 + third}.0/24`, { tls: { transport: 'anonymous', routers: 1 } });
    await using _ = await serve(fleet);
    const { code, out, err } = await once(runtime, configOf(fleet));
    const expected = runtime.anonymous
      ? { code: 0, error: '', answered: 5 }
      : { code: 2, error: `routers[0].tls.anonymous: ${runtime.name} cannot do anonymous TLS`, answered: 0 };
    expect(code).toBe(expected.code);
    expect(err).toContain(expected.error);
    expect(outcomes(out)).toHaveLength(expected.answered);
  });
});

describe('the agent as one file', () => {
  const file = join(REPO, 'agent/dist/poplar-agent');

  beforeAll(async () => {
    await promisify(execFile)('npm', ['run', 'binary', '-w', 'agent'], { cwd: REPO });
  }, 60_000);

  it('polls routers over TCP and TLS', async () => {
    const fleet = plan('127.73.34.0/24', { tls: { transport: 'certificate', routers: 3 } });
    await using _ = await serve(fleet);
    const config = join(folder, 'file.yaml');
    await writeFile(config, configOf(fleet));
    const { stdout } = await promisify(execFile)(file, ['--config', config, '--once'], { timeout: 25_000 });
    expect(stdout).toContain('5 of 5 routers answered everything');
  });

  it('starts itself again in the same process, with what makes it small, and leaves what the environment says', async () => {
    const fleet = plan('127.73.35.0/24', {});
    await using _ = await serve(fleet);
    const config = join(folder, 'small.yaml');
    await writeFile(config, configOf(fleet));
    expect(await settingsOf(config, { BUN_JSC_useConcurrentJIT: '1' })).toEqual([
      'BUN_JSC_forceRAMSize=46000000',
      'BUN_JSC_maximumOptimizationCandidateBytecodeCost=1000',
      'BUN_JSC_minEdenToOldGenerationRatio=0.17',
      'BUN_JSC_useConcurrentJIT=1',
      'BUN_JSC_useEagerCodeBlockJettisonTiming=1',
      'BUN_JSC_useFTLJIT=0',
      'MIMALLOC_PURGE_DELAY=0',
    ]);
  });

  it('sizes its heap by the routers and the polls a second', async () => {
    const config = join(folder, 'many.yaml');
    await writeFile(config, configOf(plan('127.73.36.0/22', { routers: 250 }), 1000));
    const settings = await settingsOf(config, {});
    expect(settings).toContain('BUN_JSC_forceRAMSize=115000000');
    expect(settings).toContain('BUN_JSC_minEdenToOldGenerationRatio=0.33');
  });

  /** What the file gives itself, with this in its environment. */
  async function settingsOf(config: string, env: Readonly<Record<string, string>>): Promise<string[]> {
    const agent = spawn(file, ['--config', config, '--visits', '1000'], { env: { ...process.env, ...env }, stdio: 'ignore' });
    try {
      const settings = (): string[] =>
        readFileSync(`/proc/${agent.pid}/environ`, 'utf8')
          .split('\0')
          .filter((one) => /^(BUN_JSC|MIMALLOC)_/.test(one))
          .toSorted();
      await vi.waitUntil(() => settings().length > Object.keys(env).length, { timeout: 20_000 });
      return settings();
    } finally {
      agent.kill('SIGKILL');
    }
  }
});
