/** Poplar whole on one machine, with proxies between its parts: what every run with faults stands on. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import type { Fleet } from '../fleet.ts';
import { prepareFleet, type StackFolder, stackFolder } from '../stack/configs.ts';
import type { StackFlags } from '../stack/flags.ts';
import { takenPorts } from '../stack/ports.ts';
import { AGENT_GRACE_MS, agentProgram, hubProgram, SIM_GRACE_MS, simProgram } from '../stack/programs.ts';
import type { readStorage, StackResult } from '../stack/result.ts';
import { StackError } from '../stack/run.ts';
import type { VerifyResult } from '../verify/verify.ts';
import type { FaultKind } from './kinds.ts';
import { readFates } from './ledger.ts';
import { startLinkProxy } from './link-proxy.ts';
import { createMember, type Member, type MemberDeps } from './member.ts';
import { createMeter, type Meter } from './meter.ts';
import { enginePid, stopAll } from './perform.ts';
import { AGENT, writeSetup } from './setup.ts';
import { createSpoolCopy, nameOf } from './spool-copy.ts';
import type { Stage } from './stage.ts';
import { startStoreProxy } from './store-proxy.ts';
import { createSurroundings } from './surroundings.ts';
import { holdsWithin, pause } from './waiting.ts';

export interface FaultRunDeps {
  readonly stop: AbortSignal;
  readonly nowMs: () => number;
  /** Text for people. */
  readonly out: NodeJS.WriteStream;
}

export interface Ground extends AsyncDisposable {
  readonly folder: StackFolder;
  readonly fleet: Fleet;
  readonly stage: Stage;
  readonly meter: Meter;
  /** Starts every part, and from then on follows what they use and what the agent seals. */
  start(): Promise<void>;
  /** Stops the agent and the routers, in order: from now on nothing new is sealed. */
  stopPolling(): Promise<void>;
  /** Reads what the parts use now. */
  note(): void;
  /** Process endings that nobody had asked for, one line each. */
  failures(): string[];
  /** A client of ClickHouse itself, past the proxy. */
  clickhouse(): ClickHouseClient;
}

const WATCH_MS = 500;
/** Until everything sealed has an end: a backlog of the whole run behind the slowest backoff. */
export const DRAIN_MS = 120_000;

/**
 * Runs in the folder of the flags, or in a temporary one. Resolves with what `run` does, or undefined when it was stopped.
 * Throws StackError when a port is taken, and what `run` throws.
 */
export async function inFolder<Result>(
  stack: StackFlags,
  { stop, out }: FaultRunDeps,
  run: (folder: StackFolder) => Promise<Result>,
): Promise<Result | undefined> {
  const taken = await takenPorts([
    { port: stack.httpPort, flag: '--http-port' },
    { port: stack.grpcPort, flag: '--grpc-port' },
    { port: stack.clickhousePort, flag: '--clickhouse-port' },
  ]);
  if (taken.length > 0) throw new StackError(taken.join('\n'));
  const root = stack.data === undefined ? await mkdtemp(join(tmpdir(), 'poplar-faults-')) : resolve(stack.data);
  try {
    return await run(stackFolder(root));
  } catch (error) {
    if (stop.aborted) return undefined;
    throw error;
  } finally {
    if (stop.aborted) out.write('Stopped\n');
    if (stack.data === undefined) await rm(root, { recursive: true, force: true });
  }
}

/** What will happen to the agent's disk and clock, and until when at the latest, Unix milliseconds. */
export interface Expected {
  readonly kinds: readonly FaultKind[];
  readonly endMs: number;
}

