/** Everything that one router is to the poller: its session, what is known of it, and the baseline of its counters. */
import { PollOutcome } from '@poplar/proto/telemetry/v1/payload';
import type { Clock } from '../clock.ts';
import { type Collector, type CollectorName, collectorBit, createGathering, type Gathering } from '../collectors/collector.ts';
import { type Agenda, type AgendaPlan, CORE, type CollectorStatus, createAgenda } from './agenda.ts';
import { type Baselines, createBaselines, type VisitorPast } from './baselines.ts';
import { createBootWatch } from './boot-watch.ts';
import { createCapabilities } from './capabilities.ts';
import { type CollectorRun, type CollectorRunDeps, runCollector } from './collector-run.ts';
import type { PollerConfig, RouterTarget } from './config.ts';
import { createGenerations } from './generations.ts';
import { type CollectorFailure, outcomeOfAnswers, outcomeOfFault } from './outcome.ts';
import { addressText, type DialRouter, type RouterClient, SessionError } from './router-client.ts';
import { phaseMs } from './schedule.ts';
import { createStateReports, type StateReports, SUMMARY_MS } from './state-reports.ts';
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
  readonly plan: AgendaPlan;
  /** Told of faults of our own, which a visit survives. */
  onBug(target: RouterTarget, error: unknown): void;
  /** Told of the runs of collectors, and of values that could not be read. */
  onRun(collector: CollectorName, durationMs: number): void;
  onUnreadable(target: RouterTarget, collector: CollectorName, attribute: string, values: number): void;
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
  /** The clock's at this visit's time. */
  readonly clockGeneration: number;
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

export function createVisitor(target: RouterTarget, config: VisitorConfig, deps: VisitorDeps, past?: VisitorPast): Visitor {
  return new RouterVisitor(target, config, deps, past);
}

type VisitorConfig = Omit<PollerConfig, 'routers'>;

class RouterVisitor implements Visitor {
  readonly target: RouterTarget;
  readonly #config: VisitorConfig;
  readonly #deps: VisitorDeps;
  readonly #interfaces = createGenerations();
  readonly #baselines: Baselines;
  readonly #bootWatch = createBootWatch();
  readonly #capabilities = createCapabilities();
  readonly #lengths = createTableLengths();
  readonly #agenda: Agenda;
  readonly #reports: StateReports;
  #session: RouterClient | undefined;
  #closed = false;
  #serial = '';
  /** The shortest answer of the session to what costs a router least: the network's time there and back. */
  #roundTripMs = Number.POSITIVE_INFINITY;

  constructor(target: RouterTarget, config: VisitorConfig, deps: VisitorDeps, past?: VisitorPast) {
    this.target = target;
    this.#config = config;
    this.#deps = deps;
    this.#baselines = createBaselines(config, deps.clock, past);
    this.#agenda = createAgenda(target, deps.plan);
    this.#reports = createStateReports(deps.clock.monotonicMs() + phaseMs(target.site, target.name, SUMMARY_MS));
  }

