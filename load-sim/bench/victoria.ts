/** `bench victoria`: the same samples into Poplar and into VictoriaMetrics, in one run on one machine. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { ClickHouseClient } from '@clickhouse/client';
import type { Batch } from '@poplar/proto/telemetry/v1/ingest';
import { z } from 'zod';
import { cpuSeconds, peakRssMb } from '../src/stack/usage.ts';
import { percentile } from '../src/statistics.ts';
import { type BenchContext, temporaryFolder } from './context.ts';
import { connectFeeder } from './feeder.ts';
import { engineVersion, holdTurns, mergesSettled, queryRows, startBenchHub } from './hub.ts';
import { encodeLabels, encodeWrite, type SeriesSample } from './remote-write.ts';
import type { BenchResult, Measurement } from './result.ts';
import { type BenchFleet, createBenchFleet, sealVisits } from './set/fleet.ts';
import { FAST_INTERVAL_MS, usualPlan } from './set/plan.ts';
import { pollMs } from './set/traffic.ts';
import { startVictoriaMetrics, victoriaMetricsVersion } from './victoria-metrics.ts';

const HOUR_MS = 3600_000;
const AGENT = 'agent1';
/** Routers whose polls travel together: one second of a fleet of 500 at 10 s. */
const ROUTERS_PER_BATCH = 50;
const QUERIED_PORTS = 50;
const MERGES_MAX_MS = 60_000;

interface Outcome {
  readonly version: string;
  readonly cpuS: number;
  readonly rssMb: number;
  readonly bytes: number;
  readonly bytesMerged: number;
  readonly queryMs: readonly number[];
}

export async function benchVictoria(context: BenchContext): Promise<BenchResult> {
  const fleet = createBenchFleet(usualPlan(Date.now(), 1));
  const hour = { fromMs: fleet.plan.endMs - HOUR_MS, toMs: fleet.plan.endMs };
  const samples = (HOUR_MS / FAST_INTERVAL_MS) * fleet.interfaces * fleet.countersPerRow;
  const ours = await measurePoplar(context, fleet, hour, { turns: true });
  const rowsAlone = await measurePoplar(context, fleet, hour, { turns: false });
  context.print(`Poplar: ${JSON.stringify({ ...ours, queryMs: percentile(ours.queryMs, 50) })}`);
  const installed = await victoriaMetricsVersion();
  const theirs = installed === undefined ? undefined : await measureVictoria(context, fleet, hour, installed);
  if (theirs !== undefined)
    context.print(`VictoriaMetrics: ${JSON.stringify({ ...theirs, queryMs: percentile(theirs.queryMs, 50) })}`);

  const compare = (what: string, of: (outcome: Outcome) => number, outcome = ours): Measurement => ({
    what,
    rounds: [of(outcome)],
    ...(theirs !== undefined && { anchor: { text: `VictoriaMetrics: ${of(theirs).toPrecision(3)}`, value: of(theirs) } }),
  });
  return {
    name: 'victoria',
    conditions: `An hour of ${fleet.interfaces} interfaces with ${fleet.countersPerRow} noisy counters every 10 s: ${(samples / 1e6).toFixed(1)} M samples. Ours: sealed batches over gRPC, ${ROUTERS_PER_BATCH} polls each, into the hub with its embedded engine. VictoriaMetrics: remote write, one sample per series and request as a live agent sends it, ${ROUTERS_PER_BATCH} routers a request, its Snappy block a single literal (the cheapest to unpack). CPU until all is stored and merges rest.`,
    measurements: [
      compare('samples per CPU-second, all processes', ({ cpuS }) => samples / cpuS),
      compare('the same, ours without rollups and events', ({ cpuS }) => samples / cpuS, rowsAlone),
      compare('CPU per sample, µs', ({ cpuS }) => (cpuS / samples) * 1e6),
      compare('peak resident set, MiB (hub and engine together)', ({ rssMb }) => rssMb),
      compare('bytes on disk per sample as written', ({ bytes }) => bytes / samples),
      compare('bytes on disk per sample, merged', ({ bytesMerged }) => bytesMerged / samples),
      compare('one port’s rate over the hour, p50, ms', ({ queryMs }) => percentile(queryMs, 50)),
      compare('one port’s rate over the hour, p95, ms', ({ queryMs }) => percentile(queryMs, 95)),
    ],
    versions: [ours.version, theirs?.version ?? 'VictoriaMetrics is not installed'],
    notes: [
      'Disk: our table `interface_counters` whole (names, times, ranks and the polls’ baselines are in it; `polls` is not), their folder `data/` (the index of series is not in it), once it has not changed for three seconds.',
      'An hour is 360 samples a series; VictoriaMetrics’ blocks hold up to 8 192, and longer histories compress better there.',
      'Queries: ours is the whole answer of the API for the viewer’s graph (series of both directions, gaps, resets, totals, the 95th percentile); theirs is `rate()` of one series.',
    ],
  };
}

