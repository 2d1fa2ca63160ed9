/** `bench logging`: what the level debug costs hub and agent beside info, and what a log costs that the disk refuses. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Batch } from '@poplar/proto/telemetry/v1/ingest';
import { cpuSeconds, peakRssMb } from '../src/stack/usage.ts';
import { median } from '../src/statistics.ts';
import { configured, measureAgents, WARM_UP } from './agent-run.ts';
import { type BenchContext, temporaryFolder } from './context.ts';
import { connectFeeder } from './feeder.ts';
import { type BenchHub, engineVersion, mergesSettled, startBenchHub } from './hub.ts';
import { createIngestBatches } from './ingest-batches.ts';
import type { BenchResult, Measurement } from './result.ts';
import { createBenchFleet } from './set/fleet.ts';
import { usualPlan } from './set/plan.ts';

/** A line of debug is written for each batch: many small ones, as an agent with 50 routers at 10 s seals them every second. */
const POLLS_PER_BATCH = 5;
const ROWS_PER_ROUND = 150_000;
const AGENTS = 10;
const MERGES_MAX_MS = 10_000;
const ROUTERS = 500;
const INTERVAL_MS = 10_000;
const RATIO_GOAL = { text: 'goal: ≤ 1.1', value: 1.1 };

export async function benchLogging(context: BenchContext): Promise<BenchResult> {
  const hub = await measureHubs(context);
  const agent = await measureAgentLevels(context);
  return {
    name: 'logging',
    conditions: `Hub: three with an embedded engine each, one at info, one at debug and one at debug whose stdout is on a full disk, take turns with ${AGENTS} agents’ batches of ${POLLS_PER_BATCH} polls, ${ROWS_PER_ROUND.toLocaleString('en').replaceAll(',', ' ')} interface rows a round, sent as fast as they are taken. Agent: the bundle on Node with ${ROUTERS} routers every ${INTERVAL_MS / 1000} s, started at info, debug, debug and info, ${context.rounds} rounds of 10 s each after a warm-up of ${WARM_UP}. A ratio is that of two rounds with the same number.`,
    measurements: [...hub.measurements, ...agent],
    versions: [hub.version],
    notes: hub.notes,
  };
}

type HubName = 'info' | 'debug' | 'refused';

async function measureHubs(context: BenchContext) {
  await using temporary = await temporaryFolder();
  await using hubs = new AsyncDisposableStack();
  const agents = Array.from({ length: AGENTS }, (_, index) => ({
    name: `agent${index}`,
    token: randomBytes(16).toString('hex'),
  }));
  const logFile = (name: HubName): string => (name === 'refused' ? '/dev/full' : join(temporary.path, `${name}.log`));
  const start = async (name: HubName, ports: Pick<BenchContext, 'httpPort' | 'grpcPort' | 'clickhousePort'>) => {
    const folder = join(temporary.path, name);
    const logLevel = name === 'info' ? 'info' : 'debug';
    return hubs.use(await startBenchHub({ ...ports, folder, agents, log: { level: logLevel, file: logFile(name) } }));
  };
  const anyPorts = { httpPort: 0, grpcPort: 0, clickhousePort: 0 };
  const running: Readonly<Record<HubName, BenchHub>> = {
    info: await start('info', context),
    debug: await start('debug', anyPorts),
    refused: await start('refused', anyPorts),
  };
  const fleet = createBenchFleet(usualPlan(Date.now(), 1));
  const make = createIngestBatches(fleet, { polls: POLLS_PER_BATCH, agents: AGENTS, rowsPerRound: ROWS_PER_ROUND });
  const usPerRow: Record<HubName, number[]> = { info: [], debug: [], refused: [] };
  // The first round warms the hubs' code up and is left out.
  for (let round = -1; round < context.rounds; round++) {
    const batches: Batch[][] = [];
    for (const [index, { name }] of agents.entries()) batches.push(await make(name, index, round + 1));
    const rows = batches.flat().length * POLLS_PER_BATCH * fleet.plan.portsPerRouter;
    for (const name of turns(round)) {
      const seconds = await feed(running[name], agents, batches);
      if (round >= 0) usPerRow[name].push((seconds / rows) * 1e6);
      context.print(`hub, ${name}, round ${round + 1}: ${((seconds / rows) * 1e6).toFixed(2)} µs of CPU per row`);
    }
  }
  const lost = await droppedLines(running.refused);
  const rss = (name: HubName): string => `${peakRssMb(running[name].hubPid) ?? '?'} MiB`;
  const measurements: Measurement[] = [
    { group: 'Hub', what: 'at info, µs of CPU per row', rounds: usPerRow.info },
    { what: 'at debug, µs of CPU per row', rounds: usPerRow.debug },
    { what: 'at debug with a full disk, µs of CPU per row', rounds: usPerRow.refused },
    { what: 'debug ÷ info', rounds: ratios(usPerRow.debug, usPerRow.info), anchor: RATIO_GOAL },
    { what: 'debug with a full disk ÷ info', rounds: ratios(usPerRow.refused, usPerRow.info), anchor: RATIO_GOAL },
  ];
  return {
    measurements,
    version: await engineVersion(running.info.clickhouse),
    notes: [
      `Hub: ${lineCount(logFile('info'))} lines at info, ${lineCount(logFile('debug'))} at debug. With a full disk ${lost} lines were lost, and counted; the peak resident set was ${rss('refused')}, ${rss('debug')} where the log was taken, ${rss('info')} at info.`,
    ],
  };
}

