/** The agent: routers → poller → batcher → spool → uplink → hub. Stops in the order of the data's flow. */
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import type { Logger } from 'pino';
import { createBatcher } from './batch/batcher.ts';
import { createBell } from './bell.ts';
import { type Clock, createClock } from './clock.ts';
import { type AgentConfig, ConfigError, DEFAULT_CONFIG_FILE, readConfig } from './config.ts';
import { createLog } from './log.ts';
import { type AgentMetrics, createMetrics } from './metrics.ts';
import { startMetricsServer } from './metrics-server.ts';
import { allAnswered, createTally, formatResults } from './once.ts';
import type { PollerConfig } from './poller/config.ts';
import { createPoller, type Poller } from './poller/poller.ts';
import { dialRouter } from './routeros/session.ts';
import { createDisk } from './spool/disk.ts';
import { openSpool } from './spool/folder.ts';
import { stopSignal, supervise } from './supervise.ts';
import { createGrpcDialer } from './uplink/grpc-hub.ts';
import { createUplink } from './uplink/uplink.ts';
import { VERSION } from './version.ts';

const SPOOL_RETRY_MS = 1000;
const BATCHES_WAITING_BYTES = 8 * 2 ** 20;
const WELCOME_DEADLINE_MS = 10_000;

async function runAgent(
  config: AgentConfig,
  reload: () => AgentConfig,
  metrics: AgentMetrics,
  log: Logger,
  stop: AbortSignal,
): Promise<void> {
  const { agent } = config;
  const epoch = randomEpoch();
  const clock = createClock();
  const news = createBell();
  await using spool = await openSpool(
    config.spool,
    { disk: createDisk(), log, metrics: metrics.spool, nowMs: () => clock.nowMs(), onNews: () => news.ring() },
    stop,
  );
  const uplink = createUplink(
    {
      agent,
      version: VERSION,
      addresses: config.hub.addresses,
      welcomeDeadlineMs: WELCOME_DEADLINE_MS,
      drainMs: config.uplink.drainMs,
      backlogBytesPerSecond: config.uplink.backlogBytesPerSecond,
      returnMs: config.uplink.returnMs,
    },
    {
      dial: createGrpcDialer({ ...config.hub, ...config.uplink }),
      spool,
      clock,
      news,
      random: Math.random,
      log,
      metrics: metrics.uplink,
    },
  );
  const batcher = createBatcher(
    { agent, epoch, ...config.batch, waitingBytesMax: BATCHES_WAITING_BYTES, retryMs: SPOOL_RETRY_MS },
    { clock, spool, log, metrics: metrics.batch, clockOffsetMs: () => uplink.clockOffsetMs() },
  );
  const poller = createPoller(pollerConfig(config, epoch), {
    ...pollerDeps(clock, log),
    onVisit: (visit) => batcher.add(visit),
    metrics: metrics.poller,
  });
  metrics.watch(poller);
  await using servers = new AsyncDisposableStack();
  if (config.metrics !== undefined) servers.use(await startMetricsServer(config.metrics, metrics.registry));

  process.on('SIGHUP', () => reloadRouters(poller, reload, log));
  process.send?.({ type: 'ready' });
  log.info(
    { agent, version: VERSION, routers: config.routers.length, hubs: config.hub.addresses, epoch: String(epoch) },
    'Polling',
  );
  await supervise(
    [
      {
        name: 'poller',
        // The poller cuts its visits after one connection and one command; one that is connecting anew then ends with that.
        graceMs: 2 * config.poll.connectDeadlineMs + config.poll.commandDeadlineMs + 1000,
        run: (signal) => poller.run(signal),
      },
      { name: 'batcher', graceMs: 5000, run: (signal) => batcher.run(signal) },
      { name: 'uplink', graceMs: config.uplink.drainMs + 1000, run: (signal) => uplink.run(signal) },
    ],
    stop,
    log,
  );
}

/** A random 64-bit name of this process run, not 0: a copied disk never repeats it. */
function randomEpoch(): bigint {
  return randomBytes(8).readBigUInt64LE() || 1n;
}

function pollerConfig({ poll, collectors, load, routers }: AgentConfig, epoch: bigint): PollerConfig {
  const deadlines = { connectMs: poll.connectDeadlineMs, commandMs: poll.commandDeadlineMs };
  return { epoch, intervalMs: poll.intervalMs, deadlines, concurrency: poll.concurrency, collectors, load, routers };
}

