/** `bench polling`: what an agent needs to poll 500 simulated routers every 10 s. */
import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type ChildSpec, startChild } from '../src/stack/child.ts';
import { prepareFleet, stackFolder, writeConfigs } from '../src/stack/configs.ts';
import { parseFlags, type StackFlags } from '../src/stack/flags.ts';
import { AGENT_GRACE_MS, agentProgram, HUB_GRACE_MS, hubProgram, SIM_GRACE_MS, simProgram } from '../src/stack/programs.ts';
import { peakRssMb, startCpuMeter } from '../src/stack/usage.ts';
import { type BenchContext, temporaryFolder } from './context.ts';
import type { BenchResult, Measurement } from './result.ts';

const REPO = resolve(import.meta.dirname, '../..');
const BINARY = join(REPO, 'agent/dist/poplar-agent');
const ROUTERS = 500;
const INTERVAL_MS = 10_000;
/** Sessions are opened and everything was read once. */
const WARM_UP_MS = 30_000;

export async function benchPolling(context: BenchContext): Promise<BenchResult> {
  await using temporary = await temporaryFolder();
  const folder = stackFolder(temporary.path);
  const flags = stackFlags(context);
  const fleet = await prepareFleet(folder, flags, Date.now());
  writeConfigs(folder, fleet, flags);
  await using hub = running(hubProgram(folder, folder.hubConfig), HUB_GRACE_MS);
  await using sim = running(simProgram(folder), SIM_GRACE_MS);
  await Promise.all([hub.ready, sim.ready]);

  const bundle = agentProgram(folder);
  const programs = [
    { group: 'Node, bundled (`npm run agent`)', spec: bundle, rssGoal: 130 },
    { group: 'one file, Bun inside (`npm run binary -w agent`)', spec: await binaryProgram(bundle), rssGoal: 100 },
  ];
  const measurements: Measurement[] = [];
  for (const { group, spec, rssGoal } of programs) {
    const { cpuPct, rssMb } = await measureAgent(spec, context.rounds);
    context.print(`${group}: ${cpuPct.join(', ')} % of a core, ${rssMb} MiB`);
    measurements.push(
      { group, what: 'CPU, percent of one core', rounds: cpuPct, anchor: { text: 'goal: ≤ 12', value: 12 } },
      { what: 'peak resident set, MiB', rounds: [rssMb], anchor: { text: `goal: ≤ ${rssGoal}`, value: rssGoal } },
    );
  }
  return {
    name: 'polling',
    conditions: `${ROUTERS} simulated routers of the usual mix, every collector at its usual interval, polled every ${INTERVAL_MS / 1000} s over plain TCP into a hub on the same machine; ${context.rounds} intervals after a warm-up of ${WARM_UP_MS / 1000} s, with no fault among the routers.`,
    measurements,
    notes: [
      'Others: mktxp needs 5–6 s per router and so 46 sessions for 500 routers in 60 s; the poller of the incident logs in anew for every poll and sends 11–14 commands.',
    ],
  };
}

function stackFlags({ httpPort, grpcPort, clickhousePort, routerNet }: BenchContext): StackFlags {
  const wanted = {
    routers: ROUTERS,
    'interval-ms': INTERVAL_MS,
    'router-net': routerNet,
    'http-port': httpPort,
    'grpc-port': grpcPort,
    'clickhouse-port': clickhousePort,
  };
  const flags = parseFlags(Object.entries(wanted).flatMap(([name, value]) => [`--${name}`, String(value)]));
  if (flags === undefined) throw new Error('BUG: the flags ask for help');
  return flags;
}

/** Builds the single file: some seconds, and it is never an old one. */
async function binaryProgram({ args, ...spec }: ChildSpec): Promise<ChildSpec> {
  await promisify(execFile)('npm', ['run', 'binary', '-w', 'agent'], { cwd: REPO });
  return { ...spec, name: 'agent as one file', command: BINARY, args: args.slice(args.indexOf('--config')) };
}

async function measureAgent(spec: ChildSpec, rounds: number) {
  await using agent = running(spec, AGENT_GRACE_MS);
  await agent.ready;
  await stays(agent, WARM_UP_MS);
  const cpuPct: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const meter = startCpuMeter([agent.pid], () => performance.now());
    await stays(agent, INTERVAL_MS);
    const percent = meter.percent(agent.pid);
    if (percent !== null) cpuPct.push(percent);
  }
  const rssMb = peakRssMb(agent.pid);
  if (rssMb === null || cpuPct.length < rounds) throw new Error('Cannot read /proc: this benchmark needs Linux.');
  return { cpuPct, rssMb };
}

type Running = ReturnType<typeof running>;

function running(spec: ChildSpec, graceMs: number) {
  const child = startChild(spec);
  return { ...child, [Symbol.asyncDispose]: async () => void (await child.stop(graceMs)) };
}

/** Waits; throws when the program ends meanwhile. */
async function stays(program: Running, ms: number): Promise<void> {
  const ending = await Promise.race([delay(ms), program.ended]);
  if (ending !== undefined) throw new Error(`${program.name} ended: ${ending.stderr}`);
}
