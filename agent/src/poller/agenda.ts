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
import { type CpuWatch, createCpuWatch } from './cpu-watch.ts';
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

/** What is the same on all routers: the enabled collectors and how they share the visits of their intervals. */
export interface AgendaPlan {
  /** Between two visits to one router, milliseconds. */
  readonly intervalMs: number;
  readonly load: PollerConfig['load'];
  readonly slots: readonly Slot[];
}

interface Slot {
  readonly collector: Collector;
  readonly core: boolean;
  /** Between two runs, milliseconds. */
  readonly intervalMs: number;
  /** Visits of the interval, and the one that a router without a phase would run the collector at. */
  readonly visits: number;
  readonly place: number;
}

export function planAgenda({
  collectors,
  intervalMs,
  load,
}: Pick<PollerConfig, 'collectors' | 'intervalMs' | 'load'>): AgendaPlan {
  const intervalOf = ({ name }: Collector): number => Math.max(intervalMs, collectors[name].intervalMs);
  const enabled = COLLECTORS.filter(({ name }) => collectors[name].enabled);
  const slots = enabled.map((collector): Slot => {
    const interval = intervalOf(collector);
    const peers = enabled.filter((other) => intervalOf(other) === interval);
    const visits = Math.max(1, Math.round(interval / intervalMs));
    const place = Math.floor((peers.indexOf(collector) * visits) / peers.length);
    return { collector, core: CORE.has(collector.name), intervalMs: interval, visits, place };
  });
  return { intervalMs, load, slots };
}

/** Times are whole milliseconds of the monotonic clock, 0 when there is none yet: V8 gives fractions an object of their own. */
interface Item {
  readonly slot: Slot;
  readonly load: CollectorLoad;
  /** A moment of its grid. */
  anchorMs: number;
  lastMs: number;
  nextMs: number;
  cuts: number;
  finding: { readonly state: 'absent' | 'forbidden'; readonly reason: string } | undefined;
}

export function createAgenda(router: Pick<RouterTarget, 'site' | 'name'>, plan: AgendaPlan): Agenda {
  return new RouterAgenda(router, plan);
}

/** A class, as all that an agent has one of for each router: methods and what they share take memory once. */
class RouterAgenda implements Agenda {
  readonly #router: Pick<RouterTarget, 'site' | 'name'>;
  readonly #plan: AgendaPlan;
  readonly #cpu: CpuWatch;
  readonly #items: readonly Item[];
  #roundTripMs = 0;

