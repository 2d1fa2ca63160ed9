/** Everything that one router is to the poller: its session, what it lacks, and the baseline of its counters. */
import { PollOutcome } from '@poplar/proto/telemetry/v1/payload';
import type { Clock } from '../clock.ts';
import { COLLECTORS } from '../collectors/all.ts';
import {
  type Collector,
  type CollectorName,
  collectorBit,
  createGathering,
  type Gathering,
  type MenuContext,
} from '../collectors/collector.ts';
import { createBootWatch } from './boot-watch.ts';
import type { PollerConfig, RouterTarget } from './config.ts';
import { createGenerations, GENERATIONS_MAX } from './generations.ts';
import { type CollectorFailure, outcomeOfAnswers, outcomeOfFault } from './outcome.ts';
import { addressText, type DialRouter, type Reply, type ReplyRow, type RouterClient, SessionError } from './router-client.ts';
import type { Visit } from './visit.ts';

/** What a router's next visitor goes on from, when the configuration replaces it. */
export interface VisitorPast {
  readonly generation: number;
  readonly newestTsMs: number;
}

export interface Visitor {
  readonly target: RouterTarget;
  /** Visits the router once. Never rejects because of the router; must not run twice at once. */
  visit(): Promise<Visit>;
  /** The record of a slot that passed without a visit. */
  overrun(reason: string): Visit;
  readonly sessionOpen: boolean;
  readonly past: VisitorPast;
  /** Ends the session. A running visit then ends too. Idempotent. */
  close(): void;
}

export interface VisitorDeps {
  readonly dial: DialRouter;
  readonly clock: Clock;
  /** Told of faults of our own, which a visit survives. */
  onBug(error: unknown): void;
}

/** Longest error text stored with a poll, in UTF-16 units. */
const ERROR_LENGTH_MAX = 300;
const U32_MAX = 0xffff_ffff;
const U64 = 2n ** 64n;

interface Session {
  readonly client: RouterClient;
  /** Menus that the router said it does not have. */
  readonly absent: Set<string>;
}

/** One visit under way. */
interface Run {
  readonly startedMs: number;
  readonly gathering: Gathering;
  /** Of this visit's counters: a step of the clock noticed while it runs belongs to the next one. */
  baseline: bigint;
  /** The bits of the collectors that the router has answered. */
  answered: bigint;
}

interface Result {
  readonly outcome: PollOutcome;
  readonly error: string;
}

