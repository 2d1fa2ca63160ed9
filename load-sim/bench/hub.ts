/** A hub that a benchmark starts: with the embedded engine, in a folder of its own, as `npm run hub` runs it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { stringify } from 'yaml';
import { z } from 'zod';
import { startChild } from '../src/stack/child.ts';
import { type StackFolder, stackFolder } from '../src/stack/configs.ts';
import { takenPorts } from '../src/stack/ports.ts';
import { HUB_GRACE_MS, hubProgram } from '../src/stack/programs.ts';

/** 0 lets the system choose. */
export interface HubPorts {
  readonly httpPort: number;
  readonly grpcPort: number;
  readonly clickhousePort: number;
}

export interface BenchHub extends AsyncDisposable {
  /** Of the API, without a slash at its end. */
  readonly url: string;
  /** Where agents connect. */
  readonly grpcPort: number;
  readonly clickhouse: ClickHouseClient;
  readonly clickhouseUrl: string;
  readonly hubPid: number;
  readonly enginePid: number;
}

export interface BenchHubOptions extends HubPorts {
  readonly folder: string;
  /** Agents that may connect, by name, and their tokens. */
  readonly agents?: readonly { readonly name: string; readonly token: string }[];
  /** Logins that may read. */
  readonly analysts?: readonly { readonly name: string; readonly password: string }[];
  readonly engineMemoryBytes?: number;
  /** Level, and what takes its stdout; the hub's own level and a file in the folder unless named. */
  readonly log?: { readonly level: string; readonly file: string };
}

/** What a hub with the embedded engine tells its parent. */
export const readyMessage = z.object({
  httpPort: z.number(),
  grpcPort: z.number(),
  clickhouse: z.object({ url: z.string() }),
  enginePid: z.number(),
});

/** One statement may fill a day of a fleet. */
const STATEMENT_MAX_MS = 1_800_000;

/** Starts a hub and waits until it is ready. Throws when a port is taken or the hub ends. */
export async function startBenchHub(options: BenchHubOptions): Promise<BenchHub> {
  const { httpPort, grpcPort, clickhousePort } = options;
  const faults = await takenPorts([
    { port: httpPort, flag: '--http-port' },
    { port: grpcPort, flag: '--grpc-port' },
    { port: clickhousePort, flag: '--clickhouse-port' },
  ]);
  if (faults.length > 0) throw new Error(faults.join('\n'));
  const folder = stackFolder(options.folder);
  const config = {
    data_dir: './hub',
    http: { port: httpPort },
    grpc: { port: grpcPort },
    clickhouse: {
      embedded: {
        port: clickhousePort,
        ...(options.engineMemoryBytes !== undefined && { memory_bytes_max: options.engineMemoryBytes }),
      },
    },
    agents: options.agents ?? [],
    analysts: options.analysts ?? [],
    ...(options.log !== undefined && { log: { level: options.log.level } }),
  };
  writeFileSync(folder.hubConfig, stringify(config), { mode: 0o600 });
  const program = hubProgram(folder, folder.hubConfig);
  const child = startChild({ ...program, logFile: options.log?.file ?? program.logFile });
  const ready = readyMessage.parse(await child.ready);
  const clickhouse = connectClickHouse(ready.clickhouse.url, folder);
  return {
    url: `http://127.0.0.1:${ready.httpPort}`,
    grpcPort: ready.grpcPort,
    clickhouse,
    clickhouseUrl: ready.clickhouse.url,
    hubPid: child.pid,
    enginePid: ready.enginePid,
    async [Symbol.asyncDispose]() {
      await clickhouse.close();
      await child.stop(HUB_GRACE_MS);
    },
  };
}

/** The embedded engine of the hub that runs in the folder. */
export function connectClickHouse(url: string, { clickhousePasswordFile }: StackFolder): ClickHouseClient {
  return createClient({
    url,
    username: 'default',
    password: readFileSync(clickhousePasswordFile, 'utf8').trim(),
    database: 'poplar',
    request_timeout: STATEMENT_MAX_MS,
    // Every failure is thrown.
    log: { level: ClickHouseLogLevel.OFF },
    clickhouse_settings: { session_timezone: 'UTC', output_format_json_quote_64bit_integers: 0 },
  });
}

/** Rows of a query. The caller checks their shape. */
export async function queryRows(clickhouse: ClickHouseClient, query: string): Promise<unknown[]> {
  const answer = await clickhouse.query({ query, format: 'JSONEachRow' });
  return await answer.json();
}

/** `ClickHouse 26.…`, as the engine names itself. */
export async function engineVersion(clickhouse: ClickHouseClient): Promise<string> {
  const [row] = await queryRows(clickhouse, 'SELECT version() AS version');
  return `ClickHouse ${z.object({ version: z.string() }).parse(row).version} (embedded)`;
}

/** What hubs make of rows in turns, by the names of their leases. */
const TURNS: readonly string[] = ['rollups', 'events'];
/** A hub looks at a lease again when half of its two minutes is over; what it was about to write when we did comes after our word, so that is repeated. */
const NOTICED_MS = 66_000;
const REPEATED_MS = 11_000;

/** Keeps the hub from making rollups and events: takes their leases for a day, and waits until it has noticed. Throws when it holds them all the same. */
export async function holdTurns(clickhouse: ClickHouseClient): Promise<void> {
  for (let waitedMs = 0; waitedMs < NOTICED_MS; waitedMs += REPEATED_MS) {
    for (const name of TURNS)
      await clickhouse.command({
        query:
          "INSERT INTO leases (name, holder, held_until) SELECT {name:String}, {holder:String}, now64(3, 'UTC') + toIntervalDay(1)",
        query_params: { name, holder: HOLDER },
      });
    await delay(REPEATED_MS);
  }
  const rows = z
    .array(z.object({ name: z.string(), holder: z.string() }))
    .parse(await queryRows(clickhouse, 'SELECT name, holder FROM leases FINAL'));
  const lost = rows.find(({ name, holder }) => TURNS.includes(name) && holder !== HOLDER);
  if (lost !== undefined) throw new Error(`Cannot take the lease of ${lost.name}: "${lost.holder}" holds it.`);
}

const HOLDER = 'bench';
const SETTLED_CHECK_MS = 500;

/** Resolves when the engine merges nothing any more, or after waitMaxMs. */
export async function mergesSettled(clickhouse: ClickHouseClient, waitMaxMs: number): Promise<void> {
  const deadline = performance.now() + waitMaxMs;
  for (let idle = 0; idle < 4 && performance.now() < deadline; ) {
    idle = (await queryRows(clickhouse, 'SELECT 1 FROM system.merges LIMIT 1')).length === 0 ? idle + 1 : 0;
    await delay(SETTLED_CHECK_MS);
  }
}
