/** One run of synthetic agents: hub → streams → load → drain → comparison. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { type Child, ChildFailure, startChild } from '../stack/child.ts';
import { stackFolder } from '../stack/configs.ts';
import { takenPorts } from '../stack/ports.ts';
import { HUB_GRACE_MS, hubProgram } from '../stack/programs.ts';
import { readStorage } from '../stack/result.ts';
import { cpuSeconds, peakRssMb, startCpuMeter } from '../stack/usage.ts';
import { createSyntheticAgent, type SyntheticAgent } from './agent.ts';
import { runConnection } from './connection.ts';
import type { AgentsFlags, GivenHub } from './flags.ts';
import { accountListener, createLoadAccount, type LoadAccount, runLoad } from './load.ts';
import { type Population, siteName } from './population.ts';
import { type AgentsResult, brokenLimits, LIMITS_TEXT, loadKeys, reportKeys, reportText } from './result.ts';
import { readTokens, writeHubConfig } from './setup.ts';
import { verifyPopulation } from './verification.ts';

/** The run cannot be made; the message says what to do. */
export class AgentsError extends Error {
  override readonly name = 'AgentsError';
}

export interface RunDeps {
  readonly signal: AbortSignal;
  readonly nowMs: () => number;
  /** Text for people. */
  readonly say: (text: string) => void;
}

interface Hub {
  readonly authority: string;
  readonly tokens: readonly string[];
  readonly clickhouse: { readonly url: string; readonly username: string; readonly password: string; readonly database: string };
  /** Undefined when it was not started here. */
  readonly pids: { readonly hub: number; readonly engine: number } | undefined;
  /** Rejects when a hub that was started here ends; never resolves. */
  readonly failed: Promise<never>;
}

const CONNECT_MS_MAX = 60_000;
const WARM_UP_MAX_MS = 30_000;
const DRAIN_MS = 60_000;
const QUERY_TIMEOUT_MS = 300_000;
/** Between the last welcome and the first poll. */
const LEAD_MS = 200;

/** Resolves with the result, undefined when aborted. Rejects with AgentsError, UsageError or ChildFailure. */
export async function runAgents(flags: AgentsFlags, deps: RunDeps): Promise<AgentsResult | undefined> {
  if (flags.hub !== undefined) return await loadHub(flags, givenHub(flags.hub, flags.sites), deps);
  const { own } = flags;
  const faults = await takenPorts([
    { port: own.httpPort, flag: '--http-port' },
    { port: own.grpcPort, flag: '--grpc-port' },
    { port: own.clickhousePort, flag: '--clickhouse-port' },
  ]);
  if (faults.length > 0) throw new AgentsError(faults.join('\n'));
  const root = own.data === undefined ? await mkdtemp(join(tmpdir(), 'poplar-agents-')) : resolve(own.data);
  const folder = stackFolder(root);
  writeHubConfig(folder.hubConfig, flags.sites, own);
  const child = startChild(hubProgram(folder, folder.hubConfig));
  try {
    const ready = await child.ready;
    const hub: Hub = {
      authority: `127.0.0.1:${own.grpcPort}`,
      tokens: readTokens(folder.hubConfig, flags.sites),
      clickhouse: {
        url: `http://127.0.0.1:${own.clickhousePort}`,
        username: 'default',
        password: readFileSync(folder.clickhousePasswordFile, 'utf8').trim(),
        database: 'poplar',
      },
      pids: { hub: child.pid, engine: Number(ready['enginePid'] ?? -1) },
      failed: failureOf(child, folder.logFile('hub')),
    };
    deps.say(`A hub runs: http://127.0.0.1:${own.httpPort}/. Data and logs: ${root}\n`);
    return await loadHub(flags, hub, deps);
  } finally {
    await child.stop(HUB_GRACE_MS);
    if (own.data === undefined) await rm(root, { recursive: true, force: true });
  }
}