export function createVisitor(
  target: RouterTarget,
  config: Omit<PollerConfig, 'routers'>,
  deps: VisitorDeps,
  past: VisitorPast = { generation: 0, newestTsMs: 0 },
): Visitor {
  const { clock } = deps;
  const address = addressText(target);
  const interfaces = createGenerations();
  const context: MenuContext = { generationOf: (name, id, mac) => interfaces.of(name, id, mac) };
  const lastRunMs = new Map<CollectorName, number>();
  const bootWatch = createBootWatch();
  let session: Session | undefined;
  let closed = false;
  let version = '';
  let serial = '';
  let { generation, newestTsMs } = past;
  let clockGeneration = clock.generation();
  let baseline = baselineOf(generation);

  function baselineOf(routerGeneration: number): bigint {
    return (config.epoch + BigInt(routerGeneration) * BigInt(GENERATIONS_MAX)) % U64;
  }

  function startNextGeneration(): void {
    generation++;
    baseline = baselineOf(generation);
  }

  /** The time of a poll: whole, and later than the one before unless the system's clock was set back. */
  function nextTsMs(): number {
    let nowMs: number;
    let current: number;
    do {
      current = clock.generation();
      nowMs = Math.floor(clock.nowMs());
    } while (current !== clock.generation());
    if (current !== clockGeneration) {
      clockGeneration = current;
      newestTsMs = 0;
      startNextGeneration();
    }
    newestTsMs = Math.max(nowMs, newestTsMs + 1);
    return newestTsMs;
  }

  async function openSession(): Promise<Session> {
    const client = await deps.dial(target, config.deadlines);
    session = { client, absent: new Set() };
    // The router may have rebooted, been upgraded or replaced meanwhile: uptime and serial number decide whether counters
    // still compare.
    lastRunMs.delete('resource');
    lastRunMs.delete('boards');
    if (closed) client.close();
    return session;
  }

  function isDue(collector: Collector, nowMs: number): boolean {
    const last = lastRunMs.get(collector.name);
    return last === undefined || nowMs - last >= config.collectors[collector.name].intervalMs - config.intervalMs / 2;
  }

  /** The collectors to run now. A visit that asks nothing would tell nothing, so the most overdue one is always run. */
  function dueCollectors(nowMs: number): readonly Collector[] {
    const enabled = COLLECTORS.filter((collector) => config.collectors[collector.name].enabled);
    const due = enabled.filter((collector) => isDue(collector, nowMs));
    if (due.length > 0) return due;
    const age = (collector: Collector): number => lastRunMs.get(collector.name) ?? 0;
    const harmless = enabled.filter(({ menus }) => menus.every(({ deadlineMs }) => deadlineMs === undefined));
    return (harmless.length > 0 ? harmless : enabled).toSorted((one, other) => age(one) - age(other)).slice(0, 1);
  }

  /** Runs one collector; rejects with SessionError. Returns what kept it from answering. */
  async function collect(collector: Collector, current: Session, run: Run): Promise<CollectorFailure | undefined> {
    let failure: CollectorFailure | undefined;
    const replies = new Map<string, readonly ReplyRow[]>();
    const understand = (what: string, read: () => void): void => {
      try {
        read();
      } catch (error) {
        deps.onBug(error);
        failure ??= { permission: false, reason: `BUG: ${what} was not understood` };
      }
    };
    for (const menu of collector.menus) {
      if (current.absent.has(menu.path)) continue;
      const words = typeof menu.words === 'function' ? menu.words(replies) : menu.words;
      if (words === undefined) continue;
      const sentAtMs = clock.monotonicMs();
      const reply = await current.client.command(words, menu.deadlineMs);
      const trap = reply.traps[0];
      if (trap !== undefined && collector.optional && reply.traps.some(({ kind }) => kind === 'absent')) {
        current.absent.add(menu.path);
        continue;
      }
      if (trap !== undefined) failure ??= { permission: trap.kind === 'permission', reason: `${menu.path}: ${trap.message}` };
      const rows = menu.counts === true ? countRow(reply) : reply.rows;
      replies.set(menu.path, rows);
      understand(menu.path, () => menu.parse?.(rows, run.gathering, context));
      if (collector.name === 'resource') noteResource(run, current, sentAtMs);
      if (collector.name === 'boards') noteBoard(run);
      if (collector.name === 'interface') interfaces.endPrint();
    }
    if (replies.size > 0) understand(collector.name, () => collector.join?.(replies, run.gathering, context));
    return failure;
  }

  function noteResource(run: Run, current: Session, sentAtMs: number): void {
    const device = run.gathering.rows.devices[0];
    if (device === undefined) return;
    if (device.version !== version) current.absent.clear();
    version = device.version;
    if (typeof device.uptimeMs !== 'number' || !bootWatch.rebooted(device.uptimeMs, sentAtMs, clock.monotonicMs())) return;
    startNextGeneration();
    run.baseline = baseline;
  }

  /** Another serial number is another router under the same name: nothing that it counts compares. */
  function noteBoard(run: Run): void {
    const found = run.gathering.rows.boards[0]?.serial ?? '';
    if (found === '') return;
    const replaced = serial !== '' && serial !== found;
    serial = found;
    if (!replaced) return;
    startNextGeneration();
    run.baseline = baseline;
  }

  async function poll(run: Run): Promise<Result> {
    let answered = 0;
    let asked: CollectorName | undefined;
    const failures: CollectorFailure[] = [];
    for (;;) {
      const reused = session?.client.ended === undefined ? session : undefined;
      try {
        const current = reused ?? (await openSession());
        for (const collector of dueCollectors(run.startedMs)) {
          asked = collector.name;
          const failure = await collect(collector, current, run);
          lastRunMs.set(collector.name, run.startedMs);
          if (failure === undefined) {
            answered++;
            run.answered |= collectorBit(collector.name);
          } else failures.push(failure);
        }
        return { outcome: outcomeOfAnswers(answered, failures), error: failures[0]?.reason ?? '' };
      } catch (error) {
        if (!(error instanceof SessionError)) throw error;
        session = undefined;
        // A router that answers everything but one slow command must not lose its session to it at every visit.
        if (error.fault === 'timeout' && answered > 0 && asked !== undefined) lastRunMs.set(asked, run.startedMs);
        // An idle session may be long dead without either side knowing: that is no failed visit. Once only.
        const nothingYet = answered + failures.length === 0 && run.gathering.identities.size === 0;
        if (reused !== undefined && error.fault === 'closed' && nothingYet && !closed) continue;
        return { outcome: outcomeOfFault(error.fault, answered), error: error.reason };
      }
    }
  }

  function record(
    tsMs: number,
    result: Result,
    durationMs: number,
    run: Pick<Run, 'gathering' | 'baseline' | 'answered'>,
  ): Visit {
    const { gathering } = run;
    return {
      poll: {
        site: target.site,
        router: target.name,
        tsMs,
        outcome: result.outcome,
        error: result.error.slice(0, ERROR_LENGTH_MAX).toWellFormed(),
        durationUs: Math.min(U32_MAX, Math.max(0, Math.round(durationMs * 1000))),
        baseline: run.baseline,
        intervalMs: config.intervalMs,
        collapsedRows: gathering.collapsedRows,
        parseErrors: gathering.parseErrors,
        address,
        answeredCollectors: run.answered,
      },
      rows: gathering.rows,
    };
  }

  return {
    target,
    async visit() {
      if (interfaces.exhausted) {
        interfaces.reset();
        startNextGeneration();
      }
      const tsMs = nextTsMs();
      const run: Run = { startedMs: clock.monotonicMs(), gathering: createGathering(), baseline, answered: 0n };
      const result = await poll(run);
      return record(tsMs, result, clock.monotonicMs() - run.startedMs, run);
    },
    overrun: (reason) =>
      record(nextTsMs(), { outcome: PollOutcome.OVERRUN, error: reason }, 0, {
        gathering: createGathering(),
        baseline,
        answered: 0n,
      }),
    get sessionOpen() {
      return session !== undefined && session.client.ended === undefined;
    },
    get past() {
      return { generation, newestTsMs };
    },
    close() {
      closed = true;
      session?.client.close();
    },
  };
}

/** The number that the router counted as a row; no row when it did not say one. */
function countRow({ ret }: Reply): readonly ReplyRow[] {
  return ret === undefined ? [] : [new Map([['ret', ret]])];
}
