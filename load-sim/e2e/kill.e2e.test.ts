import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { describe, expect, it } from 'vitest';
import { type Child, startChild } from '../src/stack/child.ts';
import { prepareFleet, stackFolder, writeConfigs } from '../src/stack/configs.ts';
import { parseFlags } from '../src/stack/flags.ts';
import { reportText } from '../src/verify/command.ts';
import { verifyStored } from '../src/verify/verify.ts';
import { until } from './processes.ts';
import { freePorts } from './stack.ts';

const REPO = resolve(import.meta.dirname, '../..');
/** A visit that is under way, and a batch of one second that is not sealed: what a kill of the agent may cost. */
const UNSEALED_MS = 2_500;

describe('kill -9', () => {
  it('of agent, hub and engine in turn loses nothing that was sealed and stores nothing twice', {
    timeout: 180_000,
  }, async () => {
    const [httpPort = 0, grpcPort = 0, clickhousePort = 0] = await freePorts(3);
    const root = mkdtempSync(join(tmpdir(), 'poplar-kill-'));
    const folder = stackFolder(root);
    const flags = parseFlags(
      `--routers 30 --sites 3 --interval-ms 500 --router-net 127.${30 + (process.pid % 90)}.0.0/16 --http-port ${httpPort} --grpc-port ${grpcPort} --clickhouse-port ${clickhousePort}`.split(
        ' ',
      ),
    );
    if (flags === undefined) throw new Error('no flags');
    const fleet = await prepareFleet(folder, flags, Date.now());
    writeConfigs(folder, fleet, flags);

    const children = new Map<string, Child>();
    const scripts: Record<string, string[]> = {
      sim: ['load-sim/src/main.ts', 'routers', '--fleet', folder.fleetFile, '--journal', folder.journalFile],
      hub: ['hub/dist/hub.js', '--config', folder.hubConfig],
      agent: ['agent/dist/agent.js', '--config', folder.agentConfig],
    };
    const start = async (name: string): Promise<Readonly<Record<string, unknown>>> => {
      const [script = '', ...args] = scripts[name] ?? [];
      const child = startChild({ name, args: [join(REPO, script), ...args], logFile: folder.logFile(name) });
      children.set(name, child);
      return await child.ready;
    };
    const kill = async (name: string): Promise<void> => {
      const child = children.get(name);
      process.kill(child?.pid ?? -1, 'SIGKILL');
      await child?.ended;
    };
    const password = (): string => readFileSync(folder.clickhousePasswordFile, 'utf8').trim();
    const clickhouse = () =>
      createClient({
        url: `http://127.0.0.1:${clickhousePort}`,
        username: 'default',
        password: password(),
        database: 'poplar',
        log: { level: ClickHouseLogLevel.OFF },
      });
    const polls = async (): Promise<number> => {
      try {
        await using client = clickhouse();
        const answer = await client.query({ query: 'SELECT count() AS polls FROM polls FINAL', format: 'JSONEachRow' });
        const [row] = await answer.json<{ polls: string }>();
        return Number(row?.polls);
      } catch {
        return -1;
      }
    };
    const more = async (what: string): Promise<void> => {
      await until(async () => (await polls()) >= 0, `ClickHouse after ${what}`, 60_000);
      const before = await polls();
      await until(async () => (await polls()) > before + 200, `fresh polls after ${what}`, 60_000);
    };

    try {
      let hub = await start('hub');
      await start('sim');
      await start('agent');
      await more('the start');

      const allowedLoss = [];
      for (let round = 0; round < 2; round++) {
        const killedMs = Date.now();
        await kill('agent');
        await start('agent');
        allowedLoss.push({ fromMs: killedMs - UNSEALED_MS, toMs: Date.now() });
        await more('the agent was killed');

        process.kill(Number(hub['enginePid']), 'SIGKILL');
        await more('the engine was killed');

        await kill('hub');
        await until(async () => (await polls()) === -1, 'the engine to notice that its hub is gone', 30_000);
        hub = await start('hub');
        await more('the hub was killed');
      }
      await children.get('agent')?.stop(20_000);
      await children.get('sim')?.stop(5_000);

      await using client = clickhouse();
      const report = await verifyStored({ client, fleet, journalFile: folder.journalFile, allowedLoss });
      expect(report, reportText(report)).toMatchObject({ missing: 0, duplicates: 0, wrong: 0 });
      expect(report.polls).toBeGreaterThan(1000);
    } finally {
      for (const child of children.values()) await child.stop(20_000);
      rmSync(root, { recursive: true, force: true });
    }
  });
});
