import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClickHouse, waitForClickHouse } from '../client.ts';
import { asStoreError } from '../store-error.ts';
import { type EmbeddedEngine, startEmbeddedEngine } from './engine.ts';
import { PASSWORD_FILE } from './password.ts';

const log = pino({ level: 'silent' });
const SOON = { timeout: 15_000 };

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'poplar-engine-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function start(port = 0, signal?: AbortSignal): Promise<EmbeddedEngine> {
  return startEmbeddedEngine({ folder, port, log, memoryBytesMax: 1024 ** 3, database: 'poplar' }, signal);
}

function clientOf({ url, user, password }: EmbeddedEngine) {
  return createClickHouse({ url, user, password, database: 'default' });
}

/** A zombie is gone: its memory and ports are free. */
async function isRunning(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return status !== '' && !/^State:\s+[ZX]/m.test(status);
}

describe('the embedded engine', () => {
  it('keeps rows and password over a stop and a start', async () => {
    const first = await start();
    await using firstClient = clientOf(first);
    await firstClient.command({ query: 'CREATE TABLE t (a Int8) ENGINE = MergeTree ORDER BY a' });
    await firstClient.command({ query: 'INSERT INTO t VALUES (1)' });
    const pid = first.pid() ?? 0;
    expect(await isRunning(pid)).toBe(true);
    await first.stop();
    await first.stop();
    expect([await isRunning(pid), first.pid()]).toEqual([false, undefined]);
    await using second = await start();
    expect(second.password).toBe(first.password);
    await using secondClient = clientOf(second);
    expect(await (await secondClient.query({ query: 'SELECT a FROM t', format: 'JSONEachRow' })).json()).toEqual([{ a: 1 }]);
  });

  it('keeps its password to its user, 32 random bytes', async () => {
    await using engine = await start();
    const file = join(folder, PASSWORD_FILE);
    expect(Buffer.from(engine.password, 'base64url')).toHaveLength(32);
    expect((await readFile(file, 'utf8')).trim()).toBe(engine.password);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await engine.stop();
    await chmod(file, 0o644);
    await using again = await start();
    expect(again.password).toBe(engine.password);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await again.stop();
    await writeFile(file, '');
    await expect(start()).rejects.toThrow(`Cannot use the password in ${file}`);
  });

  it('says what to do when the port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await expect(start(port)).rejects.toThrow(
      `Cannot listen on 127.0.0.1:${port} for embedded ClickHouse: the port is taken. Stop the program that has it, or set clickhouse.embedded.port`,
    );
    other.close();
  });

  it('refuses a folder that another process has', async () => {
    await using engine = await start();
    await expect(start()).rejects.toThrow(`process ${engine.pid()} uses it`);
    await using client = clientOf(engine);
    await waitForClickHouse(client, AbortSignal.timeout(5000));
  });

  it('refuses a folder whose name INFILE would misread', async () => {
    const config = { folder: join(folder, 'a[b]'), port: 0, log, memoryBytesMax: 1024 ** 3, database: 'poplar' };
    await expect(startEmbeddedEngine(config)).rejects.toThrow('choose another data_dir');
  });

  it('gives up the start when asked to', async () => {
    const giveUp = new AbortController();
    const starting = start(0, giveUp.signal);
    giveUp.abort(new Error('not now'));
    await expect(starting).rejects.toThrow('not now');
    await using engine = await start();
    expect(engine.version).toMatch(/^26\./);
  });

  it('comes back on the same port with every acknowledged row when it is killed during inserts', async () => {
    await using engine = await start();
    await using client = clientOf(engine);
    await client.command({
      query:
        'CREATE TABLE t (id UInt64, s LowCardinality(String)) ENGINE = MergeTree ORDER BY id SETTINGS fsync_after_insert = 1',
    });
    const acknowledged = new Set<number>();
    const stop = new AbortController();
    let next = 0;
    const refusals: boolean[] = [];
    const insert = async (): Promise<void> => {
      while (!stop.signal.aborted) {
        const id = next;
        next += 1;
        try {
          await client.insert({ table: 't', values: [{ id, s: 'x' }], format: 'JSONEachRow' });
          acknowledged.add(id);
        } catch (error) {
          refusals.push(asStoreError(error).retryable);
          await new Promise(setImmediate);
        }
      }
    };
    const inserting = Promise.all([insert(), insert(), insert()]);
    for (let kill = 0; kill < 3; kill += 1) {
      const enough = acknowledged.size + 20;
      await expect.poll(() => acknowledged.size, SOON).toBeGreaterThan(enough);
      const pid = engine.pid() ?? 0;
      process.kill(pid, 'SIGKILL');
      await expect.poll(() => engine.pid() !== undefined && engine.pid() !== pid, SOON).toBe(true);
    }
    const enough = acknowledged.size + 5;
    await expect.poll(() => acknowledged.size, SOON).toBeGreaterThan(enough);
    stop.abort();
    await inserting;
    expect(refusals.length).toBeGreaterThan(0);
    expect(refusals).not.toContain(false);
    const rows = await (await client.query({ query: 'SELECT DISTINCT toUInt32(id) AS id FROM t', format: 'JSONEachRow' })).json<{
      id: number;
    }>();
    const stored = new Set(rows.map(({ id }) => id));
    expect([...acknowledged].filter((id) => !stored.has(id))).toEqual([]);
  });

  it('ignores the interrupt of a terminal and stops on SIGTERM, after which it is started again', async () => {
    await using engine = await start();
    await using client = clientOf(engine);
    const pid = engine.pid() ?? 0;
    process.kill(pid, 'SIGINT');
    process.kill(pid, 'SIGHUP');
    await waitForClickHouse(client, AbortSignal.timeout(5000));
    expect(engine.pid()).toBe(pid);
    process.kill(pid, 'SIGTERM');
    await expect.poll(() => engine.pid() !== undefined && engine.pid() !== pid, SOON).toBe(true);
    await waitForClickHouse(client, AbortSignal.timeout(5000));
  });
});

