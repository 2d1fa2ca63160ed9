/** Everything that one router is to the poller: its session, what is known of it, and the baseline of its counters. */
import { PollOutcome } from '@poplar/proto/telemetry/v1/payload';
import type { Clock } from '../clock.ts';
import {
  type Collector,
  type CollectorName,
  collectorBit,
  createGathering,
  type Gathering,
  type MenuContext,
} from '../collectors/collector.ts';
import { CORE, type CollectorStatus, createAgenda } from './agenda.ts';
import { createBaselines, type VisitorPast } from './baselines.ts';
import { createBootWatch } from './boot-watch.ts';
import { createCapabilities } from './capabilities.ts';
import { type CollectorRun, runCollector } from './collector-run.ts';
import type { PollerConfig, RouterTarget } from './config.ts';
import { createGenerations } from './generations.ts';
import { type CollectorFailure, outcomeOfAnswers, outcomeOfFault } from './outcome.ts';
import { addressText, type DialRouter, type RouterClient, SessionError } from './router-client.ts';
import { phaseMs } from './schedule.ts';
import { createStateReports, SUMMARY_MS } from './state-reports.ts';
import { createTableLengths } from './table-lengths.ts';
import type { Visit } from './visit.ts';

export interface Visitor {
  readonly target: RouterTarget;
  /**
   * Visits the router once. Never rejects because of the router; must not run twice at once. Where the answers take so long
   * that the next visit would be missed, as the many of a first visit over a slow line, that one goes on with the collectors
   * that are left; `whole`: this one asks them all.
   */
  visit(whole?: boolean): Promise<Visit>;
  /** The record of a slot that passed without a visit. */
  overrun(reason: string): Visit;
  readonly sessionOpen: boolean;
  readonly past: VisitorPast;
  /** How the collectors fare that have run on the router. */
  collectorStatuses(): readonly CollectorStatus[];
  /** Ends the session. A running visit then ends too. Idempotent. */
  close(): void;
}

export interface VisitorDeps {
  readonly dial: DialRouter;
  readonly clock: Clock;
  /** Told of faults of our own, which a visit survives. */
  onBug(error: unknown): void;
  /** Told of the runs of collectors, and of values that could not be read. */
  onRun(collector: CollectorName, durationMs: number): void;
  onUnreadable(collector: CollectorName, attribute: string, values: number): void;
}

/** Longest error text stored with a poll, in UTF-16 units. */
const ERROR_LENGTH_MAX = 300;
const U32_MAX = 0xffff_ffff;
/** A visit asks for half of the interval, and for this long where that is shorter. */
const VISIT_MIN_MS = 1000;

/** One visit under way. */
interface Run {
  readonly startedMs: number;
  /** From when on only what the router is visited for is still asked. */
  readonly endsMs: number;
  readonly gathering: Gathering;
  /** Of this visit's counters: a step of the clock noticed while it runs belongs to the next one. */
  baseline: bigint;
  /** The bits of the collectors that the router has answered. */
  answeredBits: bigint;
  /** How many collectors had an answer to something. */
  answered: number;
  readonly failures: CollectorFailure[];
  /** True once the router has said anything to a command. */
  replied: boolean;
}

interface Result {
  readonly outcome: PollOutcome;
  readonly error: string;
}

