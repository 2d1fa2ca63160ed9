/** `bench queries`: how long the API takes on the set of 30 days, asked over HTTP as the viewer asks. */
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { cpuSeconds } from '../src/stack/usage.ts';
import type { BenchContext } from './context.ts';
import { engineVersion } from './hub.ts';
import type { BenchResult, Measurement } from './result.ts';
import { portName, routerName, routersOf, type SetPlan, siteName } from './set/plan.ts';
import { describe, tableSizes } from './set/prepare.ts';
import { openSet, type SetSession } from './set/session.ts';
import { intHash64, portTraffic } from './set/traffic.ts';
import { percentile } from './statistics.ts';

const DAY_MS = 86_400_000;
const PORTS_PER_ROUND = 50;
/** A graph of 30 days takes seconds as long as it is read from raw rows. */
const MONTH_ROUNDS = 1;
const MONTH_PORTS = 50;
const PRESENT_CALLS = 20;
/** Longer than the hub shares one picture of the fleet. */
const STALE_MS = 1000;

const series = z.object({ ts_ms: z.array(z.number()).min(1), rx_bps: z.array(z.number().nullable()) });
const overview = z.object({ routers: z.object({ up: z.number(), total: z.number() }) });
const routers = z.object({ routers: z.array(z.object({ router: z.string() })).min(1) });

export async function benchQueries(context: BenchContext): Promise<BenchResult> {
  await using session = await openSet(context);
  const { hub, plan } = session;
  const ports = portsOf(plan);
  const cpu = (): number => ((cpuSeconds(hub.hubPid) ?? 0) + (cpuSeconds(hub.enginePid) ?? 0)) * 1000;
  const graph = async (rangeMs: number, count: number): Promise<Graphs> => {
    const times: number[] = [];
    let cpuMs = 0;
    for (const [router, port] of ports.splice(0, count)) {
      await session.pollUntilNow();
      const before = cpu();
      const path = `/api/v1/routers/${siteName(plan, router)}/${routerName(router)}/interfaces/${portName(port)}/series`;
      times.push(await timed(session, `${path}?from_ms=${plan.endMs - rangeMs}&to_ms=${plan.endMs}`, drawsSomething));
      cpuMs += cpu() - before;
    }
    return { times, cpuMs: cpuMs / count };
  };
  await session.pollUntilNow();
  // Opens what the first request of a process opens.
  await graph(DAY_MS, 3);

  const day: Graphs[] = [];
  for (let round = 0; round < context.rounds; round++) day.push(await graph(DAY_MS, PORTS_PER_ROUND));
  context.print(`24-hour graphs: ${summary(day.flatMap(({ times }) => times))}`);
  const month: Graphs[] = [];
  for (let round = 0; round < MONTH_ROUNDS; round++) month.push(await graph(Math.min(30, plan.days) * DAY_MS, MONTH_PORTS));
  context.print(`30-day graphs: ${summary(month.flatMap(({ times }) => times))}`);

  const overviews: number[] = [];
  const lists: number[] = [];
  for (let call = 0; call < PRESENT_CALLS; call++) {
    await session.pollUntilNow();
    await delay(STALE_MS);
    overviews.push(await timed(session, '/api/v1/overview', (body) => overview.parse(body).routers.up > 0));
    await delay(STALE_MS);
    lists.push(await timed(session, '/api/v1/routers', (body) => routers.parse(body).routers.length > 0));
  }
  context.print(`overview: ${summary(overviews)}; routers: ${summary(lists)}`);

  const sizes = await tableSizes(hub);
  const rawRows = sizes.find(({ name }) => name === 'interface_counters')?.rows ?? 0;
  const bytes = sizes.reduce((sum, size) => sum + size.bytes, 0);
  return {
    name: 'queries',
    conditions: `${describe(plan)}: ${Math.round(rawRows / 1e6)} M interface rows, ${(bytes / 1e9).toFixed(1)} GB on disk with all tables. One request at a time over HTTP, ms until the whole answer is there, every port asked once; ${PORTS_PER_ROUND} ports a round. Meanwhile the fleet goes on being polled.`,
    measurements: [
      ...quantiles(
        '24-hour graph of a port that is polled every 10 s',
        day.map(({ times }) => times),
        {
          p50: { text: 'VictoriaMetrics’ own figure at 130 k series: 1 ms', value: 1 },
          p95: { text: 'goal: ≤ 50 ms, then 20', value: 50 },
        },
      ),
      { what: 'its CPU, hub and ClickHouse, ms', rounds: day.map(({ cpuMs }) => cpuMs) },
      ...quantiles(
        '30-day graph of a port',
        month.map(({ times }) => times),
        {},
      ),
      { what: 'its CPU, hub and ClickHouse, ms', rounds: month.map(({ cpuMs }) => cpuMs) },
      ...quantiles('overview, picture not shared', [overviews], {}),
      ...quantiles('list of 500 routers, picture not shared', [lists], {}),
    ],
    versions: [await engineVersion(hub.clickhouse)],
  };
}

interface Graphs {
  /** Of each, ms. */
  readonly times: readonly number[];
  /** Of one on the average, ms; what the two processes did besides at that time is in it. */
  readonly cpuMs: number;
}

/** Ports with a link in an order that jumps over the fleet. */
function portsOf(plan: SetPlan): (readonly [router: number, port: number])[] {
  return Array.from({ length: routersOf(plan) * plan.portsPerRouter }, (_, index) => index)
    .toSorted((a, b) => Number(intHash64(BigInt(a)) - intHash64(BigInt(b))))
    .map((index) => [Math.floor(index / plan.portsPerRouter), index % plan.portsPerRouter] as const)
    .filter(([router, port]) => !portTraffic(plan, router, port).idle);
}

function drawsSomething(body: unknown): boolean {
  return series.parse(body).rx_bps.some((rate) => rate !== null && rate > 0);
}

/** Milliseconds of one request. Throws when the answer is not a good one. */
async function timed({ hub }: SetSession, path: string, isGood: (body: unknown) => boolean): Promise<number> {
  const startedMs = performance.now();
  const response = await fetch(`${hub.url}${path}`);
  const text = await response.text();
  const ms = performance.now() - startedMs;
  if (!response.ok || !isGood(JSON.parse(text)))
    throw new Error(`Cannot measure ${path}: status ${response.status}, ${text.slice(0, 300)}`);
  return ms;
}

type Anchors = { readonly p50?: NonNullable<Measurement['anchor']>; readonly p95?: NonNullable<Measurement['anchor']> };

function quantiles(what: string, rounds: readonly (readonly number[])[], { p50, p95 }: Anchors): Measurement[] {
  return [
    { what: `${what}: p50, ms`, rounds: rounds.map((times) => percentile(times, 50)), ...(p50 && { anchor: p50 }) },
    { what: `${what}: p95, ms`, rounds: rounds.map((times) => percentile(times, 95)), ...(p95 && { anchor: p95 }) },
  ];
}

function summary(times: readonly number[]): string {
  return `p50 ${percentile(times, 50).toFixed(0)} ms, p95 ${percentile(times, 95).toFixed(0)} ms of ${times.length}`;
}
