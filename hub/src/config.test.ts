import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadHubConfig, parseHubConfig } from './config.ts';

const folder = mkdtempSync(join(tmpdir(), 'poplar-hub-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

function load(text: string, env: Record<string, string> = {}) {
  return parseHubConfig(text, join(folder, 'hub.yaml'), env);
}

describe('the hub configuration', () => {
  it('needs nothing but agents, and listens on loopback', () => {
    const config = load('agents: [{name: fra1, token: secret}]');
    expect(config.http).toEqual({ host: '127.0.0.1', port: 8080, allowedHosts: [] });
    expect(config.grpc).toEqual({ host: '127.0.0.1', port: 4650, tls: undefined });
    expect(config.clickhouse.server).toBeUndefined();
    expect(config.agents).toEqual([{ name: 'fra1', token: 'secret' }]);
    expect(config.dataDir).toBe(join(folder, 'data/hub'));
  });

  it('takes the example file', () => {
    const example = readFileSync(new URL('../hub.example.yaml', import.meta.url), 'utf8');
    writeFileSync(join(folder, 'fra1.token'), 'secret\n');
    expect(load(example, { CLICKHOUSE_PASSWORD: 'x' }).agents).toEqual([{ name: 'fra1', token: 'secret' }]);
  });

  it('reads secrets from files and the environment', () => {
    writeFileSync(join(folder, 'token'), 'from-file\n');
    expect(load('agents: [{name: a, token_file: token}]').agents[0]?.token).toBe('from-file');
    expect(load('agents: [{name: a, token_env: TOKEN}]', { TOKEN: 'from-env' }).agents[0]?.token).toBe('from-env');
    writeFileSync(join(folder, 'token'), 'one\ntwo\n');
    expect(() => load('agents: [{name: a, token_file: token}]')).toThrow(
      /agents\[0\]\.token_file: the file token has more than one line; leave the secret alone in it/,
    );
  });

  it('has limits for analysts', () => {
    writeFileSync(join(folder, 'ann.password'), 'from-file\n');
    const text =
      'agents: []\nanalysts: [{name: ann, password_file: ann.password}, {name: bob, password: x, execution_ms_max: 1500}]';
    const limits = {
      executionMsMax: 30_000,
      memoryBytesMax: 268_435_456,
      rowsToReadMax: 1_000_000_000,
      resultRowsMax: 1_000_000,
      resultBytesMax: 268_435_456,
      concurrentQueriesMax: 2,
    };
    expect(load(text).analysts).toEqual([
      { name: 'ann', password: 'from-file', limits },
      { name: 'bob', password: 'x', limits: { ...limits, executionMsMax: 1500 } },
    ]);
    expect(load('agents: []').analysts).toEqual([]);
  });

  it('has no alerts unless they are turned on, and then the default rules and whatever receivers are named', () => {
    expect(load('agents: []').alerts).toBeUndefined();
    writeFileSync(join(folder, 'noc.secret'), 'shared\n');
    const on = load(
      `agents: []
alerts:
  enabled: true
  receivers:
    - { name: noc, sites: ['fra*'], webhook: { url: 'https://noc.example.net/', secret_file: noc.secret } }
    - { name: oncall, severity: critical, email: { host: smtp.example.net, user: u, password: p, from: a@example.net, to: [b@example.net] } }`,
    ).alerts;
    expect(on?.book.rules).toHaveLength(17);
    expect(on?.interests).toEqual([
      { name: 'noc', severity: 'warning', sites: ['fra*'], rules: [] },
      { name: 'oncall', severity: 'critical', sites: [], rules: [] },
    ]);
    expect(on?.receivers).toMatchObject([
      { kind: 'webhook', name: 'noc', secret: 'shared', timeoutMs: 10_000 },
      { kind: 'email', name: 'oncall', port: 587, tls: 'starttls', login: { user: 'u', password: 'p' } },
    ]);
  });

  it.each([
    ['agents: []\nalerts: {rules_files: [gone.yaml]}', /gone\.yaml: the file cannot be read/],
    ['agents: []\nalerts: {receivers: [{name: a}]}', /alerts\.receivers\[0\]: set one of webhook and email/],
    [
      'agents: []\nalerts: {receivers: [{name: a, webhook: {url: "http://noc.example.net"}}]}',
      /webhook\.url: noc\.example\.net is another machine/,
    ],
    ['agents: []\nalerts: {receivers: [{name: a, webhook: {url: "ftp://noc"}}]}', /webhook\.url/],
    [
      'agents: []\nalerts: {receivers: [{name: a, email: {host: mx, tls: none, from: a, to: [b]}}]}',
      /email\.tls: mx is another machine/,
    ],
    ['agents: []\nalerts: {receivers: [{name: a, email: {host: mx, user: u, from: a, to: [b]}}]}', /email\.password: missing/],
    ['agents: []\nalerts: {user: x}', /alerts\.user: only with clickhouse\.url/],
    [
      'agents: []\nalerts: {enabled: true, memory_bytes_max: 2000000000}',
      /alerts: a rule and .* lower memory_bytes_max of the alerts/,
    ],
    ['agents: []\nanalysts: [{name: poplar-alerts, password: x}]', /"poplar-alerts" is the hub's own user/],
    ['agents: []\nhtpp: {}', /htpp: unknown key/],
    ['agents: []\nclickhouse: {cluster: {name: c}}', /clickhouse\.cluster: the embedded ClickHouse is alone/],
    ['agents: []\nretention: {raw_days: 100}', /retention\.polls_days: 90 is less than retention\.raw_days \(100\)/],
    [
      'agents: []\nretention: {rollup_1h_days: null, rollup_1d_days: 9}',
      /retention\.rollup_1d_days: 9 is less than .*\(null, for ever\)/,
    ],
    ['agents: []\nretention: {raw_days: 0}', /retention\.raw_days: /],
    ['agents: []\nhttp: {prot: 1}', /http\.prot: unknown key/],
    ['agents: []\nhttp: {port: 99999}', /http\.port: /],
    ['agents: []\nwriter: {flush_age_ms: 1s}', /writer\.flush_age_ms: not a whole number of milliseconds; write 10000/],
    ['agents: [{name: a}]', /agents\[0\]\.token: missing; set agents\[0\]\.token_file/],
    ['agents: [{name: a, token_env: NOPE}]', /agents\[0\]\.token_env: the environment variable NOPE is not set/],
    ['agents: [{name: a, token_file: nope}]', /agents\[0\]\.token_file: the file nope cannot be read/],
    ['agents: [{name: a, token: x, token_env: Y}]', /agents\[0\]: set only one of token, token_env/],
    ['agents: [{name: a, token: x}, {name: a, token: y}]', /agents\[1\]\.name: "a" is named twice/],
    ['agents: [{name: a, token: x}, {name: b, token: x}]', /agents\[1\]: its token is another agent's too/],
    ['agents: []\nhttp: {host: 0.0.0.0}', /http\.host: 0\.0\.0\.0 is reachable/],
    ['agents: []\ngrpc: {host: 10.0.0.1}', /grpc\.host: 10\.0\.0\.1 is reachable from other machines without TLS/],
    ['agents: []\nclickhouse: {url: "http://db:8123"}', /clickhouse\.password: missing/],
    ['agents: []\nanalysts: [{name: ann}]', /analysts\[0\]\.password: missing; set analysts\[0\]\.password_file/],
    ['agents: []\nanalysts: [{name: default, password: x}]', /analysts\[0\]\.name: "default" is the hub's own user/],
    ['agents: []\nanalysts: [{name: a, password: x}, {name: a, password: y}]', /analysts\[1\]\.name: "a" is named twice/],
    ['agents: []\nanalysts: [{name: "a:b", password: x}]', /analysts\[0\]\.name: /],
    ['agents: []\nanalysts: [{name: a, password: x, concurrent_queries_max: 5}]', /analysts\[0\]\.concurrent_queries_max: /],
    ['agents: []\nanalysts: [{name: a, password: x, rows_to_read_max: 0}]', /analysts\[0\]\.rows_to_read_max: /],
    [
      'agents: []\nanalysts: [{name: a, password: x, memory_bytes_max: 500000000}]',
      /analysts: 4 queries at once .* take 2536870912 bytes, more than clickhouse\.embedded\.memory_bytes_max \(2147483648\)/,
    ],
    [
      'agents: []\nclickhouse: {url: "http://db:8123", password: x}\nanalysts: [{name: a, password: x}]',
      /analysts: only for the embedded ClickHouse/,
    ],
    ['agents: [', /not valid YAML/],
    ['', /agents: /],
  ])('says what is wrong with %j', (text, message) => {
    expect(() => load(text)).toThrow(message);
  });

  it('names all faults at once', () => {
    expect(() => load('agents: [{name: a}, {name: b}]')).toThrow(/agents\[0\][^]*agents\[1\]/);
  });

  it('names a file that is not there', () => {
    expect(() => loadHubConfig(join(folder, 'none.yaml'), {})).toThrow(/cannot be read.*--config/);
  });
});