export function createVisitor(
  target: RouterTarget,
  config: Omit<PollerConfig, 'routers'>,
  deps: VisitorDeps,
  past?: VisitorPast,
): Visitor {
  const { clock } = deps;
  const onBug = (error: unknown): void => deps.onBug(error);
  const address = addressText(target);
  const interfaces = createGenerations();
  const context: MenuContext = { generationOf: (name, id, mac) => interfaces.of(name, id, mac) };
  const baselines = createBaselines(config, clock, past);
  const bootWatch = createBootWatch();
  const capabilities = createCapabilities();
  const lengths = createTableLengths();
  const agenda = createAgenda(target, config);
  const reports = createStateReports(clock.monotonicMs() + phaseMs(target.site, target.name, SUMMARY_MS));
  let session: RouterClient | undefined;
  let closed = false;
  let serial = '';
  /** The shortest answer of the session to what costs a router least: the network's time there and back. */
  let roundTripMs = Number.POSITIVE_INFINITY;

  async function openSession(): Promise<RouterClient> {
    const client = await deps.dial(target, config.deadlines);
    session = client;
    // The router may have rebooted, been upgraded or replaced meanwhile: uptime and serial number decide whether counters
    // still compare, and whether it still lacks what it lacked.
    agenda.hasten('resource', 'boards');
    capabilities.sessionOpened();
    roundTripMs = Number.POSITIVE_INFINITY;
    if (closed) client.close();
    return client;
  }

  async function collect(collector: Collector, client: RouterClient, run: Run): Promise<void> {
    const { gathering } = run;
    const onReply = (): void => {
      run.replied = true;
    };
    let done: CollectorRun;
    try {
      done = await runCollector(collector, gathering, { client, clock, capabilities, lengths, context, onReply, onBug });
    } catch (error) {
      // A router that answers everything but one command must not lose its session to it at every visit.
      if (error instanceof SessionError && run.replied && !closed) agenda.cut(collector, error, run.startedMs);
      throw error;
    } finally {
      for (const [attribute, values] of gathering.unreadable) deps.onUnreadable(collector.name, attribute, values);
      gathering.unreadable.clear();
    }
    if (done.commands > 0) note(collector, done, run);
    agenda.ran(collector, done, run.startedMs);
    if (done.failure !== undefined) run.failures.push(done.failure);
    else if (done.tooLong === undefined) {
      // Of a router that is known to lack all of its menus, a collector has asked nothing.
      if (done.commands > 0) run.answered++;
      run.answeredBits |= collectorBit(collector.name);
    }
  }

  /** Draws the consequences of what a router has answered for the rest of the visit, and for the next ones. */
  function note(collector: Collector, done: CollectorRun, run: Run): void {
    deps.onRun(collector.name, done.durationMs);
    reports.noteRun(collector.name, done);
    if (collector.name === 'resource') {
      roundTripMs = Math.min(roundTripMs, done.durationMs);
      agenda.noteRoundTrip(roundTripMs);
      noteSystem(run, done.sentAtMs);
    }
    if (collector.name === 'boards') noteBoard(run);
    if (collector.name === 'interface') interfaces.endPrint();
  }

  function noteSystem(run: Run, sentAtMs: number): void {
    const device = run.gathering.rows.devices[0];
    if (device === undefined) return;
    const { uptimeMs, cpuLoadPct, version } = device;
    const rebooted = typeof uptimeMs === 'number' && bootWatch.rebooted(uptimeMs, sentAtMs, clock.monotonicMs());
    capabilities.noteSystem(version, rebooted);
    if (typeof cpuLoadPct === 'number') agenda.noteCpu(cpuLoadPct);
    if (rebooted) startNextBaseline(run);
  }

  /** Another serial number is another router under the same name: nothing that it counts compares. */
  function noteBoard(run: Run): void {
    const found = run.gathering.rows.boards[0]?.serial ?? '';
    if (found === '') return;
    const replaced = serial !== '' && serial !== found;
    serial = found;
    if (!replaced) return;
    capabilities.forget();
    startNextBaseline(run);
  }

  function startNextBaseline(run: Run): void {
    baselines.startNext();
    run.baseline = baselines.baseline;
  }

  async function poll(run: Run): Promise<Result> {
    for (;;) {
      const reused = session?.ended === undefined ? session : undefined;
      try {
        const client = reused ?? (await openSession());
        for (const collector of agenda.due(run.startedMs)) {
          if (CORE.has(collector.name) || clock.monotonicMs() < run.endsMs) await collect(collector, client, run);
        }
        return { outcome: outcomeOfAnswers(run.answered, run.failures), error: run.failures[0]?.reason ?? '' };
      } catch (error) {
        if (!(error instanceof SessionError)) throw error;
        session = undefined;
        // An idle session may be long dead without either side knowing: that is no failed visit. Once only.
        if (reused !== undefined && error.fault === 'closed' && !run.replied && !closed) continue;
        return { outcome: outcomeOfFault(error.fault, run.answered), error: error.reason };
      }
    }
  }

  function startRun(startedMs: number, endsMs: number): Run {
    const gathering = createGathering();
    const { baseline } = baselines;
    return { startedMs, endsMs, gathering, baseline, answeredBits: 0n, answered: 0, failures: [], replied: false };
  }

  function record(tsMs: number, result: Result, durationMs: number, { gathering, baseline, answeredBits }: Run): Visit {
    return {
      poll: {
        site: target.site,
        router: target.name,
        tsMs,
        outcome: result.outcome,
        error: result.error.slice(0, ERROR_LENGTH_MAX).toWellFormed(),
        durationUs: Math.min(U32_MAX, Math.max(0, Math.round(durationMs * 1000))),
        baseline,
        intervalMs: config.intervalMs,
        collapsedRows: gathering.collapsedRows,
        parseErrors: gathering.parseErrors,
        address,
        answeredCollectors: answeredBits,
      },
      rows: gathering.rows,
    };
  }

  return {
    target,
    async visit(whole = false) {
      if (interfaces.exhausted) {
        interfaces.reset();
        baselines.startNext();
      }
      // The stopwatch first: if the process is held up between the two, the poll seems longer, and never over before it is.
      const startedMs = clock.monotonicMs();
      const tsMs = baselines.nextTsMs();
      const run = startRun(
        startedMs,
        whole ? Number.POSITIVE_INFINITY : startedMs + Math.max(VISIT_MIN_MS, config.intervalMs / 2),
      );
      const result = await poll(run);
      const endedMs = clock.monotonicMs();
      if (run.replied) run.gathering.rows.collectorStates.push(...reports.take(agenda.statuses(), endedMs));
      return record(tsMs, result, endedMs - run.startedMs, run);
    },
    overrun(reason) {
      const tsMs = baselines.nextTsMs();
      return record(tsMs, { outcome: PollOutcome.OVERRUN, error: reason }, 0, startRun(clock.monotonicMs(), 0));
    },
    get sessionOpen() {
      return session !== undefined && session.ended === undefined;
    },
    get past() {
      return baselines.past;
    },
    collectorStatuses: () => agenda.statuses(),
    close() {
      closed = true;
      session?.close();
    },
  };
}
