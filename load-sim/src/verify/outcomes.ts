/**
 * Holds the ends of stored polls against the faults of their routers. Pure: fed with the polls of a range, router by router.
 *
 * A poll that lies within a fault must end as that fault has it end, one that lies between faults must be ok, and one that
 * touches the beginning or the end of a fault may end either way. Every router is polled once per interval, a router that did
 * not answer once within two of them, so that one that comes back is seen by then. Where the simulator was held up, and with it
 * perhaps the whole machine, polls may end in any way and time does not count.
 */
import { faultSpec, type Outcome } from '../faults/kinds.ts';
import { stretchesOf } from '../faults/plan.ts';
import { type Fault, outcomesOf } from '../faults/source.ts';
import type { RouterModel, World } from '../traffic/world.ts';
import type { HoldUps } from './hold-ups.ts';
import type { AgentRun, LoggedPoll } from './poll-log.ts';

export interface OutcomeReport {
  /** Polls that did not end as the state of their router has them end. Null, as the others: the fleet has no scenario. */
  readonly wrong_outcomes: number | null;
  /** Intervals without a poll, and polls of healthy routers that were overrun by the one before. */
  readonly missed_polls: number | null;
  /** Faults after whose end no poll was ok within two intervals. */
  readonly slow_recoveries: number | null;
  /** Faults after whose end it was looked whether one was. */
  readonly recoveries: number | null;
  /** Polls that showed their fault, by its kind. */
  readonly fault_polls: Readonly<Record<string, number>> | null;
  /** Time in which the simulator did not run, ms: nothing that is late for it is counted above. */
  readonly held_up_ms: number | null;
  /** Part of the other time in which polls were judged, percent: not within a second of a hold-up. */
  readonly judged_pct: number | null;
  /** The first few of each. */
  readonly outcome_examples: readonly OutcomeExample[];
}

export interface OutcomeExample {
  readonly kind: 'wrong outcome' | 'missed poll' | 'slow recovery';
  readonly site: string;
  readonly router: string;
  readonly at_ms: number;
  readonly detail: string;
}

export const UNCHECKED_OUTCOMES: OutcomeReport = {
  wrong_outcomes: null,
  missed_polls: null,
  slow_recoveries: null,
  recoveries: null,
  fault_polls: null,
  held_up_ms: null,
  judged_pct: null,
  outcome_examples: [],
};

export interface OutcomeCheck {
  /** Takes a poll: those of one router together, in the order of time. */
  poll(poll: LoggedPoll): void;
  /** After everything. */
  finish(): OutcomeReport;
}

/** A router needs this long to begin or to end a fault, and clocks differ by a part of it. */
const EDGE_MS = 1_000;
/** Lateness of a poll that is forgiven, in intervals. */
const LATE = 0.75;
/** A router that does not answer is polled within this many intervals. */
const RETRY = 2;
const EXAMPLES_PER_KIND_MAX = 10;
const ANSWERED: ReadonlySet<string> = new Set<Outcome>(['ok', 'partial']);

