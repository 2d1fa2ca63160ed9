/** Runs Poplar, lets the schedule happen to it, waits until everything sealed has an end, and compares what is stored with the truth. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { prepareFleet, type StackFolder, stackFolder } from '../stack/configs.ts';
import { takenPorts } from '../stack/ports.ts';
import { AGENT_GRACE_MS, agentProgram, hubProgram, SIM_GRACE_MS, simProgram } from '../stack/programs.ts';
import { readStorage, type StackResult } from '../stack/result.ts';
import { StackError } from '../stack/run.ts';
import { shuffled } from '../traffic/random.ts';
import type { Range } from '../verify/stored.ts';
import { isRight, verifyStored } from '../verify/verify.ts';
import type { FaultFlags } from './flags.ts';
import { FAULT_KINDS, type FaultKind } from './kinds.ts';
import { checkFates, readFates } from './ledger.ts';
import { startLinkProxy } from './link-proxy.ts';
import { createMember, type MemberDeps } from './member.ts';
import { createMeter } from './meter.ts';
import { enginePid, lossOf, perform, restore, type Stage, stopAll } from './perform.ts';
import { redeliver } from './redelivery.ts';
import { type PlannedFault, planSchedule } from './schedule.ts';
import { AGENT, writeSetup } from './setup.ts';
import { createSpoolCopy, nameOf } from './spool-copy.ts';
import { startStoreProxy } from './store-proxy.ts';
import { holdsWithin, pause } from './waiting.ts';

export interface FaultRunResult extends StackResult {
  /** Faults that happened, by kind. */
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  /** Rows and batches that should be stored and are not, without a reason that the run gave. */
  readonly unexplained_missing: number;
  /** Polls that were lost where they may be: not sealed when the agent was killed, or in a batch that was damaged on its disk. */
  readonly gaps: number;
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

export interface FaultRunDeps {
  readonly stop: AbortSignal;
  readonly nowMs: () => number;
  /** Text for people. */
  readonly out: NodeJS.WriteStream;
}

const WATCH_MS = 500;
/** Until everything sealed has an end: a backlog of the whole run behind the slowest backoff. */
const DRAIN_MS = 120_000;
const RESEND_MS = 120_000;

/** Resolves with the result, or undefined when it was stopped. Throws StackError or ChildFailure when the stack cannot run. */
export async function runFaults(flags: FaultFlags, deps: FaultRunDeps): Promise<FaultRunResult | undefined> {
  const { stop, out } = deps;
  const { stack } = flags;
  const taken = await takenPorts([
    { port: stack.httpPort, flag: '--http-port' },
    { port: stack.grpcPort, flag: '--grpc-port' },
    { port: stack.clickhousePort, flag: '--clickhouse-port' },
  ]);
  if (taken.length > 0) throw new StackError(taken.join('\n'));
  const root = stack.data === undefined ? await mkdtemp(join(tmpdir(), 'poplar-faults-')) : resolve(stack.data);
  try {
    return await runIn(stackFolder(root), flags, deps);
  } catch (error) {
    if (stop.aborted) return undefined;
    throw error;
  } finally {
    if (stop.aborted) out.write('Stopped\n');
    if (stack.data === undefined) await rm(root, { recursive: true, force: true });
  }
}

