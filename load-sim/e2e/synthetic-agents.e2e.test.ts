import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { batchesDue, slotsOf } from '../src/agents/population.ts';
import { writeHubConfig } from '../src/agents/setup.ts';
import { verifyPopulation } from '../src/agents/verification.ts';
import { type Child, startChild } from '../src/stack/child.ts';
import { stackFolder } from '../src/stack/configs.ts';
import { hubProgram } from '../src/stack/programs.ts';
import { until } from './processes.ts';
import { freePorts } from './stack.ts';

const REPO = resolve(import.meta.dirname, '../..');
const SITES = 20;
const ROUTERS_PER_SITE = 5;
const INTERVAL_MS = 1000;
const SEAL_MS = 500;

const resultOf = z.looseObject({
  started_at_ms: z.number(),
  for_s: z.number(),
  rows_stored: z.number(),
  rows_expected: z.number(),
  rows_sampled: z.number(),
  batches: z.number(),
  batches_resent: z.number(),
  broken: z.array(z.string()),
});

describe('npm run sim -- agents', () => {
  it('streams a fleet to a hub that is killed in between: every row once, as it has to be; and notices what is not', {
    timeout: 180_000,
  }, async () => {
    const [httpPort = 0, grpcPort = 0, clickhousePort = 0] = await freePorts(3);
    const root = mkdtempSync(join(tmpdir(), 'poplar-agents-'));
    const folder = stackFolder(root);
    writeHubConfig(folder.hubConfig, SITES, { data: undefined, httpPort, grpcPort, clickhousePort, logLevel: 'info' });
    let hub: Child = startChild(hubProgram(folder, folder.hubConfig));
    let sim: Sim | undefined;
    const client = () =>
      createClient({
        url: `http://127.0.0.1:${clickhousePort}`,
        password: readFileSync(folder.clickhousePasswordFile, 'utf8').trim(),
        database: 'poplar',
        log: { level: ClickHouseLogLevel.OFF },
      });
    const polls = async (): Promise<number> => {
      try {
        await using clickhouse = client();
        const answer = await clickhouse.query({ query: 'SELECT count() AS polls FROM polls', format: 'JSONEachRow' });
        const [row] = await answer.json<{ polls: string }>();
        return Number(row?.polls);
      } catch {
        return -1;
      }
    };
    try {
      await hub.ready;
      sim = startSim(
        ['--hub', `127.0.0.1:${grpcPort}`, '--hub-config', folder.hubConfig],
        clickhousePort,
        folder.clickhousePasswordFile,
      );
      await until(async () => (await polls()) > SITES * ROUTERS_PER_SITE, 'the first polls', 60_000);
      process.kill(hub.pid, 'SIGKILL');
      await hub.ended;
      await until(async () => (await polls()) === -1, 'the engine to notice that its hub is gone');
      hub = startChild(hubProgram(folder, folder.hubConfig));
      await hub.ready;

      const code = await sim.ended;
      const result = resultOf.parse(JSON.parse(sim.stdout().trim().split('\n').at(-1) ?? ''));
      expect(result, sim.stderr()).toMatchObject({
        sites: SITES,
        routers: SITES * ROUTERS_PER_SITE,
        missing: 0,
        duplicates: 0,
        wrong: 0,
        batches_rejected: 0,
      });
      expect(code).toBe(result.broken.length === 0 ? 0 : 1);
      expect(result.rows_stored).toBe(result.rows_expected);
      const population = {
        seed: 1,
        startMs: result.started_at_ms,
        sites: SITES,
        routersPerSite: ROUTERS_PER_SITE,
        intervalMs: INTERVAL_MS,
        sealMs: SEAL_MS,
        fresh: true,
        fastOnly: false,
      };
      const endMs = result.started_at_ms + result.for_s * 1000;
      const due = Array.from({ length: SITES }, (_, site) => batchesDue(population, slotsOf(population), site, endMs));
      expect(result.batches).toBe(due.reduce((sum, batches) => sum + batches, 0));
      expect(result.batches_resent).toBeGreaterThan(0);
      expect(result.rows_sampled).toBeGreaterThan(0);

      await using clickhouse = client();
      const verify = () => verifyPopulation(clickhouse, population, endMs);
      const one = "router = 'r0000007' ORDER BY ts LIMIT 1";
      await clickhouse.command({
        query: `INSERT INTO interface_counters SELECT * REPLACE (rank + 1 AS rank, rx_bytes + 1 AS rx_bytes) FROM interface_counters FINAL WHERE interface = 'ether2' AND ${one}`,
      });
      await clickhouse.command({
        query: `INSERT INTO device_resources SELECT * REPLACE (ts + toIntervalMillisecond(1) AS ts) FROM device_resources FINAL WHERE ${one}`,
      });
      await clickhouse.command({
        query:
          "ALTER TABLE sensors DELETE WHERE router = 'r0000008' AND ts = (SELECT min(ts) FROM sensors WHERE router = 'r0000008') SETTINGS mutations_sync = 1",
      });
      const spoilt = await verify();
      expect(spoilt.tables.get('interface_counters')).toMatchObject({ missing: 0, duplicates: 0, wrong: 1 });
      expect(spoilt.tables.get('device_resources')).toMatchObject({ missing: 0, duplicates: 0, wrong: 1 });
      expect(spoilt.tables.get('sensors')).toMatchObject({ missing: 2, duplicates: 0, wrong: 0 });
      expect(spoilt.examples.join('\n')).toContain('interface_counters: wrong_rx_bytes in 1 rows');
      expect(spoilt).toMatchObject({ missing: 2, wrong: 2 });
    } finally {
      sim?.process.kill('SIGTERM');
      await sim?.ended;
      await hub.stop(20_000);
      rmSync(root, { recursive: true, force: true });
    }
  });
});

interface Sim {
  readonly process: ChildProcess;
  readonly ended: Promise<number | null>;
  stdout(): string;
  stderr(): string;
}

function startSim(flags: readonly string[], clickhousePort: number, passwordFile: string): Sim {
  const sizes = `--sites ${SITES} --routers-per-site ${ROUTERS_PER_SITE} --interval-ms ${INTERVAL_MS} --seal-ms ${SEAL_MS} --for-s 8 --fresh`;
  const clickhouse = ['--clickhouse-url', `http://127.0.0.1:${clickhousePort}`, '--password-file', passwordFile];
  const child = spawn('npm', ['run', 'sim', '--', 'agents', ...sizes.split(' '), ...flags, ...clickhouse, '--json'], {
    cwd: REPO,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return {
    process: child,
    ended: new Promise((settle) => child.once('close', settle)),
    stdout: () => stdout,
    stderr: () => stderr,
  };
}
