/** Starts the whole stack in the order of the data's flow backwards, and stops it in the order of the flow. */

import { readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createClient } from '@clickhouse/client';
import type { Fleet } from '../fleet.ts';
import { verifyStored } from '../verify/verify.ts';
import { type Child, ChildFailure, type ChildSpec, startChild } from './child.ts';
import { prepareFleet, type StackFolder, stackFolder, writeConfigs } from './configs.ts';
import type { StackFlags } from './flags.ts';
import { type MemoryWatch, watchMemory } from './memory.ts';
import { takenPorts } from './ports.ts';
import { AGENT_GRACE_MS, agentProgram, HUB_GRACE_MS, hubProgram, SIM_GRACE_MS, simProgram } from './programs.ts';
import { showProgress } from './progress.ts';
import { readStorage, type TimedResult } from './result.ts';
import { type CpuMeter, peakRssMb, rssMb, startCpuMeter } from './usage.ts';

const REPO = resolve(import.meta.dirname, '../../..');
const WARM_UP_MAX_MS = 30_000;

/** The stack cannot start; the message says what to do. */
export class StackError extends Error {
  override readonly name = 'StackError';
}

export interface StackDeps {
  readonly stop: AbortSignal;
  readonly nowMs: () => number;
  /** Text for people. */
  readonly out: NodeJS.WriteStream;
  /** Changes how the hub is started: to limit it, for example. */
  readonly hubSpec?: (spec: ChildSpec) => ChildSpec;
}

/**
 * Runs until stopped, or for `flags.forS` seconds and then compares what is stored with the truth. Resolves with the result of a
 * timed run, undefined otherwise. Throws StackError, or ChildFailure when a part ends by itself.
 */
export async function runStack(flags: StackFlags, deps: StackDeps): Promise<TimedResult | undefined> {
  const { stop, nowMs, out, hubSpec = (spec) => spec } = deps;
  const faults = await takenPorts([
    { port: flags.httpPort, flag: '--http-port' },
    { port: flags.grpcPort, flag: '--grpc-port' },
    { port: flags.clickhousePort, flag: '--clickhouse-port' },
  ]);
  if (faults.length > 0) throw new StackError(faults.join('\n'));

  const temporary = flags.data === undefined && flags.forS !== undefined;
  const root = temporary ? await mkdtemp(join(tmpdir(), 'poplar-')) : resolve(flags.data ?? join(REPO, 'data/trial'));
  const folder = stackFolder(root);
  const fleet = await prepareFleet(folder, flags, nowMs());
  writeConfigs(folder, fleet, flags);

  const children = new Map<string, Child>();
  const start = async (spec: ChildSpec): Promise<Readonly<Record<string, unknown>>> => {
    stop.throwIfAborted();
    const child = startChild(spec);
    children.set(spec.name, child);
    return await child.ready;
  };

  try {
    const fromMs = nowMs();
    const logged = logsOf(folder);
    const [hub] = await Promise.all([start(hubSpec(hubProgram(folder, folder.hubConfig))), start(simProgram(folder))]);
    await start(agentProgram(folder, flags.routers));

    const url = `http://127.0.0.1:${flags.httpPort}/`;
    out.write(`Poplar is running: open ${url}\n`);
    out.write(
      `${flags.routers} simulated routers in ${flags.sites} sites, a poll every ${flags.intervalMs / 1000} s. Data and logs: ${root}. Ctrl-C stops.\n`,
    );
    const pids = pidsOf(children, hub);
    const progress = showProgress(out, url, nowMs(), nowMs);
    const pollingSinceMs = nowMs();
    const meters = await untilDone(flags, { stop, nowMs }, children, pids, folder).finally(() => progress.stop());
    if (flags.forS === undefined || stop.aborted || meters === undefined) return undefined;

    const logs = logsOf(folder);
    const usage = {
      ...usageOf(pids, meters),
      agent_log_bytes: logs.agent - logged.agent,
      hub_log_bytes: logs.hub - logged.hub,
    };
    const forS = Math.round((nowMs() - pollingSinceMs) / 1000);
    out.write('Time is up: draining, then comparing every stored row with the truth …\n');
    await stopChild(children, 'agent', AGENT_GRACE_MS);
    await stopChild(children, 'sim', SIM_GRACE_MS);
    return { ...(await compare(flags, folder, fleet, fromMs, out)), for_s: forS, ...usage };
  } catch (error) {
    if (stop.aborted) return undefined;
    throw error;
  } finally {
    if (stop.aborted) out.write('Stopping …\n');
    await stopChild(children, 'agent', AGENT_GRACE_MS);
    await stopChild(children, 'sim', SIM_GRACE_MS);
    await stopChild(children, 'hub', HUB_GRACE_MS);
    if (temporary) await rm(root, { recursive: true, force: true });
  }
}

