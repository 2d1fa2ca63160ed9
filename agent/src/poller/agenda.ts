/**
 * Which collectors run at a visit to one router. After its first run, which is at the first visit, a collector runs on a grid
 * of its own: the collectors of one interval are spread over its visits, so that none of them is long.
 *
 * `interface` and `resource` are what the router is visited for: they are asked whatever they cost, and a router that does
 * not answer them has failed the visit. All others are slowed down, shed and paused for its sake.
 */
import { COLLECTORS } from '../collectors/all.ts';
import type { Collector, CollectorName } from '../collectors/collector.ts';
import { type CollectorLoad, createCollectorLoad, PAUSE_MAX_MS } from './collector-load.ts';
import type { CollectorRun } from './collector-run.ts';
import type { PollerConfig, RouterTarget } from './config.ts';
import { createCpuWatch } from './cpu-watch.ts';
import type { SessionError } from './router-client.ts';
import { phaseMs } from './schedule.ts';

export type CollectorState = 'running' | 'absent' | 'slowed' | 'shed' | 'forbidden';

/** How a collector fares on the router. */
export interface CollectorStatus {
  readonly name: CollectorName;
  readonly state: CollectorState;
  /** Why it is not running as configured; else ''. */
  readonly reason: string;
  /** Between two runs, milliseconds. */
  readonly intervalMs: number;
}

export interface Agenda {
  /** The collectors to run now, in their order. A visit that asks nothing would tell nothing: one of them at least asks. */
  due(nowMs: number): readonly Collector[];
  /** A run ended at a visit that started then. */
  ran(collector: Collector, run: CollectorRun, nowMs: number): void;
  /** The session ended during a run, though the router had answered others at the same visit. */
  cut(collector: Collector, error: SessionError, nowMs: number): void;
  /** Has collectors run at this visit, unless they are shed. */
  hasten(...names: CollectorName[]): void;
  /** The load of the router's CPU, percent. */
  noteCpu(loadPct: number): void;
  /** What a command takes that costs the router next to nothing, milliseconds. It is not held against the collectors. */
  noteRoundTrip(ms: number): void;
  /** Of the collectors that have run, in their order. */
  statuses(): readonly CollectorStatus[];
}

/** What a router is visited for. */
export const CORE: ReadonlySet<CollectorName> = new Set(['interface', 'resource']);
/** Sessions in a row that may end during a collector's run before it is taken for the cause. A deadline is cause enough. */
const CUTS_TO_SHED = 2;

/** No network takes longer there and back: what does is the router's work. */
const ROUND_TRIP_MAX_MS = 1000;

/** Times are whole milliseconds of the monotonic clock, 0 when there is none yet: V8 gives fractions an object of their own. */
interface Item {
  readonly collector: Collector;
  readonly core: boolean;
  readonly load: CollectorLoad;
  /** Visits from the first run to the second: 1 to as many as the interval has. */
  readonly firstStep: number;
  /** A moment of its grid. */
  anchorMs: number;
  lastMs: number;
  nextMs: number;
  cuts: number;
  finding: { readonly state: 'absent' | 'forbidden'; readonly reason: string } | undefined;
}