async function runIn(folder: StackFolder, flags: FaultFlags, { stop, nowMs, out }: FaultRunDeps): Promise<FaultRunResult> {
  const { stack, forMs } = flags;
  const lanes = planSchedule({ seed: stack.seed, forMs, kinds: flags.kinds });
  for (const fault of lanes.flat().toSorted((a, b) => a.atMs - b.atMs)) out.write(`  planned ${describe(fault)}\n`);

  await using link = await startLinkProxy(stack.grpcPort);
  await using store = await startStoreProxy(stack.clickhousePort);
  const fleet = await prepareFleet(folder, stack, nowMs());
  const setup = writeSetup(folder, fleet, stack, { link: link.port, store: store.port });
  const spool = createSpoolCopy(setup.spoolFolder);
  const meter = createMeter();
  const ending = new AbortController();
  const signal = AbortSignal.any([stop, ending.signal]);
  const memberDeps: MemberDeps = { signal, onEnding: () => note() };
  const host = createMember(hubProgram(folder, setup.hostConfig, 'host'), memberDeps);
  const hub = createMember(hubProgram(folder, folder.hubConfig), memberDeps);
  const sim = createMember(simProgram(folder), memberDeps);
  const agent = createMember(agentProgram(folder), memberDeps);
  const note = (): void => {
    for (const { name, pid } of [agent, hub, host, sim]) meter.note(name, pid);
    meter.note('engine', enginePid(host));
  };
  const targets = () =>
    [stack.grpcPort, Number(host.details['grpcPort'])].map((port) => ({ port, agent: AGENT, token: setup.agentToken }));
  const stage: Stage = { agent, hub, host, link, store, spool, targets, nowMs, signal };

  const tally = new Map<FaultKind, number>();
  const losses: Range[] = [];
  const damaged = new Set<string>();
  let redelivered = 0;

  /** The faults of one lane, each at its time, or as soon as the one before it is over. */
  async function runLane(lane: readonly PlannedFault[], startMs: number): Promise<void> {
    for (const fault of lane) {
      await pause(Math.max(0, startMs + fault.atMs - nowMs()), signal);
      signal.throwIfAborted();
      out.write(`  ${((nowMs() - startMs) / 1000).toFixed(1)} s: ${fault.kind}\n`);
      const outcome = await perform(fault, stage);
      signal.throwIfAborted();
      if (outcome.loss !== undefined) losses.push(outcome.loss);
      if (outcome.damaged !== undefined) {
        damaged.add(nameOf(outcome.damaged));
        losses.push(lossOf(outcome.damaged));
      }
      redelivered += outcome.redelivered ?? 0;
      tally.set(fault.kind, (tally.get(fault.kind) ?? 0) + 1);
    }
  }

  async function watch(watching: AbortSignal): Promise<void> {
    while (!watching.aborted) {
      spool.update();
      note();
      await pause(WATCH_MS, watching);
    }
  }

  const watching = new AbortController();
  let watched: Promise<void> | undefined;
  try {
    const fromMs = nowMs();
    await Promise.all([host.start(), sim.start()]);
    await hub.start();
    await agent.start();
    const startMs = nowMs();
    watched = watch(AbortSignal.any([signal, watching.signal]));
    out.write(`Poplar is running: ${stack.routers} routers, faults for ${forMs / 1000} s. Data and logs: ${folder.root}\n`);
    await Promise.all([...lanes.map((lane) => runLane(lane, startMs)), pause(forMs, signal)]);
    signal.throwIfAborted();

    out.write('Time is up: everything runs again, waiting until everything sealed is stored …\n');
    await restore(stage);
    await using clickhouse = clientOf(folder, stack.clickhousePort);
    const drained = await drain(stage, clickhouse);
    const polledMs = nowMs() - startMs;
    await agent.stop(AGENT_GRACE_MS);
    await sim.stop(SIM_GRACE_MS);
    watching.abort();
    await watched;
    spool.update();

    // A batch that comes again is on record with the time when it came last.
    const storage = await readStorage(clickhouse, fromMs);
    out.write('Sending batches once more through the second hub, then comparing every stored row with the truth …\n');
    const again = shuffled(spool.messages(), stack.seed);
    const target = targets()[1];
    if (target === undefined) throw new Error('BUG: no second hub');
    const late = await redeliver(target, again, AbortSignal.any([signal, AbortSignal.timeout(RESEND_MS)]));
    note();

    const allowedLoss = losses;
    const report = await verifyStored({ client: clickhouse, fleet, journalFile: folder.journalFile, fromMs, allowedLoss });
    const ledger = checkFates(await readFates(clickhouse, AGENT), spool.sealed, damaged);
    const failures = [agent, hub, host, sim].flatMap((member) => member.failures);
    const planned = new Set(lanes.flat().map(({ kind }) => kind));
    const off = [
      ...ledger.faults,
      ...failures,
      ...(drained ? [] : [`after ${DRAIN_MS} ms not everything sealed was stored`]),
      ...(late.taken === again.length ? [] : [`of ${again.length} batches that came again the second hub took ${late.taken}`]),
      ...[...planned].filter((kind) => !tally.has(kind)).map((kind) => `${kind} was planned and did not happen`),
    ];
    for (const line of off) out.write(`${line}\n`);
    for (const example of [...report.examples, ...report.outcome_examples]) out.write(`${JSON.stringify(example)}\n`);
    const seconds = polledMs / 1000;
    return {
      routers: stack.routers,
      sites: stack.sites,
      interval_ms: stack.intervalMs,
      for_s: Math.round(seconds),
      rows_stored: report.rows_stored,
      rows_expected: report.rows_expected,
      missing: report.missing,
      duplicates: report.duplicates,
      wrong: report.wrong,
      wrong_outcomes: report.wrong_outcomes,
      missed_polls: report.missed_polls,
      recoveries: report.recoveries,
      slow_recoveries: report.slow_recoveries,
      fault_polls: report.fault_polls,
      ...storage,
      agent_rss_mb: meter.peakRssMb('agent'),
      hub_rss_mb: meter.peakRssMb('hub'),
      engine_rss_mb: meter.peakRssMb('engine'),
      sim_rss_mb: meter.peakRssMb('sim'),
      agent_cpu_pct: meter.cpuPercent('agent', seconds),
      hub_cpu_pct: meter.cpuPercent('hub', seconds),
      engine_cpu_pct: meter.cpuPercent('engine', seconds),
      sim_cpu_pct: meter.cpuPercent('sim', seconds),
      faults: Object.fromEntries(FAULT_KINDS.flatMap((kind) => (tally.has(kind) ? [[kind, tally.get(kind)]] : []))),
      unexplained_missing: report.missing + ledger.faults.length,
      gaps: report.excused_polls,
      batches_stored: ledger.stored,
      batches_skipped: ledger.skipped,
      batches_damaged: damaged.size,
      batches_redelivered: redelivered + late.taken,
      acks_lost: store.cuts,
      unexpected_ends: failures.length,
      right: isRight(report) && report.rows_stored > 0 && off.length === 0,
    };
  } finally {
    watching.abort();
    ending.abort(new Error('the run is over'));
    await watched?.catch(() => {});
    await agent.stop(AGENT_GRACE_MS);
    await sim.stop(SIM_GRACE_MS);
    await stopAll(stage);
  }
}

/** True when every batch that the agent had sealed by now has an end in time. */
async function drain({ spool, signal }: Stage, clickhouse: ClickHouseClient): Promise<boolean> {
  spool.update();
  const waiting = new Set(spool.sealed.keys());
  return await holdsWithin(
    async () => {
      for (const fate of await readFates(clickhouse, AGENT).catch(() => [])) waiting.delete(nameOf(fate));
      return waiting.size === 0;
    },
    DRAIN_MS,
    signal,
  );
}

function clientOf(folder: StackFolder, port: number): ClickHouseClient {
  return createClient({
    url: `http://127.0.0.1:${port}`,
    username: 'default',
    password: readFileSync(folder.clickhousePasswordFile, 'utf8').trim(),
    database: 'poplar',
    log: { level: ClickHouseLogLevel.OFF },
  });
}

function describe({ kind, atMs, forMs }: PlannedFault): string {
  return `${(atMs / 1000).toFixed(1).padStart(7)} s: ${kind} for ${(forMs / 1000).toFixed(1)} s`;
}