describe('the end of the hub', () => {
  async function startParent(): Promise<{ parent: ChildProcess; pid: number; url: string; password: string }> {
    const module = fileURLToPath(new URL('./engine.ts', import.meta.url));
    const program = `
      const { startEmbeddedEngine } = await import(${JSON.stringify(module)});
      const quiet = { info() {}, warn() {}, error() {} };
      const { pid, url, password } = await startEmbeddedEngine({ folder: ${JSON.stringify(folder)}, port: 0, log: quiet, memoryBytesMax: 1e9, database: 'poplar' });
      process.stdout.write(JSON.stringify({ pid: pid(), url, password }) + '\\n');
      setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await once(createInterface({ input: parent.stdout }), 'line');
    return { parent, ...JSON.parse(String(line)) };
  }

  it.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)('by %s leaves no engine behind, a query running or not', async (signal) => {
    const { parent, pid, url, password } = await startParent();
    await using client = createClickHouse({ url, user: 'default', password, database: 'default' });
    const slow = client.query({ query: 'SELECT count() FROM numbers(1e15) WHERE number % 7 = 1' }).catch(asStoreError);
    await expect
      .poll(async () => {
        const answer = await client.query({ query: 'SELECT count() AS n FROM system.processes', format: 'JSONEachRow' });
        return answer.json();
      }, SOON)
      .toEqual([{ n: '2' }]);
    parent.kill(signal);
    await expect.poll(() => isRunning(pid), SOON).toBe(false);
    expect(await slow).toMatchObject({ retryable: true });
    // The folder is free again.
    await using engine = await start();
    expect(engine.pid()).not.toBe(pid);
  });

  it('and a start at once wait for each other', async () => {
    const { parent, pid } = await startParent();
    parent.kill('SIGKILL');
    await using engine = await start();
    expect(engine.pid()).not.toBe(pid);
  });
});