export function createAgenda(
  { site, name }: Pick<RouterTarget, 'site' | 'name'>,
  { collectors, intervalMs, load }: Pick<PollerConfig, 'collectors' | 'intervalMs' | 'load'>,
): Agenda {
  const cpu = createCpuWatch(load.routerCpuMaxPct);
  let roundTripMs = 0;
  const items = COLLECTORS.filter((collector) => collectors[collector.name].enabled).map((collector, _, enabled): Item => {
    const interval = intervalOf(collector);
    const peers = enabled.filter((other) => intervalOf(other) === interval);
    const visits = Math.max(1, Math.round(interval / intervalMs));
    const step = Math.floor((peers.indexOf(collector) * visits) / peers.length) + phaseMs(site, name, visits);
    return {
      collector,
      core: CORE.has(collector.name),
      load: createCollectorLoad(interval, load),
      firstStep: (step % visits) + 1,
      anchorMs: 0,
      lastMs: 0,
      nextMs: 0,
      cuts: 0,
      finding: undefined,
    };
  });
  function intervalOf({ name: collector }: Collector): number {
    return Math.max(intervalMs, collectors[collector].intervalMs);
  }

  function itemOf(collector: Collector): Item {
    const item = items.find((one) => one.collector === collector);
    if (item === undefined) throw new Error(`BUG: collector ${collector.name} is not enabled`);
    return item;
  }

  const isPaused = (item: Item): boolean => cpu.busyPct !== undefined && !item.core && item.load.expensive;
  const isShed = (item: Item): boolean => !item.core && (isPaused(item) || item.load.state === 'shed');

  /** To the nearest visit. A collector that pauses for the CPU's sake is tried now and then: one that is busy for ever would never be read. */
  function isDue(item: Item, nowMs: number): boolean {
    const reachedMs = nowMs + intervalMs / 2;
    return reachedMs >= item.nextMs && (!isPaused(item) || reachedMs >= item.lastMs + PAUSE_MAX_MS);
  }

  /** Of a router that lacks its menus, a collector asks nothing. */
  const asks = ({ finding }: Item): boolean => finding?.state !== 'absent';

  function schedule(item: Item, nowMs: number): void {
    const { load: cost, firstStep } = item;
    const step = item.core ? intervalOf(item.collector) : cost.intervalMs;
    item.lastMs = Math.ceil(nowMs);
    if (item.anchorMs === 0) item.anchorMs = item.lastMs + firstStep * intervalMs;
    if (isShed(item)) item.nextMs = item.lastMs + step;
    // Also at a visit that is early, as one is after a late one.
    else if (step < 1.5 * intervalMs) item.nextMs = 0;
    else item.nextMs = item.anchorMs + (Math.floor((nowMs + intervalMs / 2 - item.anchorMs) / step) + 1) * step;
  }

  function statusOf(item: Item): CollectorStatus {
    const { collector, core, load: cost, finding } = item;
    const status = { name: collector.name, intervalMs: core ? intervalOf(collector) : cost.intervalMs };
    if (finding !== undefined && (core || cost.state !== 'shed')) return { ...status, ...finding };
    if (core) return { ...status, state: 'running', reason: '' };
    if (cost.state !== 'shed' && isPaused(item))
      return { ...status, state: 'shed', reason: `the router's CPU is at ${cpu.busyPct} %`, intervalMs: PAUSE_MAX_MS };
    return { ...status, state: cost.state, reason: cost.reason };
  }

  return {
    due(nowMs) {
      const due = new Set(items.filter((item) => isDue(item, nowMs)));
      if (![...due].some(asks)) {
        const harmless = items.filter((item) => asks(item) && !isShed(item));
        const candidates = harmless.length > 0 ? harmless : items;
        const overdue = candidates.toSorted((one, other) => one.lastMs - other.lastMs)[0];
        if (overdue !== undefined) due.add(overdue);
      }
      return items.filter((item) => due.has(item)).map(({ collector }) => collector);
    },
    ran(collector, run, nowMs) {
      const item = itemOf(collector);
      item.cuts = 0;
      item.finding = findingOf(run);
      if (run.tooLong !== undefined) item.load.shed(run.tooLong);
      else if (run.commands > 0) item.load.ran(Math.max(0, run.durationMs - run.commands * roundTripMs));
      schedule(item, nowMs);
    },
    cut(collector, error, nowMs) {
      const item = itemOf(collector);
      item.cuts++;
      if (error.fault === 'closed' && item.cuts < CUTS_TO_SHED) return;
      item.load.shed(error.reason);
      schedule(item, nowMs);
    },
    hasten(...names) {
      for (const item of items) if (names.includes(item.collector.name) && !isShed(item)) item.nextMs = 0;
    },
    noteCpu: (loadPct) => cpu.note(loadPct),
    noteRoundTrip(ms) {
      roundTripMs = Math.min(ms, ROUND_TRIP_MAX_MS);
    },
    statuses: () => items.filter(({ anchorMs }) => anchorMs > 0).map(statusOf),
  };
}

const ABSENT = { state: 'absent', reason: 'the router has no such menu' } as const;

function findingOf({ absent, failure }: CollectorRun): Item['finding'] {
  if (absent) return ABSENT;
  return failure?.permission === true ? { state: 'forbidden', reason: failure.reason } : undefined;
}
