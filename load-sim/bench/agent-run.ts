/** An agent and what it needs around it: simulated routers, and a hub that takes what it sends. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { ClickHouseClient } from '@clickhouse/client';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { type ChildSpec, startChild } from '../src/stack/child.ts';
import { prepareFleet, type StackFolder, stackFolder, writeConfigs } from '../src/stack/configs.ts';
import { parseFlags, type StackFlags } from '../src/stack/flags.ts';
import { AGENT_GRACE_MS, agentProgram, HUB_GRACE_MS, hubProgram, SIM_GRACE_MS, simProgram } from '../src/stack/programs.ts';
import { peakRssMb, startCpuMeter } from '../src/stack/usage.ts';
import { type BenchContext, temporaryFolder } from './context.ts';
import { connectClickHouse, readyMessage } from './hub.ts';

const REPO = resolve(import.meta.dirname, '../..');
const BINARY = join(REPO, 'agent/dist/poplar-agent');
/** Sessions are opened and everything was read once. */
const WARM_UP_MS = 30_000;
/** First visits read all there is: of thousands of routers that takes a busy machine longer than the warm-up. */
const SETTLED_MAX_MS = 120_000;
/** Part of the polls due that must be answered until an agent is taken for settled. */
const SETTLED_SHARE = 0.99;
/** From a poll to its row. */
const STORED_WITHIN_MS = 5000;
/** The least time that polls are counted over. */
const COUNTED_MIN_MS = 10_000;
/** When the rounds begin, for people. */
export const WARM_UP = `${WARM_UP_MS / 1000} s, or as long as less than ${100 * SETTLED_SHARE} % of polls are answered, ${SETTLED_MAX_MS / 1000} s at most`;
/** A round: many polls of every interval. */
const ROUND_MS = 10_000;
const POLLING_CHECK_MS = 200;
const SETTLED_CHECK_MS = 5000;

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
  /** Of the simulated routers meanwhile, percent of one core, by round. */
  readonly simCpuPct: readonly number[];
  /** Polls of the rounds that were answered and stored, percent of those that were due. */
  readonly answeredPct: number;
  /** Of the rounds together, by answered poll, milliseconds: says the same where a busy machine leaves polls unanswered. */
  readonly cpuMsPerPoll: number;
  /** How long it ran before the rounds, seconds. */
  readonly warmUpS: number;
}

/** Runs agents, one after the other, beside the same routers and hub. `programs` makes them of the one that `npm run agent` starts. */
export async function measureAgents(
  context: BenchContext,
  size: FleetSize,
  programs: (bundle: ChildSpec, folder: StackFolder) => Promise<readonly ChildSpec[]>,
): Promise<AgentFigures[]> {
  await using temporary = await temporaryFolder();
  const folder = stackFolder(temporary.path);
  const flags = stackFlags(context, size);
  const fleet = await prepareFleet(folder, flags, Date.now());
  writeConfigs(folder, fleet, flags);
  await using hub = running(hubProgram(folder, folder.hubConfig), HUB_GRACE_MS);
  await using sim = running(simProgram(folder), SIM_GRACE_MS);
  const [ready] = await Promise.all([hub.ready, sim.ready]);
  const clickhouse = connectClickHouse(readyMessage.parse(ready).clickhouse.url, folder);
  await using _ = { [Symbol.asyncDispose]: () => clickhouse.close() };
  const figures: AgentFigures[] = [];
  for (const [index, program] of (await programs(agentProgram(folder, size.routers), folder)).entries()) {
    const spec = { ...program, logFile: folder.logFile(`agent-${index}`) };
    const duePolls = ({ fromMs, toMs }: Span): number => (size.routers * (toMs - fromMs)) / size.intervalMs;
    const countedMs = Math.max(COUNTED_MIN_MS, size.intervalMs);
    const { span, ...measured } = await measureAgent(spec, sim.pid, context.rounds, async () => {
      const toMs = Date.now() - STORED_WITHIN_MS;
      const counted = { fromMs: toMs - countedMs, toMs };
      return (await answeredPolls(clickhouse, counted)) >= SETTLED_SHARE * duePolls(counted);
    });
    // The agent has ended, and before it did, it sent what it had.
    const answered = await answeredPolls(clickhouse, span);
    const answeredPct = (100 * answered) / duePolls(span);
    const cpuMs = measured.cpuPct.reduce((sum, percent) => sum + (percent / 100) * ROUND_MS, 0);
    figures.push({ ...measured, answeredPct, cpuMsPerPoll: cpuMs / answered });
    const { cpuPct, rssMb, simCpuPct, warmUpS } = measured;
    context.print(
      `${spec.name}, ${size.routers} routers every ${size.intervalMs / 1000} s: ${cpuPct.join(', ')} % of a core, ${rssMb} MiB; ${answeredPct.toFixed(1)} % of polls answered, ${(cpuMs / answered).toFixed(2)} ms of CPU each; simulator ${simCpuPct.join(', ')} %; after ${warmUpS} s`,
    );
  }
  return figures;
}

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

