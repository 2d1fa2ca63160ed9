import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { pollRow, type TestRow } from '../api/testing.ts';
import { createClickHouse } from '../clickhouse/client.ts';
import { addressBesideHub } from '../clickhouse/connect.ts';
import { loadHubConfig } from '../config.ts';
import { runHubVerb, startTestHub, type TestHub } from '../testing.ts';

const HOUR_MS = 3600_000;
const routerPage = z.object({ routers: z.array(z.object({ site: z.string(), router: z.string() })) });

let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub('the-token-of-fra1');
}, 60_000);
afterAll(() => hub[Symbol.asyncDispose](), 60_000);

const forget = (...words: string[]) => runHubVerb('forget', '--config', hub.config, ...words);

async function insert(table: string, rows: readonly TestRow[]): Promise<void> {
  await using clickhouse = createClickHouse(await addressBesideHub(loadHubConfig(hub.config, {})));
  await clickhouse.insert({ table, values: rows, format: 'JSONEachRow' });
}

async function count(table: string, where: string): Promise<number> {
  await using clickhouse = createClickHouse(await addressBesideHub(loadHubConfig(hub.config, {})));
  const answer = await clickhouse.query({
    query: `SELECT count() FROM ${table} FINAL WHERE ${where}`,
    format: 'JSONCompactEachRow',
  });
  const [[rows] = []] = await answer.json<[string]>();
  return Number(rows);
}

async function listed(): Promise<string[]> {
  const { routers } = routerPage.parse(await (await fetch(`http://127.0.0.1:${hub.httpPort}/api/v1/routers`)).json());
  return routers.map(({ site, router }) => `${site}/${router}`);
}

const at = (agoMs: number): string => new Date(Date.now() - agoMs).toISOString();
const polled = (site: string, router: string, agoMs: number, agent = site): TestRow => ({
  ...pollRow({ ts: 0, site, router, agent }),
  ts: at(agoMs),
});
const agentRow = (agent: string, agoMs: number): TestRow => ({ agent, received_at: at(agoMs), sealed_at: at(agoMs) });

describe('hub forget', { timeout: 120_000 }, () => {
  it('takes routers, sites and agents off the fleet, and leaves what is stored', async () => {
    await insert('polls', [
      polled('fra1', 'r1', HOUR_MS),
      polled('fra1', 'r2', HOUR_MS),
      polled('lon1', 'r1', HOUR_MS),
      polled('ams1', 'r1', HOUR_MS),
      polled('ams1', 'r1', 2 * HOUR_MS, 'spare'),
      polled('ams1', 'r2', 2 * HOUR_MS, 'spare'),
    ]);
    await insert('agents_latest', [agentRow('spare', HOUR_MS)]);
    const all = ['ams1/r1', 'ams1/r2', 'fra1/r1', 'fra1/r2', 'lon1/r1'];
    await vi.waitFor(async () => expect(await listed()).toEqual(all), { timeout: 30_000, interval: 500 });

    expect(await forget('--site', 'fra1', '--router', 'r2')).toMatchObject({
      code: 0,
      stdout: 'Forgotten: router r2 of site fra1, 1 router\n',
    });
    expect(await forget('--site', 'lon1')).toMatchObject({ code: 0, stdout: 'Forgotten: site lon1, 1 router\n' });
    expect(await forget('--agent', 'spare')).toMatchObject({ code: 0, stdout: 'Forgotten: agent spare, 2 routers\n' });
    await vi.waitFor(async () => expect(await listed()).toEqual(['ams1/r1', 'fra1/r1']), { timeout: 30_000, interval: 500 });
    expect(await count('agents_latest', "agent = 'spare'")).toBe(0);
    expect(await count('polls', '1')).toBe(6);

    await insert('polls', [polled('lon1', 'r1', HOUR_MS / 2)]);
    await vi.waitFor(async () => expect(await listed()).toContain('lon1/r1'), { timeout: 30_000, interval: 500 });
  });

  it('says what keeps it from that', async () => {
    await insert('polls', [polled('vie1', 'r1', 60_000)]);
    const young = await forget('--site', 'vie1');
    expect(young).toMatchObject({ code: 2, stdout: '' });
    expect(young.stderr).toMatch(
      /^Cannot forget site vie1: it was heard of \d+ s ago and would come back\. Take it out of its agent's configuration, and try/,
    );
    expect(await forget('--site', 'vie1', '--router', 'r9')).toMatchObject({
      code: 2,
      stderr: 'Cannot forget router r9 of site vie1: nothing is known of it; names are as in the viewer.\n',
    });
    expect(await forget('--agent', 'nobody')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('nothing is known of it'),
    });
    for (const words of [[], ['--router', 'r1'], ['--agent', 'a', '--site', 'b']])
      expect(await forget(...words)).toMatchObject({ code: 2, stderr: expect.stringContaining('Cannot tell what to forget') });
  });
});