interface Hour {
  readonly fromMs: number;
  readonly toMs: number;
}

async function measurePoplar(
  context: BenchContext,
  fleet: BenchFleet,
  hour: Hour,
  { turns }: { /** Whether the hub makes rollups and events meanwhile, as hubs do. */ readonly turns: boolean },
): Promise<Outcome> {
  await using folder = await temporaryFolder();
  const token = randomBytes(16).toString('hex');
  await using hub = await startBenchHub({ ...context, folder: folder.path, agents: [{ name: AGENT, token }] });
  if (!turns) await holdTurns(hub.clickhouse);
  const cpu = (): number => (cpuSeconds(hub.hubPid) ?? 0) + (cpuSeconds(hub.enginePid) ?? 0);
  using feeder = await connectFeeder(hub.grpcPort, AGENT, token);
  const before = cpu();
  await feeder.send(batchesOf(fleet, hour));
  const bytes = await counterBytes(hub.clickhouse);
  await mergesSettled(hub.clickhouse, MERGES_MAX_MS);
  const cpuS = cpu() - before;
  const rssMb = (peakRssMb(hub.hubPid) ?? 0) + (peakRssMb(hub.enginePid) ?? 0);
  await hub.clickhouse.command({ query: 'OPTIMIZE TABLE interface_counters FINAL' });
  const bytesMerged = await counterBytes(hub.clickhouse);
  const queryMs = await timePorts(fleet, async ({ site, router, port }) => {
    const path = `/api/v1/routers/${site}/${router}/interfaces/${port}/series?from_ms=${hour.fromMs}&to_ms=${hour.toMs}&points=60`;
    const response = await fetch(`${hub.url}${path}`);
    z.object({ ts_ms: z.array(z.number()).length(60) }).parse(await response.json());
  });
  return { version: await engineVersion(hub.clickhouse), cpuS, rssMb, bytes, bytesMerged, queryMs };
}

function* batchesOf(fleet: BenchFleet, { fromMs, toMs }: Hour): Generator<Batch> {
  let sequence = 0;
  for (let slotMs = fromMs; slotMs < toMs; slotMs += FAST_INTERVAL_MS)
    for (const routers of groupsOf(fleet)) {
      sequence++;
      const pollNumber = (sequence - 1) * ROUTERS_PER_BATCH + 1;
      yield sealVisits(
        fleet,
        { routers, slotMs, intervalMs: FAST_INTERVAL_MS },
        { agent: AGENT, epoch: 1n, sequence, pollNumber, epochStartedAtMs: fromMs },
      );
    }
}

function groupsOf({ routers }: BenchFleet): number[][] {
  return Array.from({ length: Math.ceil(routers.length / ROUTERS_PER_BATCH) }, (_, group) =>
    routers.slice(group * ROUTERS_PER_BATCH, (group + 1) * ROUTERS_PER_BATCH).map(({ index }) => index),
  );
}

