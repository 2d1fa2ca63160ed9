import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { ConfigError, parseConfig, readConfig } from './config.ts';

const EXAMPLE = join(import.meta.dirname, '../agent.example.yaml');
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function folder(files: Readonly<Record<string, string>> = {}): string {
  const made = mkdtempSync(join(tmpdir(), 'poplar-config-'));
  folders.push(made);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(made, name), text);
  return made;
}

const MINIMAL = `
agent: fra1
site: fra1
hub: { addresses: ["127.0.0.1:4650"], token: secret }
credentials:
  default: { user: poplar, password: "" }
routers:
  - { name: r1, address: 127.72.0.1 }
`;

function problems(text: string, env: Readonly<Record<string, string>> = {}): readonly string[] {
  try {
    parseConfig(text, '/etc/poplar/agent.yaml', env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

test('the example in the repository is accepted', () => {
  const config = readConfig(EXAMPLE, { POPLAR_TOKEN: 't', ROUTER_PASSWORD: 'p' });
  const plain = {
    site: 'fra1',
    port: 8728,
    user: 'poplar',
    password: 'p',
    allowMd5Login: false,
    tls: undefined,
    codePage: 'latin1',
  };
  expect(config.routers).toEqual([
    { ...plain, name: 'core-1', host: '192.0.2.1' },
    { ...plain, name: 'tower-7', host: '192.0.2.7' },
  ]);
  expect(config.metrics).toEqual({ host: '127.0.0.1', port: 9464 });
});

test('the example says what the defaults are', () => {
  const example = readConfig(EXAMPLE, { POPLAR_TOKEN: 't', ROUTER_PASSWORD: 'p' });
  const minimal = parseConfig(MINIMAL, EXAMPLE, {});
  for (const key of ['poll', 'collectors', 'load', 'spool', 'batch', 'uplink', 'logLevel'] as const)
    expect(minimal[key]).toEqual(example[key]);
  expect(minimal.metrics).toBeUndefined();
});

test('0 stands for the interval of the poll when it is written out too', () => {
  const config = parseConfig(`${MINIMAL}\ncollectors: { identity: { interval_ms: 0 } }`, EXAMPLE, {});
  expect(config.collectors.identity.intervalMs).toBe(config.poll.intervalMs);
});

test('a collector runs at the interval of the poll unless it names its own', () => {
  const config = parseConfig(
    `${MINIMAL}\npoll: { interval_ms: 30000 }\ncollectors: { resource: { enabled: false }, interface: { interval_ms: 60000 } }`,
    EXAMPLE,
    {},
  );
  expect(config.collectors).toMatchObject({
    interface: { enabled: true, intervalMs: 60_000 },
    resource: { enabled: false, intervalMs: 30_000 },
    radio_clients: { enabled: true, intervalMs: 30_000 },
    sensors: { enabled: true, intervalMs: 60_000 },
    cpu_cores: { enabled: true, intervalMs: 60_000 },
    identity: { enabled: true, intervalMs: 600_000 },
    boards: { enabled: true, intervalMs: 3_600_000 },
    packages: { enabled: true, intervalMs: 3_600_000 },
    package_update: { enabled: true, intervalMs: 3_600_000 },
  });
});

test('secrets and paths are read relative to the file', () => {
  const home = folder({
    'agent.yaml':
      MINIMAL.replace('token: secret', 'token_file: ./token').replace('password: ""', 'password_env: ROUTER') +
      '\nspool: { folder: ./queue }',
    token: 'from-a-file\n',
  });
  const config = readConfig(join(home, 'agent.yaml'), { ROUTER: 'from the environment' });
  expect(config.hub.token).toBe('from-a-file');
  expect(config.routers[0]?.password).toBe('from the environment');
  expect(config.spool.folder).toBe(join(home, 'queue'));
});

test('all problems of a file are listed at once, each with its key, its value and what to do', () => {
  expect(
    problems(`
agent: ""
hub: { addresses: ["10.0.0.5:4650", "nonsense"], token: a, token_env: HUB_TOKEN }
poll: { interval_ms: "10s", concurency: 3 }
spool: { bytes_max: 2GiB }
credentials:
  default: { user: poplar, password_env: ROUTER_PASSWORD }
  edge: { user: poplar, password_file: missing.txt }
routers:
  - { name: r1, address: 127.72.0.1 }
  - { name: r1, address: 300.1.1.1, port: 99999 }
  - { name: r2, address: 127.72.0.2, credentials: nobody }
`),
  ).toEqual([
    'hub.token: is given 2 times; keep one of hub.token, token_file or token_env',
    'credentials.default.password_env: the environment variable ROUTER_PASSWORD is not set; set it',
    "credentials.edge.password_file: cannot read /etc/poplar/missing.txt: ENOENT: no such file or directory, open '/etc/poplar/missing.txt'",
    'agent: is empty; give it a name',
    'site: is missing; set it',
    'hub.addresses[1]: "nonsense" is not host:port; write for example 192.0.2.10:4650 or [2001:db8::10]:4650',
    'poll.interval_ms: "10s" is not a whole number of milliseconds; write 10000',
    'poll.concurency: unknown key; remove it or mend its spelling',
    'spool.bytes_max: "2GiB" is not a whole number of bytes; write 2147483648',
    'routers[1].address: "300.1.1.1" is not an address; write an IP address or a host name',
    'routers[1].port: 99999 is out of range; write a port from 1 to 65535',
    'routers[1].name: "r1" is also routers[0] of site undefined; rename one',
    'routers[2].credentials: "nobody" is not among the credentials; add credentials.nobody',
    'hub.addresses[0]: "10.0.0.5:4650" is not on this machine and hub.tls is not set; set hub.tls (or hub.insecure: true on a trusted network)',
  ]);
});

test('the same name at two sites is two routers', () => {
  expect(problems(`${MINIMAL}  - { name: r1, address: 127.72.0.2, site: ams1 }`)).toEqual([]);
});

test.each([
  ['a missing group', MINIMAL.replace(/hub: .*/, ''), 'hub: is missing; see agent.example.yaml'],
  ['a group that is a word', MINIMAL.replace(/hub: .*/, 'hub: yes'), 'hub: is not a group of keys'],
  [
    'a missing token',
    MINIMAL.replace(', token: secret', ''),
    'hub.token: is missing; set one of hub.token, token_file or token_env',
  ],
  [
    'routers that are no list',
    MINIMAL.replace(/routers:[^]*/, 'routers: r1'),
    'routers: needs a list; write one "- { name: …, address: … }" per router',
  ],
  [
    'a log level',
    `${MINIMAL}\nlog: { level: loud }`,
    'log.level: "loud" is not known here; write trace, debug, info, warn, error',
  ],
  [
    'a flag',
    MINIMAL.replace('password: ""', 'password: "", allow_md5_login: maybe'),
    'credentials.default.allow_md5_login: "maybe" is neither true nor false; write one of them',
  ],
  [
    'a name that YAML reads as a number',
    MINIMAL.replace('name: r1', 'name: 7'),
    'routers[0].name: 7 is not text; put it in quotes',
  ],
])('%s has a message that says what to do', (_, text, problem) => {
  expect(problems(text)).toEqual([problem]);
});

test.each([
  ['insecure', ', insecure: true'],
  ['tls', ', tls: { server_name: hub.example }'],
])('a hub on another machine is accepted with hub.%s', (_, extra) => {
  expect(problems(MINIMAL.replace('127.0.0.1:4650"]', `hub.example:4650", "[2001:db8::1]:4650"]${extra}`))).toEqual([]);
});

const PIN = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
const AUTHORITY = readFileSync(join(import.meta.dirname, '../testdata/tls/router-ca.pem'), 'utf8');
/** The minimal file with these keys added to its router. */
const withRouter = (keys: string): string => MINIMAL.replace('127.72.0.1 }', `127.72.0.1, ${keys} }`);

test('TLS to a router is by an authority, by a pinned certificate, or anonymous, and moves the port', () => {
  const home = folder({ 'routers-ca.pem': AUTHORITY });
  const read = (keys: string): unknown => {
    const { tls, port } = parseConfig(withRouter(keys), join(home, 'agent.yaml'), {}, 'Node').routers[0] ?? {};
    return { tls, port };
  };
  expect(read('tls: { ca_file: routers-ca.pem }')).toEqual({
    tls: { kind: 'authority', ca: AUTHORITY, serverName: undefined },
    port: 8729,
  });
  expect(read('port: 18729, tls: { ca_file: ./routers-ca.pem, server_name: core-1.example }')).toEqual({
    tls: { kind: 'authority', ca: AUTHORITY, serverName: 'core-1.example' },
    port: 18_729,
  });
  const colons = PIN.toUpperCase().replace(/..(?!$)/g, '$&:');
  expect(read(`tls: { fingerprint_sha256: "${colons}" }`)).toEqual({ tls: { kind: 'pin', sha256: PIN }, port: 8729 });
  expect(read('tls: { anonymous: true }')).toEqual({ tls: { kind: 'anonymous' }, port: 8729 });
});

test.each([
  ['tls: {}', 'routers[0].tls: does not say how to know the router; set ca_file or fingerprint_sha256 (or anonymous: true)'],
  [
    'tls: { anonymous: false }',
    'routers[0].tls: does not say how to know the router; set ca_file or fingerprint_sha256 (or anonymous: true)',
  ],
  [
    `tls: { fingerprint_sha256: "${PIN}", anonymous: true }`,
    'routers[0].tls: has fingerprint_sha256 and anonymous; keep one of ca_file, fingerprint_sha256 and anonymous',
  ],
  [
    `tls: { fingerprint_sha256: "${PIN}", server_name: r1.example }`,
    'routers[0].tls.server_name: is checked only with ca_file; remove it, or set ca_file',
  ],
  [
    'tls: { fingerprint_sha256: 9f86d0 }',
    'routers[0].tls.fingerprint_sha256: "9f86d0" is not a SHA-256 fingerprint; write its 64 hexadecimal digits, with or without colons',
  ],
  ['tls: true', 'routers[0].tls: is not a group of keys'],
  ['tls: { anonymous: true, verify: no }', 'routers[0].tls.verify: unknown key; remove it or mend its spelling'],
  [
    'tls: { ca_file: none.pem }',
    "routers[0].tls.ca_file: cannot read /etc/poplar/none.pem: ENOENT: no such file or directory, open '/etc/poplar/none.pem'",
  ],
])('a router with %s is refused', (keys, problem) => {
  expect(problems(withRouter(keys))).toEqual([problem]);
});

test('an authority that holds no certificate is refused, once for all its routers', () => {
  const home = folder({ 'ca.pem': 'nothing' });
  const text = `${withRouter('tls: { ca_file: ca.pem }')}  - { name: r2, address: 127.72.0.2, tls: { ca_file: ca.pem } }`;
  expect(() => parseConfig(text, join(home, 'agent.yaml'), {})).toThrow(
    new ConfigError(join(home, 'agent.yaml'), [
      `routers[0].tls.ca_file: ${join(home, 'ca.pem')} holds no certificate; give a PEM file`,
    ]),
  );
});

test.each(['Bun', 'Deno'] as const)('anonymous TLS is refused on %s', (runtime) => {
  expect(() => parseConfig(withRouter('tls: { anonymous: true }'), EXAMPLE, {}, runtime)).toThrow(
    `routers[0].tls.anonymous: ${runtime} cannot do anonymous TLS; give the router a certificate and set ca_file or fingerprint_sha256, or run the agent on Node`,
  );
});

test('a router reads texts as all do, or as it says itself', () => {
  const text = `${withRouter('encoding: koi8-r')}  - { name: r2, address: 127.72.0.2 }\nencoding: windows-1251`;
  expect(parseConfig(text, EXAMPLE, {}).routers.map(({ codePage }) => codePage)).toEqual(['koi8-r', 'windows-1251']);
  expect(problems(withRouter('encoding: utf-16'))[0]).toMatch(
    /^routers\[0\]\.encoding: "utf-16" is not known here; write latin1, .*windows-1251/,
  );
});

test('text that is not YAML is one clear message', () => {
  expect(problems('agent: [')[0]).toMatch(/line 1/);
  expect(problems('')).toEqual(['holds no keys; start from agent.example.yaml']);
});

test('a file that is not there is a problem of its own', () => {
  expect(() => readConfig(join(folder(), 'none.yaml'), {})).toThrow(/Cannot use .*none\.yaml:\n {2}cannot read it: ENOENT/);
});

test.each([
  ['a token with a letter that no header carries', 'sécret'],
  ['a token with a space behind it', 'secret '],
])('%s is refused without being shown', (_, token) => {
  const folded = folder({ token });
  const text = MINIMAL.replace('token: secret', `token_file: ${join(folded, 'token')}`);
  expect(problems(text)).toEqual([
    'hub.token: holds a character that a token cannot have (a space, a line break, a letter with an accent); copy it again as the hub issued it',
  ]);
});

test.each(['secret', 'secret\n', 'secret\r\n', 'secret\n\n'])(
  'a secret is what a file holds without line breaks at its end: %j',
  (token) => {
    const path = join(folder({ token }), 'token');
    expect(parseConfig(MINIMAL.replace('token: secret', `token_file: ${path}`), EXAMPLE, {}).hub.token).toBe('secret');
  },
);

test('a file of two lines is no secret', () => {
  const path = join(folder({ token: 'one\ntwo\n' }), 'token');
  expect(problems(MINIMAL.replace('token: secret', `token_file: ${path}`))).toEqual([
    `hub.token_file: ${path} has more than one line; leave the secret alone in it`,
  ]);
});