/** Prepares everything and starts the proxies. Dispose stops whatever runs. */
export async function prepareGround(
  folder: StackFolder,
  stack: StackFlags,
  { stop, nowMs }: FaultRunDeps,
  { kinds, endMs }: Expected = { kinds: [], endMs: 0 },
): Promise<Ground> {
  await using resources = new AsyncDisposableStack();
  const link = resources.use(await startLinkProxy(stack.grpcPort));
  const store = resources.use(await startStoreProxy(stack.clickhousePort));
  const fleet = await prepareFleet(folder, stack, nowMs());
  const surroundings = resources.use(await createSurroundings(folder.root, kinds, endMs));
  const setup = writeSetup(folder, fleet, stack, { link: link.port, store: store.port }, surroundings.spoolFolder);
  const spool = createSpoolCopy(surroundings.spoolPath);
  const meter = createMeter();
  const ending = new AbortController();
  const signal = AbortSignal.any([stop, ending.signal]);
  const memberDeps: MemberDeps = { signal, onEnding: () => note() };
  const host = createMember(hubProgram(folder, setup.hostConfig, 'host'), memberDeps);
  const hub = createMember(hubProgram(folder, folder.hubConfig), memberDeps);
  const sim = createMember(simProgram(folder), memberDeps);
  const agent = createMember(surroundings.within(agentProgram(folder)), memberDeps);
  const members: readonly Member[] = [agent, hub, host, sim];
  const note = (): void => {
    for (const { name, pid } of members) meter.note(name, pid);
    meter.note('engine', enginePid(host));
  };
  const targets = () =>
    [stack.grpcPort, Number(host.details['grpcPort'])].map((port) => ({ port, agent: AGENT, token: setup.agentToken }));
  const { metricsUrl } = setup;
  const stage: Stage = { agent, hub, host, link, store, spool, surroundings, metricsUrl, targets, nowMs, signal };

  const watching = new AbortController();
  let watched: Promise<void> | undefined;
  async function watch(over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      spool.update();
      note();
      await pause(WATCH_MS, over);
    }
  }

  resources.defer(async () => {
    watching.abort();
    ending.abort(new Error('the run is over'));
    await watched?.catch(() => {});
    await agent.stop(AGENT_GRACE_MS);
    await sim.stop(SIM_GRACE_MS);
    await stopAll(stage);
  });
  const owned = resources.move();
  return {
    folder,
    fleet,
    stage,
    meter,
    note,
    async start() {
      await Promise.all([host.start(), sim.start()]);
      await hub.start();
      await agent.start();
      watched = watch(AbortSignal.any([signal, watching.signal]));
    },
    async stopPolling() {
      await agent.stop(AGENT_GRACE_MS);
      await sim.stop(SIM_GRACE_MS);
      watching.abort();
      await watched;
      spool.update();
    },
    failures: () => members.flatMap((member) => member.failures),
    clickhouse: () =>
      createClient({
        url: `http://127.0.0.1:${stack.clickhousePort}`,
        username: 'default',
        password: readFileSync(folder.clickhousePasswordFile, 'utf8').trim(),
        database: 'poplar',
        log: { level: ClickHouseLogLevel.OFF },
      }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** True when every batch that the agent had sealed by now has an end in time. */
export async function drain({ spool, signal }: Stage, clickhouse: ClickHouseClient): Promise<boolean> {
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

/** What a run has in common with `npm start`: figures of `seconds` of polling. */
export function stackResult(
  stack: StackFlags,
  meter: Meter,
  seconds: number,
  report: VerifyResult,
  storage: Awaited<ReturnType<typeof readStorage>>,
): StackResult {
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
    held_up_ms: report.held_up_ms,
    judged_pct: report.judged_pct,
    ...storage,
    agent_rss_mb: meter.peakRssMb('agent'),
    hub_rss_mb: meter.peakRssMb('hub'),
    engine_rss_mb: meter.peakRssMb('engine'),
    sim_rss_mb: meter.peakRssMb('sim'),
    agent_cpu_pct: meter.cpuPercent('agent', seconds),
    hub_cpu_pct: meter.cpuPercent('hub', seconds),
    engine_cpu_pct: meter.cpuPercent('engine', seconds),
    sim_cpu_pct: meter.cpuPercent('sim', seconds),
  };
}
