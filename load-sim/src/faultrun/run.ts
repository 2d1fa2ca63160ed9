/** Runs Poplar, lets the schedule happen to it, waits until everything sealed has an end, and compares what is stored with the truth. */
import type { StackFolder } from '../stack/configs.ts';
import { readStorage, type StackResult } from '../stack/result.ts';
import { shuffled } from '../traffic/random.ts';
import { createAgentTime } from '../verify/agent-time.ts';
import type { AllowedLoss } from '../verify/range.ts';
import { isRight, verifyStored } from '../verify/verify.ts';
import type { FaultFlags } from './flags.ts';
import { DRAIN_MS, drain, type FaultRunDeps, inFolder, prepareGround, stackResult } from './ground.ts';
import { FAULT_KINDS, type FaultKind } from './kinds.ts';
import { checkFates, readFates } from './ledger.ts';
import { lossOf, perform, restore } from './perform.ts';
import { redeliver } from './redelivery.ts';
import { type PlannedFault, planSchedule } from './schedule.ts';
import { AGENT } from './setup.ts';
import { nameOf } from './spool-copy.ts';
import { pause } from './waiting.ts';

export interface FaultRunResult extends StackResult {
  /** Faults that happened, by kind. */
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  /** Rows and batches that should be stored and are not, without a reason that the run gave. */
  readonly unexplained_missing: number;
  /** Polls that were lost where they may be: not sealed when the agent was killed, in a batch that was damaged on its disk, given up. */
  readonly gaps: number;
  /** Polls that the agent gave up, and counted, while its disk was full. */
  readonly polls_given_up: number;
  /** Polls that are stored with a wrong time, because the agent's clock was wrong. */
  readonly polls_shifted: number;
  readonly batches_stored: number;
  readonly batches_skipped: number;
  readonly batches_damaged: number;
  /** Batches that a hub took once more. */
  readonly batches_redelivered: number;
  /** Inserts that were done without the hub hearing of it. */
  readonly acks_lost: number;
  /** Processes that ended although nobody had told them to. */
  readonly unexpected_ends: number;
  /** Everything was as it should be. */
  readonly right: boolean;
}

const RESEND_MS = 120_000;
/** Behind the planned end, with the start, late faults and the draining. */
const OVERTIME_MS = 300_000;

/** Resolves with the result, or undefined when it was stopped. Throws StackError or ChildFailure when the stack cannot run. */
export async function runFaults(flags: FaultFlags, deps: FaultRunDeps): Promise<FaultRunResult | undefined> {
  return await inFolder(flags.stack, deps, (folder) => runIn(folder, flags, deps));
}