/** None is always the first one after the batches were made. */
function turns(round: number): readonly HubName[] {
  const order: readonly HubName[] = ['info', 'debug', 'refused'];
  const first = (round + order.length) % order.length;
  return [...order.slice(first), ...order.slice(0, first)];
}

/** Sends the batches; returns what CPU the hub took, seconds. */
async function feed(
  hub: BenchHub,
  agents: readonly { readonly name: string; readonly token: string }[],
  batches: readonly Batch[][],
): Promise<number> {
  const feeders = await Promise.all(agents.map(({ name, token }) => connectFeeder(hub.grpcPort, name, token)));
  const before = cpu(hub.hubPid);
  await Promise.all(feeders.map((feeder, index) => feeder.send(batches[index] ?? [])));
  const seconds = cpu(hub.hubPid) - before;
  for (const feeder of feeders) feeder[Symbol.dispose]();
  await mergesSettled(hub.clickhouse, MERGES_MAX_MS);
  return seconds;
}

async function measureAgentLevels(context: BenchContext): Promise<Measurement[]> {
  const levels = ['info', 'debug', 'debug', 'info'] as const;
  const size = { routers: ROUTERS, intervalMs: INTERVAL_MS };
  const figures = await measureAgents(context, size, (bundle, folder) =>
    Promise.resolve(levels.map((level) => ({ ...configured(bundle, folder, { log: { level } }), name: `agent at ${level}` }))),
  );
  const of = (wanted: (typeof levels)[number]) => figures.filter((_, index) => levels[index] === wanted);
  const [info, debug] = [of('info').flatMap(({ cpuPct }) => cpuPct), of('debug').flatMap(({ cpuPct }) => cpuPct)];
  const rssMb = (level: (typeof levels)[number]): number[] => of(level).map((one) => one.rssMb);
  return [
    { group: 'Agent', what: 'at info, percent of one core', rounds: info },
    { what: 'at debug, percent of one core', rounds: debug },
    { what: 'debug ÷ info, by their medians', rounds: [median(debug) / median(info)], anchor: RATIO_GOAL },
    { what: 'peak resident set at info, MiB', rounds: rssMb('info') },
    { what: 'peak resident set at debug, MiB', rounds: rssMb('debug') },
  ];
}

const DROPPED = /^poplar_hub_log_lines_dropped_total (\d+)$/m;

async function droppedLines({ url }: BenchHub): Promise<number> {
  const answer = await fetch(`${url}/metrics`);
  const lines = DROPPED.exec(await answer.text())?.[1];
  if (lines === undefined) throw new Error('The hub does not say how many log lines it lost');
  return Number(lines);
}

function lineCount(file: string): number {
  return readFileSync(file, 'utf8').split('\n').length - 1;
}

function ratios(ours: readonly number[], others: readonly number[]): number[] {
  return ours.map((value, index) => value / (others[index] ?? Number.NaN));
}

function cpu(pid: number): number {
  const seconds = cpuSeconds(pid);
  if (seconds === null) throw new Error(`Cannot read the CPU time of process ${pid} in /proc: this benchmark needs Linux.`);
  return seconds;
}
