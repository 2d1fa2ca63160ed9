/** The embedded engine and raw HTTP requests to it, for tests. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClickHouseClient } from '@clickhouse/client';
import { pino } from 'pino';
import { createClickHouse, IN_DEFAULT_DATABASE } from '../client.ts';
import type { Analyst } from './analyst.ts';
import { type EmbeddedEngine, startEmbeddedEngine } from './engine.ts';

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  readonly text: string;
}

export interface Ask {
  /** POST where there is a body, else GET. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Whether to send the password; yes unless told. */
  readonly auth?: boolean;
  /** Sent as a header: `test` unless told, none when empty. */
  readonly database?: string;
}

export interface EngineUnderTest extends AsyncDisposable {
  readonly engine: EmbeddedEngine;
  readonly folder: string;
  readonly client: ClickHouseClient;
  /** Sends a request as any program could, headers as they are. */
  ask(path: string, ask?: Ask): Promise<Reply>;
  /** Files of single requests that are left. */
  scratchFiles(): Promise<string[]>;
  /** Anonymous memory of the engine's process: not the library's 200 MB of mapped file. */
  memoryBytes(): Promise<number>;
}

/** Where tests work. The engine's `default` is clickhouse-local's, which takes unknown tables for files of the working directory. */
export const DATABASE = 'test';

/** Starts an engine in a temporary folder whose name needs quoting. */
export async function startEngineUnderTest(analysts: readonly Analyst[] = []): Promise<EngineUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), "poplar engine's-"));
  const engine = await startEmbeddedEngine({
    folder,
    port: 0,
    log: pino({ level: 'warn' }),
    memoryBytesMax: 1024 ** 3,
    database: DATABASE,
    analysts,
  });
  const { hostname, port } = new URL(engine.url);
  const client = createClickHouse({ url: engine.url, user: engine.user, password: engine.password, database: DATABASE });
  await client.command({ query: `CREATE DATABASE ${DATABASE}`, http_headers: IN_DEFAULT_DATABASE });
  return {
    client,
    engine,
    folder,
    ask(path, { method, headers, body, auth = true, database = DATABASE } = {}) {
      const credentials: Record<string, string> = auth ? { authorization: basic(engine.password) } : {};
      if (database !== '') credentials['x-clickhouse-database'] = database;
      return new Promise((resolve, reject) => {
        const sending = request(
          {
            host: hostname,
            port,
            path,
            method: method ?? (body === undefined ? 'GET' : 'POST'),
            headers: { ...credentials, ...headers },
          },
          (response) => {
            const chunks: Buffer[] = [];
            response.on('data', (chunk: Buffer) => chunks.push(chunk));
            response.on('error', reject);
            response.on('end', () => {
              const whole = Buffer.concat(chunks);
              resolve({ status: response.statusCode ?? 0, headers: response.headers, body: whole, text: whole.toString() });
            });
          },
        );
        sending.on('error', reject);
        sending.end(body);
      });
    },
    scratchFiles: () => readdir(join(folder, 'clickhouse-scratch')),
    async memoryBytes() {
      const status = await readFile(`/proc/${engine.pid()}/status`, 'utf8');
      return Number(/RssAnon:\s+(\d+)/.exec(status)?.[1]) * 1024;
    },
    async [Symbol.asyncDispose]() {
      await client.close();
      await engine.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** An Authorization header. */
export function basic(password: string, user = 'default'): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

/** The path of a query. */
export function sql(query: string, more = ''): string {
  return `/?query=${encodeURIComponent(query)}${more}`;
}
