/** The hub: engine → migrations → writer → rollups, events and alerts → ingest → API and live feed. Stops in the order of the data's flow. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createDecompressor } from '@poplar/proto/decompress';
import { type BatchLimits, DEFAULT_LIMITS } from '@poplar/proto/limits';
import type { Logger } from 'pino';
import { Counter, collectDefaultMetrics, Registry } from 'prom-client';
import { checkRules } from './alerts/check.ts';
import { rulesLogin } from './alerts/login.ts';
import { createAlertParts } from './alerts/start.ts';
import { createApi } from './api/app.ts';
import { createFleet } from './api/fleet.ts';
import { createReader } from './api/reader.ts';
import { startHttpServer } from './api/server.ts';
import { createClickHouse, waitForClickHouse } from './clickhouse/client.ts';
import { startEmbeddedEngine } from './clickhouse/embedded/engine.ts';
import { migrate } from './clickhouse/migrate.ts';
import { ConfigError, type HubConfig, loadHubConfig } from './config.ts';
import { UsageError } from './dead-letters/arguments.ts';
import { createLetterKeeper } from './dead-letters/bounds.ts';
import { createLetters } from './dead-letters/letters.ts';
import { deadLetters } from './dead-letters/main.ts';
import { createLetterMetrics } from './dead-letters/metrics.ts';
import { doctor } from './doctor/main.ts';
import { allDerivations } from './events/derivations/all.ts';
import { createEvents } from './events/events.ts';
import { rebuildEvents } from './events/main.ts';
import { createEventMetrics } from './events/metrics.ts';
import { createEventStore } from './events/store.ts';
import { forget } from './forget/main.ts';
import { createAgentDirectory } from './ingest/agents.ts';
import { readCertificate } from './ingest/certificate.ts';
import { createIngestMetrics } from './ingest/metrics.ts';
import { createRecentBatches } from './ingest/recent.ts';
import { startIngestServer } from './ingest/server.ts';
import type { HubStatus } from './ingest/status.ts';
import { createLive } from './live/live.ts';
import { createLiveMetrics } from './live/metrics.ts';
import { createLog } from './log.ts';
import { createRetentionFloors } from './retention/floors.ts';
import { createRetentionMetrics } from './retention/metrics.ts';
import { createRetention, SETTLE_MS } from './retention/retention.ts';
import { createRetentionStore } from './retention/store.ts';
import { EXPIRING_TABLES } from './retention/tiers.ts';
import { rebuildRollups } from './rollup/main.ts';
import { createRollupMetrics } from './rollup/metrics.ts';
import { createRollup } from './rollup/rollup.ts';
import { createRollupStore } from './rollup/store.ts';
import { createBatchLedger } from './store/ledger.ts';
import { createSampleStore } from './store/sample-store.ts';
import { aborted, startParts, stopSignal } from './supervise.ts';
import { VERSION } from './version.ts';
import { createWriterMetrics } from './writer/metrics.ts';
import { createWriter, type Writer } from './writer/writer.ts';

const MIGRATIONS = join(import.meta.dirname, '../clickhouse/migrations');
const WEB = join(import.meta.dirname, '../../web/dist');
const RECENT_BATCHES = 16_384;
const RETRY_MS = 250;
const EXIT_GRACE_MS = 1000;
/** A few batches of a site of some fifty routers. A larger one goes alone. */
const WINDOW_BYTES_MIN = 16 * 1024;