export function createOutcomeCheck(world: World, runs: readonly AgentRun[], holdUps: HoldUps): OutcomeCheck {
  const models = new Map(world.routers.map((model) => [`${model.plan.site}\n${model.plan.router}`, model]));
  const unpolled = new Set(models.keys());
  const counts = { wrong: 0, missed: 0, slow: 0, recoveries: 0 };
  const shown = new Map<string, number>();
  const examples: OutcomeExample[] = [];
  let polls: LoggedPoll[] = [];

  function example(kind: OutcomeExample['kind'], { plan }: RouterModel, at_ms: number, detail: string): void {
    if (examples.filter((one) => one.kind === kind).length >= EXAMPLES_PER_KIND_MAX) return;
    examples.push({ kind, site: plan.site, router: plan.router, at_ms, detail });
  }

  function missed(model: RouterModel, count: number, atMs: number, detail: string): void {
    counts.missed += count;
    example('missed poll', model, atMs, detail);
  }

  const isHeldUp = ({ tsMs, durationMs }: LoggedPoll): boolean => holdUps.touch({ fromMs: tsMs, toMs: tsMs + durationMs });

  function checkOutcome(model: RouterModel, poll: LoggedPoll, before: LoggedPoll | undefined): void {
    const { fault, edge, right } = rightOutcomes(model, poll);
    const overruns = before !== undefined && poll.tsMs < before.tsMs + before.durationMs + EDGE_MS;
    if (right.has(poll.outcome)) {
      if (fault !== undefined && !edge) shown.set(fault.kind, (shown.get(fault.kind) ?? 0) + 1);
      return;
    }
    if (isHeldUp(poll) || (poll.outcome === 'overrun' && before !== undefined && isHeldUp(before))) return;
    if (poll.outcome === 'overrun') {
      if (overruns && (edge || (fault !== undefined && faultSpec(fault.kind).slow))) return;
      if (fault === undefined) missed(model, 1, poll.tsMs, 'was still being polled when it was due again');
    }
    counts.wrong++;
    const state = fault === undefined ? 'the router is healthy' : describe(fault);
    const said = poll.error === '' ? '' : ` (${poll.error})`;
    example('wrong outcome', model, poll.tsMs, `${poll.outcome}${said} instead of ${[...right].join(' or ')}: ${state}`);
  }

  /** Polls between two times that are too far apart; `answered`: the router had answered before. */
  function checkGap(model: RouterModel, fromMs: number, toMs: number, intervalMs: number, answered: boolean): void {
    const intervals = holdUps.runningMs({ fromMs, toMs }) / intervalMs;
    if (intervals <= (answered ? 1 : RETRY) + LATE) return;
    const count = Math.max(1, Math.round(intervals) - 1);
    missed(model, count, fromMs, `no poll for ${toMs - fromMs} ms at an interval of ${intervalMs} ms`);
  }

  function checkRun(model: RouterModel, run: AgentRun, ofRun: readonly LoggedPoll[]): void {
    const [first] = ofRun;
    const last = ofRun.at(-1);
    if (first === undefined || last === undefined) return;
    checkGap(model, run.fromMs, first.tsMs, first.intervalMs, true);
    for (const [position, poll] of ofRun.entries()) {
      const before = ofRun[position - 1];
      checkOutcome(model, poll, before);
      if (before !== undefined) checkGap(model, before.tsMs, poll.tsMs, poll.intervalMs, ANSWERED.has(before.outcome));
    }
    checkGap(model, last.tsMs, run.toMs, last.intervalMs, ANSWERED.has(last.outcome));
    checkRecoveries(model, run, ofRun, first.intervalMs);
  }

  function checkRecoveries(model: RouterModel, run: AgentRun, ofRun: readonly LoggedPoll[], intervalMs: number): void {
    if (model.plan.refusesLogin) return;
    const graceMs = RETRY * intervalMs + EDGE_MS;
    const stretches = [...stretchesOf(model.faults, run.fromMs, run.toMs)];
    for (const [position, { fault }] of stretches.entries()) {
      const after = stretches[position + 1];
      if (fault === undefined || after === undefined || outcomesOf(fault, model.plan.transport).includes('ok')) continue;
      const sinceMs = (toMs: number): number => holdUps.runningMs({ fromMs: fault.toMs, toMs });
      if (after.fault !== undefined || sinceMs(after.toMs) < graceMs || sinceMs(run.toMs) < graceMs) continue;
      counts.recoveries++;
      const healed = ofRun.some(
        ({ tsMs, durationMs, outcome }) => outcome === 'ok' && tsMs + durationMs >= fault.toMs && sinceMs(tsMs) <= graceMs,
      );
      if (healed) continue;
      counts.slow++;
      example('slow recovery', model, fault.toMs, `no poll is ok within ${RETRY} intervals after ${describe(fault)}`);
    }
  }

  function settle(): void {
    const [first] = polls;
    if (first === undefined) return;
    const name = `${first.site}\n${first.router}`;
    const model = models.get(name);
    unpolled.delete(name);
    const ofRouter = polls;
    polls = [];
    // Rows of strangers are faults of their own.
    if (model === undefined) return;
    for (const run of runs) {
      checkRun(
        model,
        run,
        ofRouter.filter(({ agent, epoch }) => agent === run.agent && epoch === run.epoch),
      );
    }
  }

  return {
    poll(poll) {
      const [first] = polls;
      if (first !== undefined && (first.router !== poll.router || first.site !== poll.site)) settle();
      polls.push(poll);
    },
    finish() {
      settle();
      const { heldUpMs, judgedPct } = judged(runs, holdUps);
      for (const name of unpolled) {
        const model = models.get(name);
        if (model !== undefined && runs.length > 0) missed(model, 1, world.fleet.startMs, 'was never polled');
      }
      return {
        wrong_outcomes: counts.wrong,
        missed_polls: counts.missed,
        slow_recoveries: counts.slow,
        recoveries: counts.recoveries,
        fault_polls: Object.fromEntries([...shown].toSorted(([a], [b]) => a.localeCompare(b))),
        held_up_ms: heldUpMs,
        judged_pct: judgedPct,
        outcome_examples: examples,
      };
    },
  };
}