function pollerDeps(clock: Clock, log: Logger) {
  return { dial: dialRouter, clock, random: Math.random, log };
}

/** Takes over the list of routers; everything else in the file needs a restart. */
function reloadRouters(poller: Poller, reload: () => AgentConfig, log: Logger): void {
  try {
    const { routers } = reload();
    poller.setRouters(routers);
    log.info({ routers: routers.length }, 'Took over the list of routers; other settings need a restart');
  } catch (error) {
    log.error({ reason: error instanceof Error ? error.message : String(error) }, 'Kept the list of routers');
  }
}

/** Visits every router so many times, at the interval of the polls, and prints the outcomes. */
async function pollVisits(config: AgentConfig, times: number, verbose: boolean): Promise<number> {
  const tally = createTally(config.routers.length, times);
  const enough = new AbortController();
  const poller = createPoller(pollerConfig(config, randomEpoch()), {
    ...pollerDeps(createClock(), createLog('silent')),
    onVisit(visit) {
      tally.add(visit);
      if (tally.complete) enough.abort();
    },
    metrics: { visit() {}, lateStart() {}, collectorRun() {}, unreadable() {} },
  });
  if (times === 1) await poller.visitAll();
  else if (!tally.complete) await poller.run(AbortSignal.any([stopSignal(), enough.signal]));
  const enabled = Object.values(config.collectors).filter((collector) => collector.enabled).length;
  process.stdout.write(formatResults(tally.results, enabled, verbose));
  return tally.complete && allAnswered(tally.results) ? 0 : 1;
}

const USAGE = `Usage: npm run agent -- [--config FILE] [--check-config | --once | --visits N] [--verbose]
  --config FILE    configuration (${DEFAULT_CONFIG_FILE})
  --check-config   check the configuration and end
  --once           poll every router once, print the outcomes and end: 0 when all answered, 1 otherwise
  --visits N       the same with N polls of every router, at its interval; shown is the first that failed, or the last
  --verbose        with one of these two, also name the collectors whose menus a router does not have
  --version        print the version and end
Signals: TERM or INT stop it (what is sealed is spooled and, if a hub answers, sent); HUP takes over the list of routers.
A stop lets running visits end, for poll.connect_deadline_ms + poll.command_deadline_ms at most, and gives the hub uplink.drain_ms.
`;

/** Exit code: 0 after a clean stop, 2 for a configuration that cannot be used, 1 for any other failure. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      config: { type: 'string', default: DEFAULT_CONFIG_FILE },
      'check-config': { type: 'boolean' },
      once: { type: 'boolean' },
      visits: { type: 'string' },
      verbose: { type: 'boolean' },
      version: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help === true) return say(USAGE);
  if (values.version === true) return say(`${VERSION}\n`);
  const visits = values.once === true ? 1 : visitsOf(values.visits);
  const read = (): AgentConfig => readConfig(values.config, process.env);
  const config = read();
  if (values['check-config'] === true) return say(`${values.config} can be used: ${config.routers.length} routers\n`);
  if (visits !== undefined) return await pollVisits(config, visits, values.verbose === true);
  const metrics = createMetrics();
  const log = createLog(config.logLevel, metrics.droppedLogLine);
  const stop = stopSignal();
  stop.addEventListener('abort', () => log.info({ reason: String(stop.reason) }, 'Stopping'));
  try {
    await runAgent(config, read, metrics, log, stop);
    log.info('Stopped');
    return 0;
  } finally {
    log.flush();
  }
}

function say(text: string): number {
  process.stdout.write(text);
  return 0;
}

const VISITS_MAX = 1_000_000;

/** Throws like parseArgs for anything but a whole number of visits. */
function visitsOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const visits = Number(text);
  if (Number.isInteger(visits) && visits >= 1 && visits <= VISITS_MAX) return visits;
  const message = `Cannot poll --visits ${text}: write a whole number from 1 to ${VISITS_MAX}`;
  throw Object.assign(new TypeError(message), { code: 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE' });
}

function isUsageError(error: unknown): boolean {
  return error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof ConfigError || isUsageError(error) ? 2 : 1;
}
if (process.connected) process.disconnect();
// A router that never lets go of its socket, or a log that nobody reads, must not keep a stopped agent alive.
setTimeout(() => process.exit(), 1000).unref();