async function runIn(folder: StackFolder, flags: FaultFlags, deps: FaultRunDeps): Promise<FaultRunResult> {
  const { nowMs, out } = deps;
  const { stack, forMs } = flags;
  const lanes = planSchedule({ seed: stack.seed, forMs, kinds: flags.kinds });
  for (const fault of lanes.flat().toSorted((a, b) => a.atMs - b.atMs)) out.write(`  planned ${describe(fault)}\n`);

  await using ground = await prepareGround(folder, stack, deps, { kinds: flags.kinds, endMs: nowMs() + forMs + OVERTIME_MS });
  const { fleet, stage, meter } = ground;
  const { spool, store, surroundings, targets, signal } = stage;

  const tally = new Map<FaultKind, number>();
  const losses: AllowedLoss[] = [];
  const damaged = new Set<string>();
  let redelivered = 0;
  let givenUp = 0;

  /** The faults of one lane, each at its time, or as soon as the one before it is over. */
  async function runLane(lane: readonly PlannedFault[], startMs: number): Promise<void> {
    for (const fault of lane) {
      await pause(Math.max(0, startMs + fault.atMs - nowMs()), signal);
      signal.throwIfAborted();
      out.write(`  ${((nowMs() - startMs) / 1000).toFixed(1)} s: ${fault.kind}\n`);
      const outcome = await perform(fault, stage);
      signal.throwIfAborted();
      losses.push(...(outcome.losses ?? []));
      if (outcome.damaged !== undefined) {
        damaged.add(nameOf(outcome.damaged));
        losses.push(lossOf(outcome.damaged));
      }
      redelivered += outcome.redelivered ?? 0;
      givenUp += outcome.givenUp ?? 0;
      tally.set(fault.kind, (tally.get(fault.kind) ?? 0) + 1);
    }
  }

  const fromMs = nowMs();
  await ground.start();
  const startMs = nowMs();
  out.write(`Poplar is running: ${stack.routers} routers, faults for ${forMs / 1000} s. Data and logs: ${folder.root}\n`);
  await Promise.all([...lanes.map((lane) => runLane(lane, startMs)), pause(forMs, signal)]);
  signal.throwIfAborted();

  out.write('Time is up: everything runs again, waiting until everything sealed is stored …\n');
  await restore(stage);
  await using clickhouse = ground.clickhouse();
  const drained = await drain(stage, clickhouse);
  const polledMs = nowMs() - startMs;
  await ground.stopPolling();

  // A batch that comes again is on record with the time when it came last.
  const agentTime = createAgentTime(surroundings.clock?.stretches() ?? []);
  const storage = await readStorage(clickhouse, fromMs, { toMs: nowMs(), behindMaxMs: agentTime.behindMaxMs });
  out.write('Sending batches once more through the second hub, then comparing every stored row with the truth …\n');
  const again = shuffled(spool.messages(), stack.seed);
  const target = targets()[1];
  if (target === undefined) throw new Error('BUG: no second hub');
  const late = await redeliver(target, again, AbortSignal.any([signal, AbortSignal.timeout(RESEND_MS)]));
  ground.note();

  const { journalFile } = folder;
  const report = await verifyStored({ client: clickhouse, fleet, journalFile, fromMs, allowedLoss: losses, agentTime });
  const ledger = checkFates(await readFates(clickhouse, AGENT), spool.sealed, damaged);
  const failures = ground.failures();
  const planned = new Set(lanes.flat().map(({ kind }) => kind));
  const off = [
    ...ledger.faults,
    ...failures,
    ...(drained ? [] : [`after ${DRAIN_MS} ms not everything sealed was stored`]),
    ...(late.taken === again.length ? [] : [`of ${again.length} batches that came again the second hub took ${late.taken}`]),
    ...[...planned].filter((kind) => !tally.has(kind)).map((kind) => `${kind} was planned and did not happen`),
    ...(tally.has('clock_step') && report.shifted_polls === 0 ? ['the clock was stepped, and no poll has a wrong time'] : []),
  ];
  for (const line of off) out.write(`${line}\n`);
  for (const example of [...report.examples, ...report.outcome_examples]) out.write(`${JSON.stringify(example)}\n`);
  const seconds = polledMs / 1000;
  return {
    ...stackResult(stack, meter, seconds, report, storage),
    faults: Object.fromEntries(FAULT_KINDS.flatMap((kind) => (tally.has(kind) ? [[kind, tally.get(kind)]] : []))),
    unexplained_missing: report.missing + ledger.faults.length,
    gaps: report.excused_polls,
    polls_given_up: givenUp,
    polls_shifted: report.shifted_polls,
    batches_stored: ledger.stored,
    batches_skipped: ledger.skipped,
    batches_damaged: damaged.size,
    batches_redelivered: redelivered + late.taken,
    acks_lost: store.cuts,
    unexpected_ends: failures.length,
    right: isRight(report) && report.rows_stored > 0 && off.length === 0,
  };
}

function describe({ kind, atMs, forMs }: PlannedFault): string {
  return `${(atMs / 1000).toFixed(1).padStart(7)} s: ${kind} for ${(forMs / 1000).toFixed(1)} s`;
}
