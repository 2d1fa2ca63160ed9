/** An agent and what it needs around it: simulated routers, and a hub that takes what it sends. */
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

const REPO = resolve(import.meta.dirname, '../..');
const BINARY = join(REPO, 'agent/dist/poplar-agent');
/** Sessions are opened and everything was read once. */
export const WARM_UP_MS = 30_000;
/** A round: many polls of every interval. */
const ROUND_MS = 10_000;

export interface FleetSize {
  readonly routers: number;
  readonly intervalMs: number;
}

/** What an agent took. */
export interface AgentFigures {
  /** Of one core, by round. */
  readonly cpuPct: readonly number[];
  /** The peak resident set, MiB. */
  readonly rssMb: number;
}

/** Runs agents, one after the other, beside the same routers and hub. `programs` makes them of the one that `npm run agent` starts. */
export async function measureAgents(
  context: BenchContext,
  size: FleetSize,
  programs: (bundle: ChildSpec) => Promise<readonly ChildSpec[]>,
): Promise<AgentFigures[]> {
  await using temporary = await temporaryFolder();
  const folder = stackFolder(temporary.path);
  const flags = stackFlags(context, size);
  const fleet = await prepareFleet(folder, flags, Date.now());
  writeConfigs(folder, fleet, flags);
  await using hub = running(hubProgram(folder, folder.hubConfig), HUB_GRACE_MS);
  await using sim = running(simProgram(folder), SIM_GRACE_MS);
  await Promise.all([hub.ready, sim.ready]);
  const figures: AgentFigures[] = [];
  for (const spec of await programs(agentProgram(folder))) figures.push(await measureAgent(spec, context.rounds));
  return figures;
}

function stackFlags(
  { httpPort, grpcPort, clickhousePort, routerNet }: BenchContext,
  { routers, intervalMs }: FleetSize,
): StackFlags {
  const wanted = {
    routers,
    'interval-ms': intervalMs,
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
export async function binaryProgram({ args, ...spec }: ChildSpec): Promise<ChildSpec> {
  await promisify(execFile)('npm', ['run', 'binary', '-w', 'agent'], { cwd: REPO });
  return { ...spec, name: 'agent as one file', command: BINARY, args: args.slice(args.indexOf('--config')) };
}

async function measureAgent(spec: ChildSpec, rounds: number): Promise<AgentFigures> {
  await using agent = running(spec, AGENT_GRACE_MS);
  await agent.ready;
  await stays(agent, WARM_UP_MS);
  const cpuPct: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const meter = startCpuMeter([agent.pid], () => performance.now());
    await stays(agent, ROUND_MS);
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