async function counterBytes(clickhouse: ClickHouseClient): Promise<number> {
  const [row] = await queryRows(
    clickhouse,
    `SELECT sum(bytes_on_disk) AS bytes FROM system.parts WHERE active AND database = currentDatabase() AND table = 'interface_counters'`,
  );
  return z.object({ bytes: z.number() }).parse(row).bytes;
}

async function measureVictoria(context: BenchContext, fleet: BenchFleet, hour: Hour, version: string): Promise<Outcome> {
  await using folder = await temporaryFolder();
  await using victoria = await startVictoriaMetrics(join(folder.path, 'victoria'), context.otherPort);
  const cpu = (): number => cpuSeconds(victoria.pid) ?? 0;
  const labels = labelsOf(fleet);
  const before = cpu();
  for (let slotMs = hour.fromMs; slotMs < hour.toMs; slotMs += FAST_INTERVAL_MS)
    for (const routers of groupsOf(fleet)) await victoria.write(encodeWrite(samplesOf(fleet, labels, routers, slotMs)));
  await victoria.settle();
  const cpuS = cpu() - before;
  const bytes = victoria.dataBytes();
  const rssMb = peakRssMb(victoria.pid) ?? 0;
  await victoria.mergeAll();
  const bytesMerged = victoria.dataBytes();
  const queryMs = await timePorts(fleet, async ({ site, router, port }) => {
    const query = encodeURIComponent(`rate(interface_rxBytes{site="${site}",router="${router}",interface="${port}"}[30s])`);
    const [start, end] = [hour.fromMs / 1000, hour.toMs / 1000 - 60];
    const answer = await victoria.query(`/api/v1/query_range?query=${query}&start=${start}&end=${end}&step=60&nocache=1`);
    z.object({ data: z.object({ result: z.array(z.object({ values: z.array(z.unknown()).min(50) })).length(1) }) }).parse(answer);
  });
  return { version, cpuS, rssMb, bytes, bytesMerged, queryMs };
}

/** Of every router, port and counter. */
type Labels = readonly (readonly ReadonlyMap<string, Uint8Array>[])[];

function labelsOf(fleet: BenchFleet): Labels {
  return fleet.routers.map(({ site, router, ports }) =>
    ports.map((port) => {
      const counters = Object.keys(port.countersAt(fleet.plan.endMs, FAST_INTERVAL_MS));
      return new Map(
        counters.map((counter) => [
          counter,
          encodeLabels({ __name__: `interface_${counter}`, site, router, interface: port.name }),
        ]),
      );
    }),
  );
}

function* samplesOf(fleet: BenchFleet, labels: Labels, routers: readonly number[], slotMs: number): Generator<SeriesSample> {
  for (const index of routers) {
    const ms = pollMs(fleet.plan, index, slotMs, FAST_INTERVAL_MS);
    for (const [place, port] of (fleet.routers[index]?.ports ?? []).entries())
      for (const [counter, value] of Object.entries(port.countersAt(slotMs, FAST_INTERVAL_MS))) {
        const known = labels[index]?.[place]?.get(counter);
        if (known === undefined) throw new Error(`BUG: no labels for ${counter}`);
        yield { labels: known, value, ms };
      }
  }
}

interface AskedPort {
  readonly site: string;
  readonly router: string;
  readonly port: string;
}

/** Milliseconds that each of some ports with a link takes, asked one after the other; the first are asked once before. */
async function timePorts(fleet: BenchFleet, ask: (port: AskedPort) => Promise<void>): Promise<number[]> {
  const asked = fleet.routers
    .flatMap(({ site, router, ports }) =>
      ports.filter(({ traffic }) => !traffic.idle).map(({ name }) => ({ site, router, port: name })),
    )
    .filter((_, index) => index % Math.floor((fleet.interfaces * 0.7) / QUERIED_PORTS) === 0)
    .slice(0, QUERIED_PORTS);
  for (const port of asked.slice(0, 3)) await ask(port);
  const times: number[] = [];
  for (const port of asked) {
    const startedMs = performance.now();
    await ask(port);
    times.push(performance.now() - startedMs);
  }
  return times;
}