/** How much of the agents' time the simulator was held up, and the part of the rest that lies apart from that, percent. */
function judged(runs: readonly AgentRun[], holdUps: HoldUps): { readonly heldUpMs: number; readonly judgedPct: number } {
  const fromMs = Math.min(...runs.map((run) => run.fromMs));
  const toMs = Math.max(...runs.map((run) => run.toMs));
  if (!holdUps.touch({ fromMs, toMs })) return { heldUpMs: 0, judgedPct: runs.length > 0 ? 100 : 0 };
  const heldUpMs = holdUps.heldUpMs({ fromMs, toMs });
  const ranMs = Math.max(1, toMs - fromMs - heldUpMs);
  return { heldUpMs, judgedPct: Math.floor((100 * holdUps.runningMs({ fromMs, toMs })) / ranMs) };
}

interface Judgement {
  /** The fault that the poll lies in, or one that it touches. */
  readonly fault: Fault | undefined;
  /** True: it touches the beginning or the end of a fault. */
  readonly edge: boolean;
  readonly right: ReadonlySet<string>;
}

function rightOutcomes({ faults, plan }: RouterModel, { tsMs, durationMs }: LoggedPoll): Judgement {
  const healthy: Outcome = plan.refusesLogin ? 'auth' : 'ok';
  const stretches = [...stretchesOf(faults, tsMs - EDGE_MS, tsMs + durationMs + EDGE_MS)];
  const fault = stretches.find((one) => one.fault !== undefined)?.fault;
  const right = new Set<Outcome>();
  for (const stretch of stretches) {
    const outcomes = stretch.fault === undefined ? [healthy] : outcomesOf(stretch.fault, plan.transport);
    for (const outcome of outcomes) right.add(plan.refusesLogin && outcome === 'ok' ? 'auth' : outcome);
  }
  const edge = stretches.length > 1;
  if (edge) {
    // A session that is cut in the midst of a visit, or of its login.
    for (const outcome of ['partial', 'closed', 'max_sessions'] as const) right.add(outcome);
    if (plan.transport !== 'plain') right.add('tls');
  }
  return { fault, edge, right };
}

function describe({ kind, fromMs, toMs }: Fault): string {
  const end = toMs === Number.POSITIVE_INFINITY ? 'the end' : new Date(toMs).toISOString();
  return `${kind} from ${new Date(fromMs).toISOString()} to ${end}`;
}
