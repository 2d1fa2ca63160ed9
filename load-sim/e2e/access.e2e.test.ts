import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { until } from './processes.ts';
import { getJson, type RunningStack, runningStack } from './stack.ts';

const REPO = resolve(import.meta.dirname, '../..');
const REFUSED_LOGINS = 1;
let stack: RunningStack;

beforeAll(async () => {
  stack = await runningStack({ routers: 8, sites: 2, intervalMs: 1000, flags: ['--refuse-login', String(REFUSED_LOGINS)] });
}, 120_000);
afterAll(() => stack[Symbol.asyncDispose]());

const summary = z.object({
  site: z.string(),
  router: z.string(),
  state: z.string(),
  outcome: z.string(),
  error: z.string(),
  board: z.string(),
  version: z.string(),
});
const routerPage = z.object({ routers: z.array(summary) });

async function routers() {
  return routerPage.parse(await getJson(`${stack.url}api/v1/routers`)).routers;
}

async function select(query: string, headers: Record<string, string> = credentials()): Promise<Response> {
  return await fetch(`${stack.clickhouseUrl}?database=poplar`, { method: 'POST', body: query, headers });
}

function credentials(): Record<string, string> {
  return { 'X-ClickHouse-User': 'default', 'X-ClickHouse-Key': stack.clickhousePassword() };
}

/** Sends a request with headers that fetch does not let a caller set. */
function status(url: string, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(url, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .once('error', reject)
      .end();
  });
}

describe('an agent with a wrong token', () => {
  it('says once which key to mend, and goes on polling', { timeout: 60_000 }, async () => {
    const config = readFileSync(join(stack.data, 'agent.yaml'), 'utf8')
      .replace(/token: \S+/, 'token: wrong')
      .replace('./spool', './spool-wrong');
    const file = join(stack.data, 'agent-wrong.yaml');
    writeFileSync(file, config);
    const agent = spawn(process.execPath, [join(REPO, 'agent/src/main.ts'), '--config', file], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let log = '';
    agent.stdout.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
    await until(() => log.includes('hub.token'), 'the agent to name hub.token', 30_000);
    agent.kill('SIGTERM');
    await until(() => agent.exitCode !== null, 'the agent to stop', 30_000);
    expect(log.match(/hub\.token/g)).toHaveLength(1);
    expect(agent.exitCode).toBe(0);
  });
});

describe('the API and the ClickHouse port', () => {
  it('show every router, and the one that refuses the password as such', { timeout: 90_000 }, async () => {
    await until(
      async () => {
        const states = (await routers()).map(({ state }) => state);
        return states.length === 8 && states.filter((state) => state === 'up').length === 7 && states.includes('down');
      },
      'seven routers up and one down',
      60_000,
    );
    const [refusing] = (await routers()).filter(({ state }) => state === 'down');
    expect(refusing).toMatchObject({ outcome: 'auth', error: expect.stringMatching(/invalid user name or password/) });
  });

  it('answer with the same numbers', { timeout: 60_000 }, async () => {
    await until(async () => (await routers()).filter(({ state }) => state === 'up').length === 7, 'routers up', 60_000);
    await until(
      async () => (await routers()).every(({ state, board }) => state !== 'up' || board !== ''),
      'boards known',
      30_000,
    );
    const [up] = (await routers()).filter(({ state }) => state === 'up');
    const where = `site = '${up?.site}' AND router = '${up?.router}'`;
    const [device] = (
      await (
        await select(
          `SELECT board, version FROM device_resources FINAL WHERE ${where} ORDER BY ts DESC LIMIT 1 FORMAT JSONEachRow`,
        )
      ).text()
    )
      .trim()
      .split('\n');
    expect(JSON.parse(device ?? '')).toEqual({ board: up?.board, version: up?.version });

    const oldest = async () =>
      Number(await (await select(`SELECT toUnixTimestamp64Milli(min(ts)) FROM interface_counters WHERE ${where}`)).text());
    const history = async () => Date.now() - (await oldest());
    await until(async () => (await history()) > 12_000, 'twelve seconds of samples', 30_000);
    // A closed range of the past cannot change between the two answers.
    const toMs = Math.floor(Date.now() / 1000) * 1000 - 3000;
    const fromMs = toMs - 4000;
    const detail = z
      .object({ interfaces: z.array(z.object({ interface: z.string(), type: z.string() })) })
      .parse(await getJson(`${stack.url}api/v1/routers/${up?.site}/${up?.router}`));
    const port = detail.interfaces.find(({ type }) => type === 'ether')?.interface ?? '';
    const total = z.object({ total_bytes: z.number().nullable() });
    const series = z
      .object({ summary: z.object({ rx: total, tx: total }) })
      .parse(
        await getJson(
          `${stack.url}api/v1/routers/${up?.site}/${up?.router}/interfaces/${port}/series?from_ms=${fromMs}&to_ms=${toMs}`,
        ),
      );
    const answer = await select(`
      SELECT sum(d) FROM (
        SELECT ts, rx_bytes - lagInFrame(rx_bytes) OVER w AS d, row_number() OVER w AS n FROM interface_counters FINAL
        WHERE ${where} AND interface = '${port}' AND ts < fromUnixTimestamp64Milli(${toMs}) AND ts >= fromUnixTimestamp64Milli(${fromMs - 2500})
        WINDOW w AS (PARTITION BY agent, baseline ORDER BY ts ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
      ) WHERE n > 1 AND ts >= fromUnixTimestamp64Milli(${fromMs})`);
    expect(series.summary.rx.total_bytes).toBe(Number(await answer.text()));
    expect(series.summary.rx.total_bytes).toBeGreaterThan(0);
  });

  it('refuses SQL without the password', async () => {
    const refused: Record<string, string>[] = [
      {},
      { 'X-ClickHouse-User': 'default', 'X-ClickHouse-Key': 'wrong' },
      { Authorization: `Basic ${btoa('default:')}` },
    ];
    for (const headers of refused) {
      const answer = await select('SELECT 1', headers);
      expect(answer.status).toBe(401);
      expect(await answer.text()).toMatch(/Code: 516/);
    }
    expect(await (await select('SELECT 41 + 1')).text()).toBe('42\n');
  });

  it('refuse a foreign Host and a foreign Origin on both ports', async () => {
    const { host } = new URL(stack.url);
    const { host: clickhouseHost } = new URL(stack.clickhouseUrl);
    for (const path of ['api/v1/overview', '', 'metrics', 'poplar.live.v1.LiveService/Watch']) {
      expect(await status(`${stack.url}${path}`, { host: 'evil.example' }), path).toBe(403);
      expect(await status(`${stack.url}${path}`, { host, origin: 'http://evil.example' }), path).toBe(403);
    }
    const query = `${stack.clickhouseUrl}?query=SELECT%201`;
    expect(await status(query, { ...credentials(), host: 'evil.example' })).toBe(403);
    expect(await status(query, { ...credentials(), host: clickhouseHost, origin: 'http://evil.example' })).toBe(403);
    expect(await status(query, { ...credentials(), host: clickhouseHost })).toBe(200);
    expect(await status(`${stack.url}api/v1/overview`, { host, origin: stack.url.slice(0, -1) })).toBe(200);
  });
});
