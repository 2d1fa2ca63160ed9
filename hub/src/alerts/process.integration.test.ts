/** A hub as a process: killed between an incident and its delivery, it tells of it when it is back; and it checks rules without running. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { pollRow } from '../api/testing.ts';
import { createClickHouse } from '../clickhouse/client.ts';
import { addressBesideHub } from '../clickhouse/connect.ts';
import { loadHubConfig } from '../config.ts';
import { freePort, runHubVerb } from '../testing.ts';

const HUB = new URL('../main.ts', import.meta.url).pathname;
const SECOND = 1000;

let folder: string;
let config: string;
let receiver: Server;
let hub: ChildProcess | undefined;
/** What the receiver heard, and whether it takes it. */
const heard: { readonly id: unknown; readonly kind: unknown }[] = [];
let takes = false;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'poplar-alerts-'));
  config = join(folder, 'hub.yaml');
  heard.length = 0;
  takes = false;
  receiver = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      const message: unknown = JSON.parse(body);
      const kind: unknown = typeof message === 'object' && message !== null ? Reflect.get(message, 'kind') : undefined;
      heard.push({ id: request.headers['poplar-notification-id'], kind });
      // A receiver that hangs: the hub is killed while it waits.
      if (takes) response.writeHead(204).end();
    });
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
});
afterEach(async () => {
  if (hub !== undefined) await end(hub, 'SIGTERM');
  receiver.closeAllConnections();
  receiver.close();
  rmSync(folder, { recursive: true, force: true });
});

async function configure(rules: string): Promise<void> {
  const address = receiver.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  writeFileSync(join(folder, 'rules.yaml'), rules);
  writeFileSync(
    config,
    `data_dir: ./data
http: { port: 0 }
grpc: { port: 0 }
clickhouse: { embedded: { port: ${await freePort()}, memory_bytes_max: 1073741824 } }
agents: []
alerts:
  enabled: true
  default_rules: false
  rules_files: [rules.yaml]
  settle_ms: 0
  receivers: [{ name: noc, webhook: { url: 'http://127.0.0.1:${port}/', secret: x } }]
log: { level: error }
`,
  );
}

async function start(): Promise<ChildProcess> {
  const child = fork(HUB, ['--config', config], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  await once(child, 'message');
  return child;
}

async function end(child: ChildProcess, how: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(how);
  await ended;
}

const RULES = `rules:
  - name: down
    description: A router is down
    severity: critical
    sql: SELECT ts, site, router, '' AS object, outcome != 'ok' AS value FROM polls WHERE {window}
    fire_above: 0
    every_ms: 1000
`;

it('a hub that is killed between an incident and its delivery tells of it once it is back, under the same id', {
  timeout: 150_000,
}, async () => {
  await configure(RULES);
  hub = await start();
  {
    await using client = createClickHouse(await addressBesideHub(loadHubConfig(config, {})));
    const values = [3, 2, 1].map((back) => ({
      ...pollRow({ ts: 0, outcome: 'timeout' }),
      ts: new Date(Date.now() - back * SECOND).toISOString(),
    }));
    await client.insert({ table: 'polls', values, format: 'JSONEachRow' });
    // It was said to nobody yet: the receiver does not answer.
    await vi.waitUntil(() => heard.length > 0, { timeout: 60_000, interval: 50 });
  }
  await end(hub, 'SIGKILL');
  takes = true;
  hub = await start();
  await using client = createClickHouse(await addressBesideHub(loadHubConfig(config, {})));
  const fates = async (): Promise<unknown> => {
    const answer = await client.query({ query: 'SELECT fate FROM notifications FINAL', format: 'JSONCompactEachRow' });
    return await answer.json();
  };
  await vi.waitUntil(async () => JSON.stringify(await fates()) === '[["delivered"]]', { timeout: 60_000, interval: 50 });
  expect(heard.length).toBeGreaterThanOrEqual(2);
  expect(new Set(heard.map(({ id }) => id)).size).toBe(1);
  expect(heard.every(({ kind }) => kind === 'opened')).toBe(true);
});

it('--check-config runs every rule on an engine and names the file and line of what fails', { timeout: 120_000 }, async () => {
  await configure(RULES);
  expect(await runHubVerb('--config', config, '--check-config')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('1 rules (tried on the engine)'),
  });
  await configure(RULES.replace('outcome !=', 'outcom !='));
  const refused = await runHubVerb('--config', config, '--check-config');
  expect(refused.code).toBe(2);
  expect(refused.stderr).toMatch(/rules\.yaml:5: rule down: ClickHouse error 47/);
  await configure(RULES.replace('severity: critical', 'severity: awful'));
  expect((await runHubVerb('--config', config, '--check-config')).stderr).toMatch(/rules\.yaml:4: rules\[0\]\.severity: /);
});
