/**
 * Visits every router once per interval, each at its own moment, and hands over one Visit per slot: also for a failed
 * visit, and for a slot that passed while the previous visit was still running.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../clock.ts';
import type { CollectorName } from '../collectors/collector.ts';
import { type CollectorState, planAgenda } from './agenda.ts';
import type { VisitorPast } from './baselines.ts';
import type { PollerConfig, RouterTarget } from './config.ts';
import { createLanes } from './lanes.ts';
import { isAnswered } from './outcome.ts';
import type { DialRouter } from './router-client.ts';
import { createRouterLog, type PollerLog } from './router-log.ts';
import { nextSlotMs, phaseMs, retryAfterMs } from './schedule.ts';
import type { Visit } from './visit.ts';
import { createVisitor, type Visitor, type VisitorDeps } from './visitor.ts';

/** Counters that the poller feeds. */
export interface PollerMetrics {
  /** A visit ended, or was missed: one call per Visit. `outcome` is a PollOutcome. */
  visit(outcome: number, durationMs: number): void;
  /** A visit started noticeably after its slot: the agent or its concurrency is at the limit. */
  lateStart(lateMs: number): void;
  /** A collector ran on a router. */
  collectorRun(collector: CollectorName, durationMs: number): void;
  /** Values of an attribute that could not be read. */
  unreadable(collector: CollectorName, attribute: string, values: number): void;
}

export interface PollerStatus {
  readonly routers: number;
  readonly runningVisits: number;
  /** Visits that are due and wait for a place. */
  readonly waitingVisits: number;
  readonly openSessions: number;
}

export interface PollerDeps {
  readonly dial: DialRouter;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Takes each visit as it ends. Must not throw: what it throws ends the poller. */
  onVisit(visit: Visit): void;
  readonly log: PollerLog;
  readonly metrics: PollerMetrics;
}

export interface Poller {
  /**
   * Polls until the signal aborts; then starts no more visits and lets the running ones end. One that is still not done
   * when a connection and a command have had their deadlines is cut: what it has read is handed over, and a visit
   * without anything read leaves no poll. Rejects when a dependency throws.
   */
  run(signal: AbortSignal): Promise<void>;
  /** Visits every router once, without waiting for its slot, and closes all sessions. Not while run() runs. */
  visitAll(): Promise<void>;
  /**
   * Replaces the list of routers, running or not: new ones start, missing ones stop, those with another address or
   * credentials start over with a new baseline, all others are not touched.
   */
  setRouters(targets: readonly RouterTarget[]): void;
  status(): PollerStatus;
  /** How many routers have each collector in each state. Collectors that have not run on any are missing. */
  collectorStates(): ReadonlyMap<CollectorName, ReadonlyMap<CollectorState, number>>;
}

/** A start this long after its slot counts as late. */
const LATE_START_MS = 500;

interface Entry {
  visitor: Visitor;
  readonly phase: number;
  timer: NodeJS.Timeout | undefined;
  /** When the visit that is due, waiting or running should have started, on the monotonic clock. */
  slotMs: number;
  visiting: boolean;
  failures: number;
  answered: boolean;
  removed: boolean;
}