async function runHub(config: HubConfig, registry: Registry, log: Logger, stop: AbortSignal): Promise<void> {
  const startedAtMs = Date.now();
  collectDefaultMetrics({ register: registry });
  const { database, server, embedded } = config.clickhouse;
  const ruleReader = config.alerts === undefined ? undefined : rulesLogin(config.alerts.limits);
  const analysts = ruleReader === undefined ? config.analysts : [...config.analysts, ruleReader];

  await using engine =
    server === undefined
      ? await startEmbeddedEngine({ folder: config.dataDir, ...embedded, database, analysts, log }, stop)
      : undefined;
  const access = server ?? engine;
  if (access === undefined) throw new Error('BUG: neither an engine nor a server');
  const cluster = server?.cluster;
  const address = { url: access.url, user: access.user, password: access.password, database, cluster };
  await using clickhouse = createClickHouse(address);
  // Connections of its own: no query of a viewer waits behind inserts.
  await using inserting = createClickHouse(address);
  await waitForClickHouse(clickhouse, stop, (fault) => log.warn({ fault }, 'Waiting for ClickHouse'));
  const { applied } = await migrate(clickhouse, { database, folder: MIGRATIONS, cluster, log });
  log.info({ applied, url: access.url, database }, 'ClickHouse is ready');

  const metrics = createWriterMetrics(registry);
  const writer = createWriter(
    { ...config.writer, retryMs: RETRY_MS },
    { store: createSampleStore(inserting), nowMs: Date.now, monotonicMs: () => performance.now(), log, metrics },
  );
  const keeper = createLetterKeeper(config.deadLetters, {
    letters: createLetters(clickhouse, cluster),
    nowMs: Date.now,
    log,
    metrics: createLetterMetrics(registry),
  });
  const holder = randomUUID();
  const floors = createRetentionFloors(config.retention);
  const retention = createRetention({
    store: createRetentionStore(clickhouse, database, cluster),
    floors,
    tables: EXPIRING_TABLES,
    nowMs: Date.now,
    settleMs: SETTLE_MS,
    log,
    metrics: createRetentionMetrics(registry),
  });
  await retention.learn(stop);
  const rollup = createRollup(
    { holder },
    {
      store: createRollupStore(clickhouse, database),
      nowMs: Date.now,
      monotonicMs: () => performance.now(),
      rowsWait: () => writer.late(),
      log,
      metrics: createRollupMetrics(registry),
    },
  );
  const events = createEvents(
    { holder, derivations: allDerivations(config.links) },
    {
      store: createEventStore(clickhouse, database),
      nowMs: Date.now,
      monotonicMs: () => performance.now(),
      rowsWait: () => writer.late(),
      log,
      metrics: createEventMetrics(registry),
    },
  );
  const ofRules = server === undefined ? ruleReader : config.alerts?.login;
  await using alerts = createAlertParts(config.alerts, {
    clickhouse,
    address:
      ofRules === undefined
        ? address
        : { ...address, user: 'name' in ofRules ? ofRules.name : ofRules.user, password: ofRules.password },
    registry,
    log,
  });
  const status = hubStatus(writer);
  const fleet = createFleet({ reader: createReader(clickhouse), now: Date.now });
  const live = createLive({ clickhouse, fleet, now: Date.now, status, log, metrics: createLiveMetrics(registry) });
  const api = createApi({
    clickhouse,
    database,
    fleet,
    floors,
    cluster,
    now: Date.now,
    version: VERSION,
    startedAtMs,
    status,
    webFolder: WEB,
    metrics: () => registry.metrics(),
    allowedHosts: config.http.allowedHosts,
    embedded: server === undefined,
    alerts: config.alerts,
    log,
  });

  // Disposed from the last to the first: the ingest port closes before the writer's last flush.
  await using http = await startHttpServer({ ...config.http, api, live, log });
  await using parts = startParts(
    [
      { name: 'writer', run: (signal) => writer.run(signal) },
      { name: 'live feed', run: (signal) => live.run(signal) },
      { name: 'rollups', run: (signal) => rollup.run(signal) },
      { name: 'events', run: (signal) => events.run(signal) },
      { name: 'dead letters', run: (signal) => keeper.run(signal) },
      { name: 'retention', run: (signal) => retention.run(signal) },
      ...alerts.parts,
    ],
    log,
  );
  await using ingest = await startIngestServer(config.grpc, {
    writer,
    ledger: createBatchLedger(clickhouse),
    recent: createRecentBatches(RECENT_BATCHES),
    limits: limitsFor(config),
    decompress: createDecompressor(),
    floors,
    nowMs: Date.now,
    monotonicMs: () => performance.now(),
    log,
    metrics: createIngestMetrics(registry),
    agents: createAgentDirectory(config.agents),
  });
  const { url, user } = access;
  announce(config, { httpPort: http.port, grpcPort: ingest.port, clickhouse: { url, user }, enginePid: engine?.pid() });

  await Promise.race([parts.failed, aborted(stop)]);
  log.info({ reason: String(stop.reason) }, 'Stopping');
}

/** All agents' windows together stay within half of the writer's budget, as far as a window of some batches allows. */
function limitsFor({ agents, writer }: HubConfig): BatchLimits {
  const share = Math.floor(writer.budgetBytes / 2 / Math.max(1, agents.length));
  return { ...DEFAULT_LIMITS, windowBytesMax: Math.min(DEFAULT_LIMITS.windowBytesMax, Math.max(WINDOW_BYTES_MIN, share)) };
}

