/** `bench ingest`: what the hub spends on a row, beside what its ClickHouse spends on the same row. */
import { randomBytes } from 'node:crypto';
import type { Batch } from '@poplar/proto/telemetry/v1/ingest';
import { cpuSeconds, peakRssMb } from '../src/stack/usage.ts';
import { type BenchContext, temporaryFolder } from './context.ts';
import { connectFeeder } from './feeder.ts';
import { engineVersion, holdTurns, mergesSettled, startBenchHub } from './hub.ts';
import { createIngestBatches } from './ingest-batches.ts';
import type { BenchResult, Measurement } from './result.ts';
import { type BenchFleet, createBenchFleet } from './set/fleet.ts';
import { usualPlan } from './set/plan.ts';

/** Rows that every round stores: two seconds of the hub's CPU, of which its compilers and collections take as much as they always do. */
const ROWS_PER_ROUND = 3_000_000;
const AGENTS = 10;
const MERGES_MAX_MS = 30_000;

/** Batches are made whole before a round: only the hub and its engine work while it runs. */
interface Shape {
  readonly name: string;
  /** Polls in a batch. */
  readonly polls: number;
  /** Whether the hub makes rollups and events meanwhile, as hubs do. */
  readonly turns: boolean;
}
const SHAPES: readonly Shape[] = [
  { name: 'Batches of 50 polls (500 rows: 500 routers every 10 s, or 50 every second)', polls: 50, turns: true },
  { name: 'Batches of 500 polls (5 000 rows)', polls: 500, turns: true },
  { name: 'The same without rollups and events, which VictoriaMetrics does not make either', polls: 500, turns: false },
];

interface Round {
  readonly hubS: number;
  readonly engineS: number;
  readonly engineWithMergesS: number;
  readonly wallS: number;
  readonly rows: number;
}

export async function benchIngest(context: BenchContext): Promise<BenchResult> {
  const fleet = createBenchFleet(usualPlan(Date.now(), 1));
  const measurements: Measurement[] = [];
  const memory: string[] = [];
  const versions = new Set<string>();
  for (const shape of SHAPES) {
    const { rounds, version, hubRssMb, engineRssMb } = await measureShape(context, fleet, shape);
    versions.add(version);
    const of = (value: (round: Round) => number): number[] => rounds.map(value);
    const values = fleet.countersPerRow;
    measurements.push(
      { group: shape.name, what: 'hub, µs of CPU per row', rounds: of((r) => (r.hubS / r.rows) * 1e6) },
      { what: 'ClickHouse until the last answer, µs of CPU per row', rounds: of((r) => (r.engineS / r.rows) * 1e6) },
      {
        what: 'hub ÷ ClickHouse of the same round',
        rounds: of((r) => r.hubS / r.engineS),
        anchor: { text: 'goal: ≤ 0.5', value: 0.5 },
      },
      {
        what: 'rows per second of hub CPU',
        rounds: of((r) => r.rows / r.hubS),
        anchor: { text: 'goal: 2 000 000; the incident’s API: 2 631 a second in one process', value: 2_000_000 },
      },
      {
        what: 'counter values per CPU-second of hub and ClickHouse, merges included',
        rounds: of((r) => (r.rows * values) / (r.hubS + r.engineWithMergesS)),
        anchor: { text: 'goal: 5 000 000', value: 5_000_000 },
      },
      { what: 'rows per second of wall time, all on this machine', rounds: of((r) => r.rows / r.wallS) },
    );
    memory.push(`${shape.name}: peak resident set of the hub ${hubRssMb ?? '?'} MiB, of the engine ${engineRssMb ?? '?'} MiB.`);
  }
  return {
    name: 'ingest',
    conditions: `A hub process with its embedded engine, fed over gRPC by ${AGENTS} agents with batches that were sealed before, ${ROWS_PER_ROUND.toLocaleString('en').replaceAll(',', ' ')} interface rows of ${fleet.countersPerRow} counters a round (and one poll per ten rows, one row in \`batches\` per batch, all charged to the interface rows). CPU as the kernel counts it, user and system.`,
    measurements,
    versions: [...versions],
    notes: memory,
  };
}

async function measureShape(context: BenchContext, fleet: BenchFleet, { name, polls, turns }: Shape) {
  await using folder = await temporaryFolder();
  const agents = Array.from({ length: AGENTS }, (_, index) => ({
    name: `agent${index}`,
    token: randomBytes(16).toString('hex'),
  }));
  await using hub = await startBenchHub({ ...context, folder: folder.path, agents });
  if (!turns) await holdTurns(hub.clickhouse);
  const feeders = await Promise.all(agents.map(({ name, token }) => connectFeeder(hub.grpcPort, name, token)));
  const make = createIngestBatches(fleet, { polls, agents: agents.length, rowsPerRound: ROWS_PER_ROUND });
  const rounds: Round[] = [];
  // The first round warms the hub's code up and is left out.
  for (let round = -1; round < context.rounds; round++) {
    const batches: Batch[][] = [];
    for (const [index, { name }] of agents.entries()) batches.push(await make(name, index, round + 1));
    const rows = batches.flat().length * polls * fleet.plan.portsPerRouter;
    const before = { hub: cpu(hub.hubPid), engine: cpu(hub.enginePid), ms: performance.now() };
    await Promise.all(feeders.map((feeder, index) => feeder.send(batches[index] ?? [])));
    const wallS = (performance.now() - before.ms) / 1000;
    const hubS = cpu(hub.hubPid) - before.hub;
    const engineS = cpu(hub.enginePid) - before.engine;
    await mergesSettled(hub.clickhouse, MERGES_MAX_MS);
    const engineWithMergesS = cpu(hub.enginePid) - before.engine;
    if (round < 0) continue;
    rounds.push({ hubS, engineS, engineWithMergesS, wallS, rows });
    context.print(
      `${name}, round ${round + 1}: hub ${((hubS / rows) * 1e6).toFixed(2)} µs/row, engine ${((engineS / rows) * 1e6).toFixed(2)} (${((engineWithMergesS / rows) * 1e6).toFixed(2)} with merges), ${Math.round(rows / wallS)} rows/s`,
    );
  }
  for (const feeder of feeders) feeder[Symbol.dispose]();
  const version = await engineVersion(hub.clickhouse);
  return { rounds, version, hubRssMb: peakRssMb(hub.hubPid), engineRssMb: peakRssMb(hub.enginePid) };
}

function cpu(pid: number): number {
  const seconds = cpuSeconds(pid);
  if (seconds === null) throw new Error(`Cannot read the CPU time of process ${pid} in /proc: this benchmark needs Linux.`);
  return seconds;
}