  async visit(whole = false): Promise<Visit> {
    const { clock } = this.#deps;
    if (this.#interfaces.exhausted) {
      this.#interfaces.reset();
      this.#baselines.startNext();
    }
    // The stopwatch first: if the process is held up between the two, the poll seems longer, and never over before it is.
    const startedMs = clock.monotonicMs();
    const tsMs = this.#baselines.nextTsMs();
    const run = this.#startRun(
      startedMs,
      whole ? Number.POSITIVE_INFINITY : startedMs + Math.max(VISIT_MIN_MS, this.#config.intervalMs / 2),
    );
    const result = await this.#poll(run);
    const endedMs = clock.monotonicMs();
    if (run.replied) run.gathering.rows.collectorStates.push(...this.#reports.take(this.#agenda.statuses(), endedMs));
    return this.#record(tsMs, result, endedMs - run.startedMs, run);
  }

  overrun(reason: string): Visit {
    const tsMs = this.#baselines.nextTsMs();
    const run = this.#startRun(this.#deps.clock.monotonicMs(), 0);
    return this.#record(tsMs, { outcome: PollOutcome.OVERRUN, error: reason }, 0, run);
  }

  get sessionOpen(): boolean {
    return this.#session !== undefined && this.#session.ended === undefined;
  }

  get past(): VisitorPast {
    return this.#baselines.past;
  }

  collectorStatuses(): readonly CollectorStatus[] {
    return this.#agenda.statuses();
  }

  close(): void {
    this.#closed = true;
    this.#session?.close();
  }

  async #openSession(): Promise<RouterClient> {
    const client = await this.#deps.dial(this.target, this.#config.deadlines);
    this.#session = client;
    // The router may have rebooted, been upgraded or replaced meanwhile: uptime and serial number decide whether counters
    // still compare, and whether it still lacks what it lacked.
    this.#agenda.hasten('resource', 'boards');
    this.#capabilities.sessionOpened();
    this.#roundTripMs = Number.POSITIVE_INFINITY;
    if (this.#closed) client.close();
    return client;
  }

  async #collect(collector: Collector, client: RouterClient, run: Run): Promise<void> {
    const { gathering } = run;
    let done: CollectorRun;
    try {
      done = await runCollector(collector, gathering, this.#runDeps(client, run));
    } catch (error) {
      // A router that answers everything but one command must not lose its session to it at every visit.
      if (error instanceof SessionError && run.replied && !this.#closed) this.#agenda.cut(collector, error, run.startedMs);
      throw error;
    } finally {
      for (const [attribute, values] of gathering.unreadable)
        this.#deps.onUnreadable(this.target, collector.name, attribute, values);
      gathering.unreadable.clear();
    }
    if (done.commands > 0) this.#note(collector, done, run);
    this.#agenda.ran(collector, done, run.startedMs);
    if (done.failure !== undefined) run.failures.push(done.failure);
    else if (done.tooLong === undefined) {
      // Of a router that is known to lack all of its menus, a collector has asked nothing.
      if (done.commands > 0) run.answered++;
      run.answeredBits |= collectorBit(collector.name);
    }
  }

  #runDeps(client: RouterClient, run: Run): CollectorRunDeps {
    return {
      client,
      clock: this.#deps.clock,
      clockGeneration: run.clockGeneration,
      capabilities: this.#capabilities,
      lengths: this.#lengths,
      context: { generationOf: (name, id, mac) => this.#interfaces.of(name, id, mac) },
      onReply() {
        run.replied = true;
      },
      onBug: (error) => this.#deps.onBug(this.target, error),
    };
  }

  /** Draws the consequences of what a router has answered for the rest of the visit, and for the next ones. */
  #note(collector: Collector, done: CollectorRun, run: Run): void {
    this.#deps.onRun(collector.name, done.durationMs);
    this.#reports.noteRun(collector.name, done);
    if (collector.name === 'resource') {
      this.#roundTripMs = Math.min(this.#roundTripMs, done.durationMs);
      this.#agenda.noteRoundTrip(this.#roundTripMs);
      this.#noteSystem(run, done.sentAtMs);
    }
    if (collector.name === 'boards') this.#noteBoard(run);
    if (collector.name === 'interface') this.#interfaces.endPrint();
  }

  #noteSystem(run: Run, sentAtMs: number): void {
    const device = run.gathering.rows.devices[0];
    if (device === undefined) return;
    const { uptimeMs, cpuLoadPct, version } = device;
    const rebooted = typeof uptimeMs === 'number' && this.#bootWatch.rebooted(uptimeMs, sentAtMs, this.#deps.clock.monotonicMs());
    this.#capabilities.noteSystem(version, rebooted);
    if (typeof cpuLoadPct === 'number') this.#agenda.noteCpu(cpuLoadPct);
    if (rebooted) this.#startNextBaseline(run);
  }

  /** Another serial number is another router under the same name: nothing that it counts compares. */
  #noteBoard(run: Run): void {
    const found = run.gathering.rows.boards[0]?.serial ?? '';
    if (found === '') return;
    const replaced = this.#serial !== '' && this.#serial !== found;
    this.#serial = found;
    if (!replaced) return;
    this.#capabilities.forget();
    this.#startNextBaseline(run);
  }

  #startNextBaseline(run: Run): void {
    this.#baselines.startNext();
    run.baseline = this.#baselines.baseline;
  }

  async #poll(run: Run): Promise<Result> {
    for (;;) {
      const reused = this.#session?.ended === undefined ? this.#session : undefined;
      try {
        const client = reused ?? (await this.#openSession());
        for (const collector of this.#agenda.due(run.startedMs)) {
          if (CORE.has(collector.name) || this.#deps.clock.monotonicMs() < run.endsMs)
            await this.#collect(collector, client, run);
        }
        return { outcome: outcomeOfAnswers(run.answered, run.failures), error: run.failures[0]?.reason ?? '' };
      } catch (error) {
        if (!(error instanceof SessionError)) throw error;
        this.#session = undefined;
        // An idle session may be long dead without either side knowing: that is no failed visit. Once only.
        if (reused !== undefined && error.fault === 'closed' && !run.replied && !this.#closed) continue;
        return { outcome: outcomeOfFault(error.fault, run.answered), error: error.reason };
      }
    }
  }

  #startRun(startedMs: number, endsMs: number): Run {
    const gathering = createGathering();
    const { baseline, clockGeneration } = this.#baselines;
    return {
      startedMs,
      endsMs,
      gathering,
      baseline,
      clockGeneration,
      answeredBits: 0n,
      answered: 0,
      failures: [],
      replied: false,
    };
  }

  #record(tsMs: number, result: Result, durationMs: number, { gathering, baseline, answeredBits }: Run): Visit {
    return {
      poll: {
        site: this.target.site,
        router: this.target.name,
        tsMs,
        outcome: result.outcome,
        error: result.error.slice(0, ERROR_LENGTH_MAX).toWellFormed(),
        durationUs: Math.min(U32_MAX, Math.max(0, Math.round(durationMs * 1000))),
        baseline,
        intervalMs: this.#config.intervalMs,
        collapsedRows: gathering.collapsedRows,
        parseErrors: gathering.parseErrors,
        address: addressText(this.target),
        answeredCollectors: answeredBits,
      },
      rows: gathering.rows,
    };
  }
}