/** Throws when two routers share a name within a site, or when no collector is enabled. */
export function createPoller(config: PollerConfig, deps: PollerDeps): Poller {
  const { clock, metrics } = deps;
  const entries = new Map<string, Entry>();
  /** Removed routers, should they come back: their baselines must not repeat. As many as an operator has removed. */
  const pasts = new Map<string, VisitorPast>();
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => {});
  const underWay = new Set<Visitor>();
  /** Slots are armed; false from the stop on. */
  let running = false;
  /** The visits still under way are being cut short. */
  let cutting = false;
  let startMs = 0;

  if (!Object.values(config.collectors).some((setting) => setting.enabled))
    throw new Error('Cannot poll: no collector is enabled. Enable at least one under collectors');
  const routerLog = createRouterLog(deps.log, () => clock.monotonicMs());
  /** Of a router that does not answer: it connects, and one command is not answered. */
  const visitMaxMs = config.deadlines.connectMs + config.deadlines.commandMs;
  const lanes = createLanes<Entry>(
    // Enough for one try per interval at every silent router, each of which may take as long as it can.
    (lane) =>
      lane === 'answering'
        ? config.concurrency
        : Math.max(config.concurrency, Math.ceil((entries.size * visitMaxMs) / config.intervalMs)),
    visit,
  );
  const visitorDeps: VisitorDeps = {
    dial: deps.dial,
    clock,
    plan: planAgenda(config),
    onBug: (target, error) => routerLog.bug(target, error),
    onRun: (collector, durationMs) => metrics.collectorRun(collector, durationMs),
    onUnreadable(target, collector, attribute, values) {
      metrics.unreadable(collector, attribute, values);
      routerLog.unreadable(target, collector, attribute);
    },
  };
  setRouters(config.routers);

  function emit(visit: Visit): void {
    metrics.visit(Number(visit.poll.outcome), Number(visit.poll.durationUs) / 1000);
    deps.onVisit(visit);
  }

  function arm(entry: Entry, slotMs: number): void {
    clearTimeout(entry.timer);
    entry.timer = setTimeout(() => onSlot(entry, slotMs), Math.max(0, slotMs - clock.monotonicMs()));
  }

  function armNextSlot(entry: Entry, afterMs: number): void {
    arm(entry, nextSlotMs(startMs, entry.phase, config.intervalMs, afterMs));
  }

  function onSlot(entry: Entry, slotMs: number): void {
    try {
      const afterMs = Math.max(slotMs, clock.monotonicMs());
      // A retry has left the grid: the grid's next slot may be a moment away, and would count as an overrun.
      if (entry.failures > 0) arm(entry, afterMs + config.intervalMs);
      else armNextSlot(entry, afterMs);
      if (entry.visiting) {
        emit(entry.visitor.overrun('the previous visit was still running'));
        return;
      }
      if (lanes.remove(entry))
        emit(entry.visitor.overrun('the previous visit was still waiting for a place: raise poll.concurrency'));
      entry.slotMs = slotMs;
      lanes.add(entry, entry.answered ? 'answering' : 'silent');
    } catch (error) {
      failure.reject(error);
    }
  }

  async function visit(entry: Entry): Promise<void> {
    const { visitor } = entry;
    entry.visiting = true;
    underWay.add(visitor);
    try {
      const startedMs = clock.monotonicMs();
      if (running && startedMs - entry.slotMs > LATE_START_MS) metrics.lateStart(startedMs - entry.slotMs);
      // Without slots there is no next visit that could go on with what is left.
      const done = await visitor.visit(!running);
      if (!cutting || isAnswered(Number(done.poll.outcome))) emit(done);
      if (!cutting && visitor === entry.visitor) note(entry, done, startedMs);
    } catch (error) {
      failure.reject(error);
    }
    entry.visiting = false;
    underWay.delete(visitor);
    if (entry.removed || visitor !== entry.visitor) visitor.close();
  }

  /** Draws the consequences of a visit for the next one. */
  function note(entry: Entry, { poll }: Visit, startedMs: number): void {
    const { target } = entry.visitor;
    const outcome = Number(poll.outcome);
    const recovered = entry.failures;
    entry.answered = isAnswered(outcome);
    entry.failures = entry.answered ? 0 : recovered + 1;
    if (entry.failures === 1) routerLog.failed(target, outcome, poll.error);
    if (entry.answered && recovered > 0) routerLog.recovered(target, recovered);
    if (!running || entry.removed) return;
    if (entry.failures > 0) arm(entry, startedMs + retryAfterMs(entry.failures, config.intervalMs, deps.random));
    else if (recovered > 0) armNextSlot(entry, Math.max(clock.monotonicMs(), startedMs + config.intervalMs / 2));
  }

  function setRouters(targets: readonly RouterTarget[]): void {
    const wanted = new Map<string, RouterTarget>();
    for (const target of targets) {
      const key = keyOf(target);
      if (wanted.has(key))
        throw new Error(`Cannot poll router ${target.name}: site ${target.site} has two routers of that name. Rename one`);
      wanted.set(key, target);
    }
    for (const [key, entry] of entries) {
      const target = wanted.get(key);
      if (target === undefined) remove(key, entry);
      else if (!isDeepStrictEqual(entry.visitor.target, target)) replace(entry, target);
    }
    for (const [key, target] of wanted) {
      if (!entries.has(key)) add(key, target);
    }
  }

  function createFor(target: RouterTarget, past?: VisitorPast): Visitor {
    return createVisitor(target, config, visitorDeps, past);
  }

  function add(key: string, target: RouterTarget): void {
    const entry: Entry = {
      visitor: createFor(target, nextPast(pasts.get(key))),
      phase: phaseMs(target.site, target.name, config.intervalMs),
      timer: undefined,
      slotMs: 0,
      visiting: false,
      failures: 0,
      answered: false,
      removed: false,
    };
    pasts.delete(key);
    entries.set(key, entry);
    if (running) armNextSlot(entry, clock.monotonicMs());
  }

  function remove(key: string, entry: Entry): void {
    entries.delete(key);
    entry.removed = true;
    clearTimeout(entry.timer);
    lanes.remove(entry);
    pasts.set(key, entry.visitor.past);
    if (!entry.visiting) entry.visitor.close();
  }

  function replace(entry: Entry, target: RouterTarget): void {
    const before = entry.visitor;
    entry.visitor = createFor(target, nextPast(before.past));
    entry.failures = 0;
    entry.answered = false;
    if (!entry.visiting) before.close();
  }

  function closeAll(): void {
    for (const { visitor } of entries.values()) visitor.close();
  }

  function cutVisits(): void {
    cutting = true;
    for (const visitor of underWay) visitor.close();
  }

  return {
    async run(signal) {
      const aborted = Promise.withResolvers<void>();
      const onAbort = (): void => aborted.resolve();
      signal.addEventListener('abort', onAbort, { once: true });
      if (signal.aborted) onAbort();
      startMs = clock.monotonicMs();
      running = true;
      for (const entry of entries.values()) armNextSlot(entry, startMs - config.intervalMs);
      try {
        await Promise.race([aborted.promise, failure.promise]);
        running = false;
        lanes.clear();
        stopTimers();
        const cut = setTimeout(cutVisits, config.deadlines.connectMs + config.deadlines.commandMs);
        await Promise.race([lanes.drained(), failure.promise]).finally(() => clearTimeout(cut));
      } finally {
        running = false;
        cutting = false;
        signal.removeEventListener('abort', onAbort);
        lanes.clear();
        stopTimers();
        closeAll();
      }
    },
    async visitAll() {
      for (const entry of entries.values()) lanes.add(entry, 'answering');
      try {
        await Promise.race([lanes.drained(), failure.promise]);
      } finally {
        lanes.clear();
        closeAll();
      }
    },
    setRouters,
    status: () => ({
      routers: entries.size,
      runningVisits: lanes.running,
      waitingVisits: lanes.waiting,
      openSessions: [...entries.values()].reduce((open, { visitor }) => open + Number(visitor.sessionOpen), 0),
    }),
    collectorStates() {
      const states = new Map<CollectorName, Map<CollectorState, number>>();
      for (const { visitor } of entries.values()) {
        for (const { name, state } of visitor.collectorStatuses()) {
          const routers = states.get(name) ?? new Map<CollectorState, number>();
          states.set(name, routers.set(state, (routers.get(state) ?? 0) + 1));
        }
      }
      return states;
    },
  };

  function stopTimers(): void {
    for (const entry of entries.values()) clearTimeout(entry.timer);
  }
}

function keyOf(target: RouterTarget): string {
  return `${target.site}\n${target.name}`;
}

/** What a new visitor of a known router starts from. Counters do not compare; a visit still running may rise by one. */
function nextPast(past: VisitorPast | undefined): VisitorPast | undefined {
  return past === undefined ? undefined : { ...past, generation: past.generation + 2 };
}