async function answeredPolls(clickhouse: ClickHouseClient, { fromMs, toMs }: Span): Promise<number> {
  const answer = await clickhouse.query({
    query: `SELECT countIf(outcome IN ('ok', 'partial')) AS answered FROM polls FINAL
WHERE ts >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC') AND ts < fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC')`,
    query_params: { from_ms: String(fromMs), to_ms: String(toMs) },
    format: 'JSONEachRow',
  });
  const [row] = await answer.json();
  return z.object({ answered: z.coerce.number() }).parse(row).answered;
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

/** The same agent with other keys in a configuration of its own. */
export function configured(
  bundle: ChildSpec,
  { root, agentConfig }: StackFolder,
  keys: Readonly<Record<string, object>>,
): ChildSpec {
  const file = join(root, `agent-${randomUUID()}.yaml`);
  const config = z.record(z.string(), z.unknown()).parse(parse(readFileSync(agentConfig, 'utf8')));
  writeFileSync(file, stringify({ ...config, ...keys }), { mode: 0o600 });
  return { ...bundle, args: bundle.args.map((arg) => (arg === agentConfig ? file : arg)) };
}

/** Builds the single file: some seconds, and it is never an old one. It is started as its users do, without what Node is given. */
export async function binaryProgram({ args, logFile }: ChildSpec): Promise<ChildSpec> {
  await promisify(execFile)('npm', ['run', 'binary', '-w', 'agent'], { cwd: REPO });
  return { name: 'agent as one file', command: BINARY, args: args.slice(args.indexOf('--config')), logFile };
}

async function measureAgent(spec: ChildSpec, simPid: number, rounds: number, settled: () => Promise<boolean>) {
  await using agent = running(spec, AGENT_GRACE_MS);
  endWithBench(agent);
  await isPolling(agent, spec.logFile);
  const startedMs = performance.now();
  await stays(agent, WARM_UP_MS);
  while (performance.now() - startedMs < SETTLED_MAX_MS && !(await settled())) await stays(agent, SETTLED_CHECK_MS);
  const warmUpS = Math.round((performance.now() - startedMs) / 1000);
  const cpuPct: number[] = [];
  const simCpuPct: number[] = [];
  const fromMs = Date.now();
  for (let round = 0; round < rounds; round++) {
    const meter = startCpuMeter([agent.pid, simPid], () => performance.now());
    await stays(agent, ROUND_MS);
    cpuPct.push(meter.percent(agent.pid) ?? Number.NaN);
    simCpuPct.push(meter.percent(simPid) ?? Number.NaN);
  }
  const rssMb = peakRssMb(agent.pid);
  if (rssMb === null || cpuPct.includes(Number.NaN)) throw new Error('Cannot read /proc: this benchmark needs Linux.');
  return { cpuPct, simCpuPct, rssMb, warmUpS, span: { fromMs, toMs: Date.now() } };
}

/** By its log, which every agent has: the single file replaces its process and loses the channel to its parent with it. */
async function isPolling(agent: Running, logFile: string): Promise<void> {
  while (!readFileSync(logFile, 'utf8').includes('"msg":"Polling"')) await stays(agent, POLLING_CHECK_MS);
}

/** Whoever has lost the channel to this process would outlive it. */
function endWithBench({ pid, ended }: Running): void {
  const kill = (): void => void process.kill(pid, 'SIGKILL');
  process.once('exit', kill);
  void ended.then(() => process.removeListener('exit', kill));
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