function givenHub({ authority, configFile, clickhouse }: GivenHub, sites: number): Hub {
  const { url, user, passwordFile, database } = clickhouse;
  const password = passwordFile === undefined ? '' : readFileSync(passwordFile, 'utf8').trim();
  return {
    authority,
    tokens: readTokens(configFile, sites),
    clickhouse: { url, username: user, password, database },
    pids: undefined,
    failed: new Promise(() => {}),
  };
}

async function failureOf(child: Child, logFile: string): Promise<never> {
  throw new ChildFailure(child.name, await child.ended, logFile);
}

async function loadHub(flags: AgentsFlags, hub: Hub, deps: RunDeps): Promise<AgentsResult | undefined> {
  const { nowMs, say } = deps;
  const account = createLoadAccount();
  const over = new AbortController();
  const signal = AbortSignal.any([deps.signal, over.signal]);
  hub.failed.catch((error: unknown) => over.abort(error));
  let welcomes = 0;
  const agents = hub.tokens.map((token, site) =>
    createSyntheticAgent(
      siteName(site),
      token,
      accountListener(account, nowMs, () => welcomes++),
    ),
  );
  const ended = createRateLimit(nowMs, (text) => say(`A stream ended: ${text}\n`));
  const count = Math.min(flags.connections, agents.length);
  const connections = Array.from({ length: count }, (_, index) =>
    runConnection(
      hub.authority,
      agents.filter((_, site) => site % count === index),
      { signal, ended },
    ),
  );
  try {
    if (!(await allWelcomed(agents, { ...deps, signal }))) {
      if (deps.signal.aborted) return undefined;
      over.signal.throwIfAborted();
      const missing = agents.filter(({ welcomed }) => !welcomed).length;
      throw new AgentsError(`Cannot connect: the hub at ${hub.authority} welcomed all but ${missing} of ${agents.length} agents`);
    }
    const population = populationOf(flags, Math.ceil(nowMs() + LEAD_MS));
    say(
      `${agents.length} agents are connected; ${flags.sites * flags.routersPerSite} routers, a poll every ${flags.intervalMs / 1000} s, for ${flags.forS} s.\n`,
    );
    const usage = await measured(
      flags,
      hub,
      deps,
      account,
      runLoad({ population, agents, forMs: flags.forS * 1000, drainMs: DRAIN_MS, nowMs, signal, account }),
    );
    if (deps.signal.aborted) return undefined;
    over.signal.throwIfAborted();
    return await compare(flags, population, hub, account, usage, deps);
  } catch (error) {
    if (deps.signal.aborted) return undefined;
    throw error;
  } finally {
    over.abort(new Error('the run is over'));
    await Promise.all(connections);
  }
}

function populationOf(
  { seed, sites, routersPerSite, intervalMs, sealMs, fresh, fastOnly }: AgentsFlags,
  startMs: number,
): Population {
  return { seed, startMs, sites, routersPerSite, intervalMs, sealMs, fresh, fastOnly };
}

async function allWelcomed(agents: readonly SyntheticAgent[], { signal, nowMs }: Omit<RunDeps, 'say'>): Promise<boolean> {
  const untilMs = nowMs() + CONNECT_MS_MAX;
  while (!agents.every(({ welcomed }) => welcomed)) {
    if (signal.aborted || nowMs() > untilMs) return false;
    await delay(20, undefined, { signal }).catch(() => {});
  }
  return true;
}

/** CPU of the processes over the time after warm-up until the load ends, and rows that were sealed in it. */
interface Usage {
  readonly hub_rss_mb: number | null;
  readonly engine_rss_mb: number | null;
  readonly sim_rss_mb: number | null;
  readonly hub_cpu_pct: number | null;
  readonly engine_cpu_pct: number | null;
  readonly sim_cpu_pct: number | null;
  readonly hub_cpu_us_per_row: number | null;
  readonly engine_cpu_us_per_row: number | null;
  readonly sim_cpu_us_per_row: number | null;
}

const PROGRESS_MS = 10_000;