function hubStatus(writer: Writer): HubStatus {
  return {
    rowsPerSecond: () => writer.rowsPerSecond(),
    pollToStoredMs: () => writer.pollToStoredMs(),
    ready() {
      const fault = writer.fault();
      return { ready: fault === undefined, reasons: fault === undefined ? [] : [`batches wait: ${fault}`] };
    },
  };
}

interface Listening {
  readonly httpPort: number;
  readonly grpcPort: number;
  readonly clickhouse: { readonly url: string; readonly user: string };
  readonly enginePid: number | undefined;
}

/** Says on stderr where the hub listens, and tells a parent process that it is ready. */
function announce(config: HubConfig, listening: Listening): void {
  const { http, grpc } = config;
  process.stderr.write(
    `Hub ready: viewer http://${http.host}:${listening.httpPort}/, agents ${grpc.host}:${listening.grpcPort}, ClickHouse ${listening.clickhouse.url}\n`,
  );
  process.send?.({ type: 'ready', ...listening });
}

const USAGE = `Usage: npm run hub -- [--config FILE] [--check-config]
  --config FILE    configuration (hub.yaml)
  --check-config   check the configuration, rules of alerts included, and end
  --version        print the version and end
       npm run hub -- dead-letters --help
       npm run hub -- doctor --help
       npm run hub -- rebuild-rollups --help
       npm run hub -- rebuild-events --help
       npm run hub -- forget --help
`;

/** Exit code: 0 after a clean stop, 2 for a configuration that cannot be used, 1 for any other failure. */
async function main(): Promise<number> {
  const [command, ...words] = process.argv.slice(2);
  if (command === 'dead-letters') return await deadLetters(words, stopSignal());
  if (command === 'rebuild-rollups') return await rebuildRollups(words, stopSignal());
  if (command === 'rebuild-events') return await rebuildEvents(words, stopSignal());
  if (command === 'forget') return await forget(words, stopSignal());
  if (command === 'doctor') return await doctor(words, MIGRATIONS, stopSignal());
  const { values } = parseArgs({
    options: {
      config: { type: 'string', default: 'hub.yaml' },
      'check-config': { type: 'boolean' },
      version: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help === true) return say(USAGE);
  if (values.version === true) return say(`${VERSION}\n`);
  const config = loadHubConfig(values.config, process.env);
  checkCertificate(values.config, config);
  if (values['check-config'] === true) return await checkConfig(values.config, config);
  const registry = new Registry();
  const dropped = new Counter({
    name: 'poplar_hub_log_lines_dropped_total',
    help: 'Log lines that stdout did not take',
    registers: [registry],
  });
  const log = createLog(config.logLevel, () => dropped.inc());
  const stop = stopSignal();
  try {
    await runHub(config, registry, log, stop);
    log.info('Stopped');
    return 0;
  } catch (error) {
    if (stop.aborted) return 0;
    throw error;
  } finally {
    log.flush();
  }
}

/** Throws ConfigError. */
function checkCertificate(file: string, { grpc }: HubConfig): void {
  try {
    if (grpc.tls !== undefined) readCertificate(grpc.tls);
  } catch (error) {
    throw new ConfigError(file, [error instanceof Error ? error.message : String(error)]);
  }
}

/** Checks what the file itself cannot tell: that the engine takes the rules. Throws ConfigError. */
async function checkConfig(file: string, { agents, alerts }: HubConfig): Promise<number> {
  if (alerts === undefined) return say(`${file} can be used: ${agents.length} agents\n`);
  const check = await checkRules(alerts, MIGRATIONS);
  if (check.kind === 'checked' && check.faults.length > 0) throw new ConfigError(file, check.faults);
  const how = check.kind === 'checked' ? 'tried on the engine' : `not tried on the engine: ${check.reason}`;
  return say(`${file} can be used: ${agents.length} agents, ${alerts.book.rules.length} rules (${how})\n`);
}

function say(text: string): number {
  process.stdout.write(text);
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof ConfigError || error instanceof UsageError || isUsageError(error) ? 2 : 1;
}
process.disconnect?.();
// A log that nobody reads must not keep a stopped hub alive.
setTimeout(() => process.exit(), EXIT_GRACE_MS).unref();

function isUsageError(error: unknown): boolean {
  return error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}
