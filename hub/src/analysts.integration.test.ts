import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { afterAll, expect, it } from 'vitest';
import { z } from 'zod';

const HUB = new URL('./main.ts', import.meta.url).pathname;
const readyMessage = z.object({ clickhouse: z.object({ url: z.string() }) });

const folder = mkdtempSync(join(tmpdir(), 'poplar-analysts-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('a hub lets the analysts of its configuration read its tables, within their limits', { timeout: 60_000 }, async () => {
  const config = join(folder, 'hub.yaml');
  writeFileSync(
    config,
    `data_dir: ./data
http: { port: 0 }
grpc: { port: 0 }
clickhouse: { database: telemetry, embedded: { port: 0 } }
agents: []
analysts: [{ name: ann, password_env: ANN, result_rows_max: 5 }]
log: { level: error }
`,
  );
  const hub = fork(HUB, ['--config', config], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: { ...process.env, ANN: 'secret' },
  });
  const [message] = await once(hub, 'message');
  const { url } = readyMessage.parse(message).clickhouse;
  await using ann = createClient({
    url,
    username: 'ann',
    password: 'secret',
    database: 'telemetry',
    log: { level: ClickHouseLogLevel.OFF },
  });
  const select = async (query: string): Promise<unknown> => (await ann.query({ query, format: 'JSONEachRow' })).json();

  expect(await select('SELECT currentDatabase() AS database, count() AS polls FROM polls')).toEqual([
    { database: 'telemetry', polls: 0 },
  ]);
  expect(await select("SELECT count() AS n FROM gaps(from = '2026-01-01 00:00:00', to = '2026-01-02 00:00:00')")).toEqual([
    { n: 0 },
  ]);
  await expect(select('SELECT number FROM numbers(6)')).rejects.toMatchObject({ code: '396' });
  await expect(select("SELECT file('/etc/hostname')")).rejects.toMatchObject({ code: '497', type: 'ACCESS_DENIED' });

  const ended = once(hub, 'exit');
  hub.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
});