async function measured(
  { forS }: AgentsFlags,
  hub: Hub,
  { nowMs, say, signal }: RunDeps,
  account: LoadAccount,
  load: Promise<void>,
): Promise<Usage> {
  const pids = { hub: hub.pids?.hub ?? -1, engine: hub.pids?.engine ?? -1, sim: process.pid };
  const startedMs = nowMs();
  const progress = setInterval(() => {
    const { rowsSealed, batchesSealed, stored, latenessMaxMs } = account;
    const s = Math.round((nowMs() - startedMs) / 1000);
    say(
      `${s} s: ${rowsSealed} rows in ${batchesSealed} batches, ${batchesSealed - stored} not answered, latest ${Math.round(latenessMaxMs)} ms late\n`,
    );
  }, PROGRESS_MS);
  const warmUpMs = Math.min(WARM_UP_MAX_MS, forS * 250);
  await delay(warmUpMs, undefined, { signal }).catch(() => {});
  const meter = startCpuMeter(Object.values(pids), nowMs);
  const rowsBefore = account.rowsSealed;
  const before = { hub: cpuSeconds(pids.hub), engine: cpuSeconds(pids.engine), sim: cpuSeconds(pids.sim) };
  await load;
  clearInterval(progress);
  const rows = account.rowsSealed - rowsBefore;
  const perRow = (part: keyof typeof pids): number | null => {
    const [from, to] = [before[part], cpuSeconds(pids[part])];
    return from === null || to === null || rows === 0 ? null : Math.round(((to - from) / rows) * 1e8) / 100;
  };
  return {
    hub_rss_mb: peakRssMb(pids.hub),
    engine_rss_mb: peakRssMb(pids.engine),
    sim_rss_mb: peakRssMb(pids.sim),
    hub_cpu_pct: meter.percent(pids.hub),
    engine_cpu_pct: meter.percent(pids.engine),
    sim_cpu_pct: meter.percent(pids.sim),
    hub_cpu_us_per_row: perRow('hub'),
    engine_cpu_us_per_row: perRow('engine'),
    sim_cpu_us_per_row: perRow('sim'),
  };
}

async function compare(
  flags: AgentsFlags,
  population: Population,
  hub: Hub,
  account: LoadAccount,
  usage: Usage,
  { say, signal }: RunDeps,
): Promise<AgentsResult> {
  say('Time is up: comparing every stored value with the truth …\n');
  await using client = createClient({
    ...hub.clickhouse,
    request_timeout: QUERY_TIMEOUT_MS,
    log: { level: ClickHouseLogLevel.OFF },
  });
  // Ends the query under way.
  signal.addEventListener('abort', () => void client.close(), { once: true });
  const report = await verifyPopulation(client, population, population.startMs + flags.forS * 1000);
  say(reportText(report));
  for (const reason of account.reasons) say(`Rejected: ${reason}\n`);
  const { polls, polls_failed, disk_bytes, p50_poll_to_stored_ms, p99_poll_to_stored_ms } = await readStorage(
    client,
    population.startMs,
  );
  const result = {
    routers: flags.sites * flags.routersPerSite,
    sites: flags.sites,
    interval_ms: flags.intervalMs,
    seal_ms: flags.sealMs,
    for_s: flags.forS,
    seed: flags.seed,
    started_at_ms: population.startMs,
    polls,
    polls_failed,
    ...reportKeys(report),
    rows_per_s: Math.round(report.rows_expected / flags.forS),
    ...loadKeys(account, flags.forS),
    p50_poll_to_stored_ms,
    p99_poll_to_stored_ms,
    agent_rss_mb: null,
    agent_cpu_pct: null,
    ...usage,
    wire_bytes: account.wireBytes,
    disk_bytes,
  };
  const broken = brokenLimits(result);
  say(`${LIMITS_TEXT}\n${broken.length === 0 ? 'All hold.' : `Broken: ${broken.join('; ')}.`}\n`);
  return { ...result, broken };
}

const SAY_AGAIN_MS = 5_000;

/** Passes one text in a while on; the others say the same. */
function createRateLimit(nowMs: () => number, say: (text: string) => void): (text: string) => void {
  let lastMs = Number.NEGATIVE_INFINITY;
  return (text) => {
    if (nowMs() - lastMs < SAY_AGAIN_MS) return;
    lastMs = nowMs();
    say(text);
  };
}
