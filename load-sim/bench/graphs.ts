/** `bench graphs` and `bench month`: how long the API takes to draw a port of the set, over a day and over thirty. */
import { z } from 'zod';
import { cpuSeconds } from '../src/stack/usage.ts';
import { quantiles, summary, timed } from './asking.ts';
import type { BenchContext } from './context.ts';
import { engineVersion, queryRows } from './hub.ts';
import type { BenchResult } from './result.ts';
import { portName, routerName, type SetPlan, siteName } from './set/plan.ts';
import { type LinkedPort, linkedPorts } from './set/ports.ts';
import { describe, tableSizes } from './set/prepare.ts';
import { openSet, type SetSession } from './set/session.ts';

const HOUR_MS = 3600_000;
const DAY_MS = 24 * HOUR_MS;
/** No port is asked for twice. */
const PORTS_PER_ROUND = 50;
/** The first requests of a hub open what later ones find open. */
const WARM_UP_PORTS = 3;

const series = z.object({ ts_ms: z.array(z.number()).min(1), rx_bps: z.array(z.number().nullable()) });

/** 24 hours that were polled every 10 s. */
export async function benchDayGraphs(context: BenchContext): Promise<BenchResult> {
  const anchors = {
    p50: { text: 'VictoriaMetrics, by its own figures: 1 ms at 130 k series, 5 at 820 k', value: 1 },
    p95: { text: 'goal: ≤ 50 ms, then 20', value: 50 },
  };
  return await benchGraphs(context, { name: 'graphs', days: 1, rounds: context.rounds, anchors });
}

/** 30 days, all but one of them polled every 60 s. */
export async function benchMonthGraphs(context: BenchContext): Promise<BenchResult> {
  const anchors = { p95: { text: 'goal: ≤ 100 ms', value: 100 } };
  return await benchGraphs(context, { name: 'month', days: 30, rounds: context.rounds, anchors });
}

interface Wanted {
  readonly name: string;
  readonly days: number;
  readonly rounds: number;
  readonly anchors: Parameters<typeof quantiles>[1];
}

async function benchGraphs(context: BenchContext, { name, days, rounds, anchors }: Wanted): Promise<BenchResult> {
  await using session = await openSet(context);
  const { hub, plan } = session;
  const ports = linkedPorts(plan);
  const rangeMs = Math.min(days, plan.days) * DAY_MS;
  await expectRollups(session, rangeMs);
  await askFor(session, ports.splice(0, WARM_UP_PORTS), rangeMs);
  const asked: Graphs[] = [];
  for (let round = 0; round < rounds; round++) {
    const graphs = await askFor(session, ports.splice(0, PORTS_PER_ROUND), rangeMs);
    context.print(`round ${round + 1}: ${summary(graphs.times)}, ${graphs.cpuMs.toFixed(0)} ms of CPU each`);
    asked.push(graphs);
  }
  return {
    name,
    conditions: `Graph of a port over ${days === 1 ? '24 hours' : `${days} days`}, up to the end of the set, over HTTP as the viewer asks for it: one at a time, ${PORTS_PER_ROUND} ports a round, none twice. ${await sizeOf(session, plan)}`,
    measurements: [
      ...quantiles(
        asked.map(({ times }) => times),
        anchors,
      ),
      { what: 'CPU of hub and ClickHouse per graph, ms', rounds: asked.map(({ cpuMs }) => cpuMs) },
    ],
    versions: [await engineVersion(hub.clickhouse)],
  };
}

const made = z.object({ hours: z.number(), marks: z.number() });

/** Throws when a part of the range would be read from the samples: a hub makes the rollups of a new set for a quarter of an hour and more. */
async function expectRollups({ hub, plan }: SetSession, rangeMs: number): Promise<void> {
  const [from, to] = [plan.endMs - rangeMs, plan.endMs].map((ms) => `toDateTime(${Math.floor(ms / 1000)}, 'UTC')`);
  const [row] = await queryRows(
    hub.clickhouse,
    `SELECT (SELECT uniqExact(site, bucket) FROM interface_rollup_1h WHERE bucket >= ${from} AND bucket < ${to}) AS hours,
      (SELECT count() FROM rollup_marks FINAL WHERE bucket >= ${from} AND bucket < ${to}) AS marks`,
  );
  const { hours, marks } = made.parse(row);
  const wanted = (plan.sites * rangeMs) / HOUR_MS;
  if (hours !== wanted || marks > 0)
    throw new Error(
      `Cannot measure: rollups of ${hours} of ${wanted} hours are made (all sites together), ${marks} five minutes are marked. Let a hub run on the set until poplar_hub_rollup_marks is 0, or make them with: npm run hub -- rebuild-rollups`,
    );
}

interface Graphs {
  /** Of each, ms. */
  readonly times: readonly number[];
  /** Of one on the average, ms; what the two processes did besides at that time is in it. */
  readonly cpuMs: number;
}

async function askFor({ hub, plan }: SetSession, ports: readonly LinkedPort[], rangeMs: number): Promise<Graphs> {
  const cpu = (): number => ((cpuSeconds(hub.hubPid) ?? 0) + (cpuSeconds(hub.enginePid) ?? 0)) * 1000;
  const times: number[] = [];
  const before = cpu();
  for (const { router, port } of ports) {
    const path = `/api/v1/routers/${siteName(plan, router)}/${routerName(router)}/interfaces/${portName(port)}/series`;
    times.push(await timed(hub.url, `${path}?from_ms=${plan.endMs - rangeMs}&to_ms=${plan.endMs}`, drawsSomething));
  }
  return { times, cpuMs: (cpu() - before) / ports.length };
}

function drawsSomething(body: unknown): boolean {
  return series.parse(body).rx_bps.some((rate) => rate !== null && rate > 0);
}

async function sizeOf({ hub }: SetSession, plan: SetPlan): Promise<string> {
  const sizes = await tableSizes(hub);
  const rows = sizes.find(({ name }) => name === 'interface_counters')?.rows ?? 0;
  const bytes = sizes.reduce((sum, size) => sum + size.bytes, 0);
  return `The set: ${describe(plan)}; ${Math.round(rows / 1e6)} M interface rows, ${(bytes / 1e9).toFixed(1)} GB with all tables.`;
}