type Pids = Readonly<Record<'agent' | 'hub' | 'engine' | 'sim', number>>;

function pidsOf(children: ReadonlyMap<string, Child>, hub: Readonly<Record<string, unknown>>): Pids {
  const pid = (name: string): number => children.get(name)?.pid ?? -1;
  return { agent: pid('agent'), hub: pid('hub'), sim: pid('sim'), engine: Number(hub['enginePid'] ?? -1) };
}

interface Meters {
  readonly cpu: CpuMeter;
  readonly memory: MemoryWatch;
}

/** Waits for the end of the time, a stop, or a child that ends by itself (which throws). Returns what measured since the warm-up. */
async function untilDone(
  { forS }: StackFlags,
  { stop, nowMs }: Pick<StackDeps, 'stop' | 'nowMs'>,
  children: ReadonlyMap<string, Child>,
  pids: Pids,
  folder: StackFolder,
): Promise<Meters | undefined> {
  const failed = Promise.race(
    Array.from(children.values(), async (child): Promise<never> => {
      throw new ChildFailure(child.name, await child.ended, folder.logFile(child.name));
    }),
  );
  const pause = (ms: number): Promise<unknown> =>
    Promise.race([delay(ms, undefined, { signal: stop, ref: true }).catch(() => {}), failed]);
  if (forS === undefined) {
    while (!stop.aborted) await pause(3_600_000);
    return undefined;
  }
  const warmUpMs = Math.min(WARM_UP_MAX_MS, (forS * 1000) / 4);
  await pause(warmUpMs);
  const cpu = startCpuMeter(Object.values(pids), nowMs);
  const memory = watchMemory(Object.values(pids));
  await pause(forS * 1000 - warmUpMs).finally(() => memory.stop());
  return { cpu, memory };
}

async function stopChild(children: ReadonlyMap<string, Child>, name: string, graceMs: number): Promise<void> {
  await children.get(name)?.stop(graceMs);
}

function usageOf(pids: Pids, { cpu, memory }: Meters) {
  return {
    agent_rss_mb: peakRssMb(pids.agent),
    hub_rss_mb: peakRssMb(pids.hub),
    engine_rss_mb: peakRssMb(pids.engine),
    sim_rss_mb: peakRssMb(pids.sim),
    agent_rss_end_mb: rssMb(pids.agent),
    hub_rss_end_mb: rssMb(pids.hub),
    engine_rss_end_mb: rssMb(pids.engine),
    agent_rss_quarters_mb: memory.quartersMb(pids.agent),
    hub_rss_quarters_mb: memory.quartersMb(pids.hub),
    engine_rss_quarters_mb: memory.quartersMb(pids.engine),
    agent_cpu_pct: cpu.percent(pids.agent),
    hub_cpu_pct: cpu.percent(pids.hub),
    engine_cpu_pct: cpu.percent(pids.engine),
    sim_cpu_pct: cpu.percent(pids.sim),
  };
}

/** Bytes of the log files; a kept folder has some before the run. */
function logsOf({ logFile }: StackFolder) {
  const bytes = (name: string): number => statSync(logFile(name), { throwIfNoEntry: false })?.size ?? 0;
  return { agent: bytes('agent'), hub: bytes('hub') };
}

async function compare(flags: StackFlags, folder: StackFolder, fleet: Fleet, fromMs: number, out: NodeJS.WriteStream) {
  const password = readFileSync(folder.clickhousePasswordFile, 'utf8').trim();
  await using clickhouse = createClient({
    url: `http://127.0.0.1:${flags.clickhousePort}`,
    username: 'default',
    password,
    database: 'poplar',
  });
  const report = await verifyStored({ client: clickhouse, fleet, journalFile: folder.journalFile, fromMs });
  for (const example of [...report.examples, ...report.outcome_examples]) out.write(`${JSON.stringify(example)}\n`);
  const { rows_stored, rows_expected, missing, duplicates, wrong } = report;
  const { wrong_outcomes, missed_polls, recoveries, slow_recoveries, fault_polls, held_up_ms, judged_pct } = report;
  return {
    routers: flags.routers,
    sites: flags.sites,
    interval_ms: flags.intervalMs,
    rows_stored,
    rows_expected,
    missing,
    duplicates,
    wrong,
    wrong_outcomes,
    missed_polls,
    recoveries,
    slow_recoveries,
    fault_polls,
    held_up_ms,
    judged_pct,
    ...(await readStorage(clickhouse, fromMs)),
  };
}
