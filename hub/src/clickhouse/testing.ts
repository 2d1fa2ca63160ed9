/** A real ClickHouse for tests: never a mock, never a skip. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClickHouseClient } from '@clickhouse/client';
import { pino } from 'pino';
import { createClickHouse, IN_DEFAULT_DATABASE, waitForClickHouse } from './client.ts';
import type { Analyst } from './embedded/analyst.ts';
import { startEmbeddedEngine } from './embedded/engine.ts';
import { sqlName } from './sql-tokens.ts';

export interface TestEngine extends AsyncDisposable {
  /** Which engine it is: the one of CLICKHOUSE_URL, a container, or the embedded one. */
  readonly kind: 'server' | 'container' | 'embedded';
  readonly url: string;
  readonly user: string;
  readonly password: string;
  /** Empty, made for this caller alone. */
  readonly database: string;
  /** Closed on dispose. */
  readonly client: ClickHouseClient;
}

interface Running extends AsyncDisposable {
  readonly kind: TestEngine['kind'];
  readonly url: string;
  readonly user: string;
  readonly password: string;
}

const IMAGE = 'clickhouse/clickhouse-server:26.7';
const READY_MS = 60_000;

export interface TestEngineOptions {
  /** Logins that read the fresh database, where the engine is the embedded one. */
  readonly analysts?: readonly Analyst[];
}

/**
 * Starts an engine and makes a fresh database in it: CLICKHOUSE_URL (with CLICKHOUSE_USER and CLICKHOUSE_PASSWORD) when set,
 * else a container when a Docker engine with the image answers, else the embedded engine in a temporary folder. Use it with
 * `await using`: dispose drops the database and whatever was started.
 */
export async function startTestEngine({ analysts = [] }: TestEngineOptions = {}): Promise<TestEngine> {
  const database = `test_${randomBytes(6).toString('hex')}`;
  const running = (await givenServer()) ?? (await startContainer()) ?? (await startEmbedded(database, analysts));
  const { kind, url, user, password } = running;
  const client = createClickHouse({ url, user, password, database });
  try {
    await waitForClickHouse(client, AbortSignal.timeout(READY_MS));
    await client.command({ query: `CREATE DATABASE ${sqlName(database)}`, http_headers: IN_DEFAULT_DATABASE });
  } catch (error) {
    await client.close();
    await running[Symbol.asyncDispose]();
    throw error;
  }
  let disposing: Promise<void> | undefined;
  const dispose = async (): Promise<void> => {
    try {
      if (kind === 'server')
        await client.command({ query: `DROP DATABASE ${sqlName(database)}`, http_headers: IN_DEFAULT_DATABASE });
    } finally {
      await client.close();
      await running[Symbol.asyncDispose]();
    }
  };
  return { kind, url, user, password, database, client, [Symbol.asyncDispose]: () => (disposing ??= dispose()) };
}

async function givenServer(): Promise<Running | undefined> {
  const url = process.env['CLICKHOUSE_URL'];
  if (url === undefined || url === '') return undefined;
  return {
    kind: 'server',
    url,
    user: process.env['CLICKHOUSE_USER'] ?? 'default',
    password: process.env['CLICKHOUSE_PASSWORD'] ?? '',
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function startContainer(): Promise<Running | undefined> {
  if (!(await dockerHasImage())) return undefined;
  const { GenericContainer, Wait } = await import('testcontainers');
  const password = randomBytes(16).toString('hex');
  const container = await new GenericContainer(IMAGE)
    .withEnvironment({ CLICKHOUSE_USER: 'default', CLICKHOUSE_PASSWORD: password, TZ: 'UTC' })
    .withExposedPorts(8123)
    .withWaitStrategy(Wait.forHttp('/ping', 8123))
    .start();
  return {
    kind: 'container',
    url: `http://${container.getHost()}:${container.getMappedPort(8123)}`,
    user: 'default',
    password,
    [Symbol.asyncDispose]: async () => {
      await container.stop();
    },
  };
}

/** Asks the Docker engine for the image: nothing is pulled behind a test's back. */
function dockerHasImage(): Promise<boolean> {
  const host = new URL(process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock');
  const path = `/images/${IMAGE}/json`;
  const target = host.protocol === 'unix:' ? { socketPath: host.pathname, path } : { host: host.hostname, port: host.port, path };
  return new Promise((resolve) => {
    const asking = request({ ...target, timeout: 2000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    asking.once('timeout', () => asking.destroy());
    // No Docker engine here.
    asking.once('error', () => resolve(false));
    asking.end();
  });
}

async function startEmbedded(database: string, analysts: readonly Analyst[]): Promise<Running> {
  const folder = await mkdtemp(join(tmpdir(), 'poplar-engine-'));
  const log = pino({ level: 'warn' });
  try {
    const engine = await startEmbeddedEngine({ folder, port: 0, log, memoryBytesMax: 1024 ** 3, database, analysts });
    return {
      kind: 'embedded',
      url: engine.url,
      user: engine.user,
      password: engine.password,
      [Symbol.asyncDispose]: async () => {
        await engine.stop();
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}