  constructor(router: Pick<RouterTarget, 'site' | 'name'>, plan: AgendaPlan) {
    this.#router = router;
    this.#plan = plan;
    this.#cpu = createCpuWatch(plan.load.routerCpuMaxPct);
    this.#items = plan.slots.map((slot) => ({
      slot,
      load: createCollectorLoad(slot.intervalMs, plan.load),
      anchorMs: 0,
      lastMs: 0,
      nextMs: 0,
      cuts: 0,
      finding: undefined,
    }));
  }

  due(nowMs: number): readonly Collector[] {
    const due = new Set(this.#items.filter((item) => this.#isDue(item, nowMs)));
    if (![...due].some(asks)) {
      const harmless = this.#items.filter((item) => asks(item) && !this.#isShed(item));
      const candidates = harmless.length > 0 ? harmless : this.#items;
      const overdue = candidates.toSorted((one, other) => one.lastMs - other.lastMs)[0];
      if (overdue !== undefined) due.add(overdue);
    }
    return this.#items.filter((item) => due.has(item)).map(({ slot }) => slot.collector);
  }

  ran(collector: Collector, run: CollectorRun, nowMs: number): void {
    const item = this.#itemOf(collector);
    item.cuts = 0;
    item.finding = findingOf(run);
    if (run.tooLong !== undefined) item.load.shed(run.tooLong);
    else if (run.commands > 0) item.load.ran(Math.max(0, run.durationMs - run.commands * this.#roundTripMs));
    this.#schedule(item, nowMs);
  }

  cut(collector: Collector, error: SessionError, nowMs: number): void {
    const item = this.#itemOf(collector);
    item.cuts++;
    if (error.fault === 'closed' && item.cuts < CUTS_TO_SHED) return;
    item.load.shed(error.reason);
    this.#schedule(item, nowMs);
  }

  hasten(...names: CollectorName[]): void {
    for (const item of this.#items) if (names.includes(item.slot.collector.name) && !this.#isShed(item)) item.nextMs = 0;
  }

  noteCpu(loadPct: number): void {
    this.#cpu.note(loadPct);
  }

  noteRoundTrip(ms: number): void {
    this.#roundTripMs = Math.min(ms, ROUND_TRIP_MAX_MS);
  }

  statuses(): readonly CollectorStatus[] {
    return this.#items.filter(({ anchorMs }) => anchorMs > 0).map((item) => this.#statusOf(item));
  }

  #itemOf(collector: Collector): Item {
    const item = this.#items.find(({ slot }) => slot.collector === collector);
    if (item === undefined) throw new Error(`BUG: collector ${collector.name} is not enabled`);
    return item;
  }

  #isPaused({ slot, load }: Item): boolean {
    return this.#cpu.busyPct !== undefined && !slot.core && load.expensive;
  }

  #isShed(item: Item): boolean {
    return !item.slot.core && (this.#isPaused(item) || item.load.state === 'shed');
  }

  /** To the nearest visit. A collector that pauses for the CPU's sake is tried now and then: one that is busy for ever would never be read. */
  #isDue(item: Item, nowMs: number): boolean {
    const reachedMs = nowMs + this.#plan.intervalMs / 2;
    return reachedMs >= item.nextMs && (!this.#isPaused(item) || reachedMs >= item.lastMs + PAUSE_MAX_MS);
  }

  #schedule(item: Item, nowMs: number): void {
    const { slot, load } = item;
    const { intervalMs } = this.#plan;
    const step = slot.core ? slot.intervalMs : load.intervalMs;
    item.lastMs = Math.ceil(nowMs);
    if (item.anchorMs === 0) item.anchorMs = item.lastMs + this.#firstStep(slot) * intervalMs;
    if (this.#isShed(item)) item.nextMs = item.lastMs + step;
    // Also at a visit that is early, as one is after a late one.
    else if (step < 1.5 * intervalMs) item.nextMs = 0;
    else item.nextMs = item.anchorMs + (Math.floor((nowMs + intervalMs / 2 - item.anchorMs) / step) + 1) * step;
  }

  /** Visits from the first run to the second: 1 to as many as the interval has. */
  #firstStep({ place, visits }: Slot): number {
    return ((place + phaseMs(this.#router.site, this.#router.name, visits)) % visits) + 1;
  }

  #statusOf(item: Item): CollectorStatus {
    const { slot, load, finding } = item;
    const { name } = slot.collector;
    const intervalMs = slot.core ? slot.intervalMs : load.intervalMs;
    if (finding !== undefined && (slot.core || load.state !== 'shed')) return { name, intervalMs, ...finding };
    if (slot.core) return { name, intervalMs, state: 'running', reason: '' };
    if (load.state !== 'shed' && this.#isPaused(item))
      return { name, state: 'shed', reason: `the router's CPU is at ${this.#cpu.busyPct} %`, intervalMs: PAUSE_MAX_MS };
    return { name, intervalMs, state: load.state, reason: load.reason };
  }
}

/** Of a router that lacks its menus, a collector asks nothing. */
function asks({ finding }: Item): boolean {
  return finding?.state !== 'absent';
}

const ABSENT = { state: 'absent', reason: 'the router has no such menu' } as const;

function findingOf({ absent, failure }: CollectorRun): Item['finding'] {
  if (absent) return ABSENT;
  return failure?.permission === true ? { state: 'forbidden', reason: failure.reason } : undefined;
}
