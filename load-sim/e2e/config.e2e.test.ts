import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from './processes.ts';

const REPO = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'poplar-config-'));
let taken: Server;
let takenPort: number;

beforeAll(async () => {
  taken = createServer();
  await new Promise<void>((settle) => taken.listen(0, '127.0.0.1', settle));
  const address = taken.address();
  takenPort = typeof address === 'object' && address !== null ? address.port : 0;
});
afterAll(async () => {
  await new Promise((settle) => taken.close(settle));
  rmSync(folder, { recursive: true });
});

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program until it ends, or until `enough` says so. */
async function run(
  script: string,
  config: string,
  flags: readonly string[] = [],
  enough: (text: string) => boolean = () => false,
): Promise<Outcome> {
  const file = join(folder, `${script.replaceAll('/', '-')}.yaml`);
  writeFileSync(file, config);
  const child = spawn(process.execPath, [join(REPO, script), '--config', file, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  try {
    await until(() => child.exitCode !== null || enough(stdout + stderr), `${script} to end: ${stdout}${stderr}`, 40_000);
    if (child.exitCode === null) child.kill('SIGTERM');
    await until(() => child.exitCode !== null || child.signalCode !== null, `${script} to stop`, 20_000);
  } finally {
    if (child.exitCode === null) child.kill('SIGKILL');
  }
  return { code: child.exitCode, stdout, stderr };
}

const AGENT = 'agent/src/main.ts';
const HUB = 'hub/dist/hub.js';
const TLS = join(REPO, 'load-sim/testdata/tls');
const PEM = { authority: join(TLS, 'ca.pem'), cert: join(TLS, 'router.pem'), key: join(TLS, 'router-key.pem') };
const hubYaml = (cert: string, key: string): string => `agents: []\ngrpc: { tls: { cert_file: ${cert}, key_file: ${key} } }`;
const agentYaml = (changes: Partial<Record<'hub' | 'poll' | 'password', string>> = {}): string => `
agent: fra1
site: fra1
hub: ${changes.hub ?? '{ addresses: ["127.0.0.1:1"], token: x }'}
${changes.poll ?? ''}
spool: { folder: ./spool }
credentials: { default: { user: poplar, ${changes.password ?? 'password: x'} } }
routers: [{ name: r1, address: 127.0.0.1, port: 1 }]
`;

describe('a wrong configuration ends in one clear message', () => {
  it.each([
    [AGENT, agentYaml({ poll: 'pol: {}' }), /\bpol\b.*unknown key/i],
    [AGENT, agentYaml({ poll: 'poll: { interval: 10 }' }), /poll\.interval\b.*unknown key/i],
    [AGENT, agentYaml({ poll: 'poll: { interval_ms: 10s }' }), /poll\.interval_ms.*whole number of milliseconds/],
    [AGENT, agentYaml({ password: 'password_env: POPLAR_NOT_SET' }), /credentials\.default\.password_env.*POPLAR_NOT_SET/],
    [AGENT, agentYaml({ password: 'allow_md5_login: true' }), /credentials\.default\.password.*missing/i],
    [
      AGENT,
      agentYaml({ hub: '{ addresses: ["10.0.0.1:4650"], token: x }' }),
      /hub\.(tls|addresses).*10\.0\.0\.1|10\.0\.0\.1[^]*hub\.tls/,
    ],
    [HUB, 'agents: []\nhtpp: {}', /htpp: unknown key/],
    [HUB, 'agents: [{ name: a, token_env: POPLAR_NOT_SET }]', /agents\[0\]\.token_env.*POPLAR_NOT_SET/],
    [HUB, 'agents: []\nwriter: { flush_age_ms: 1s }', /writer\.flush_age_ms.*milliseconds/],
    [HUB, hubYaml(PEM.cert, './gone.pem'), /grpc\.tls\.key_file: .*gone\.pem cannot be read/],
    [HUB, hubYaml(PEM.authority, PEM.key), /grpc\.tls: .*ca\.pem and .*router-key\.pem are no certificate and its key: /],
  ])('%s: %s', async (script, config, message) => {
    const { code, stdout, stderr } = await run(script, config);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  it.each(['http', 'grpc', 'clickhouse.embedded'] as const)(
    'a hub says which key holds the taken port: %s',
    { timeout: 60_000 },
    async (key) => {
      const [section, sub] = key.split('.');
      const ports: Record<string, object> = { http: { port: 0 }, grpc: { port: 0 }, clickhouse: { embedded: { port: 0 } } };
      ports[section ?? ''] = sub === undefined ? { port: takenPort } : { [sub]: { port: takenPort } };
      const { code, stderr } = await run(HUB, JSON.stringify({ data_dir: './hub', agents: [], ...ports }));
      expect(stderr).toContain(`${key}.port`);
      expect(stderr).toContain(String(takenPort));
      expect(stderr).not.toMatch(/^\s+at /m);
      expect(code).toBe(1);
    },
  );

  it('an agent without a hub keeps polling and names hub.addresses once', { timeout: 60_000 }, async () => {
    const config = agentYaml({ hub: `{ addresses: ["127.0.0.1:1"], token: x }`, poll: 'poll: { interval_ms: 500 }' });
    const { code, stdout } = await run(AGENT, config, [], (text) => text.includes('hub.addresses'));
    expect(stdout.match(/hub\.addresses/g)).toHaveLength(1);
    expect(code).toBe(0);
  });
});

describe('--check-config', () => {
  it.each([
    [AGENT, agentYaml()],
    [HUB, 'agents: []'],
    [HUB, hubYaml(PEM.cert, PEM.key)],
  ])('%s passes a good file without starting anything', async (script, config) => {
    const { code, stderr } = await run(script, config, ['--check-config']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});
