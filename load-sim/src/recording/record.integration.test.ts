import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { macText } from '../dialects/forms.ts';
import { type FleetOptions, planFleet } from '../fleet.ts';
import { AUTHORITY_FILE, CERTIFICATE_NAME } from '../routers/certificate.ts';
import { createSentenceParser, encodeSentences } from '../routers/codec.ts';
import { startRouters } from '../routers/server.ts';
import { createWorld } from '../traffic/world.ts';
import { recordRouter } from './record.ts';
import { readTranscript } from './transcript-file.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'poplar-record-test-'));
  writeFileSync(join(folder, 'password'), 'simulated\n');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Records into `out.jsonl`; what is printed is returned. */
async function record(
  router: string,
  flags: readonly string[] = [],
  signal: AbortSignal = new AbortController().signal,
): Promise<string> {
  let printed = '';
  const files = ['--password-file', join(folder, 'password'), '--out', join(folder, 'out.jsonl')];
  await recordRouter(['--router', router, '--user', 'poplar', ...files, ...flags], {
    signal,
    nowMs: Date.now,
    print: (text) => {
      printed += text;
    },
  });
  return printed;
}

/** Nothing is left of a recording that was none, nor of what it was made with. */
function expectNothingLeft(): void {
  expect(readdirSync(folder)).toEqual(['password']);
}

function serve(routerNet: string, options: Partial<FleetOptions> = {}) {
  const fleet = planFleet({ routers: 1, sites: 1, seed: 1, startMs: Date.now(), routerNet, ...options });
  return startRouters(createWorld(fleet), { nowMs: Date.now, journal: undefined });
}

/** A router that accepts every login, and then does this with each command. */
async function scripted(address: string, answer: (socket: Socket, tag: string) => void) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    const parser = createSentenceParser();
    socket.on('data', (chunk) => {
      for (const [path, ...words] of parser.push(chunk)) {
        const tag = words.find((word) => word.startsWith('.tag=')) ?? '';
        if (path === '/login') socket.write(encodeSentences([['!done', tag]]));
        else answer(socket, tag);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(8728, address, resolve));
  return {
    sent: () => Array.from(sockets).reduce((sum, socket) => sum + socket.bytesWritten, 0),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Writes the same bytes for as long as the peer takes them. */
function pour(socket: Socket, bytes: Buffer): void {
  while (!socket.destroyed && socket.write(bytes));
  if (!socket.destroyed) socket.once('drain', () => pour(socket, bytes));
}

describe('sim record', () => {
  it('writes what the agent asks and gets, poll by poll, and nothing of the login', { timeout: 60_000 }, async () => {
    await using _ = await serve('127.82.20.0/24');
    const printed = await record('127.82.20.1', ['--visits', '3', '--interval-ms', '2000']);
    expect(printed).toMatch(/^SITE +ROUTER +OUTCOME[^\n]*\nrecording +router +/);
    expect(printed).toMatch(
      /Recorded \d+ commands of RouterOS \d[^\n]+ on [^\n]+: [^\n]+out\.jsonl, [\d.]+ kB\nReplaced: .*\d+ mac/,
    );
    const file = join(folder, 'out.jsonl');
    expect(readdirSync(folder).toSorted()).toEqual(['out.jsonl', 'password']);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const text = readFileSync(file, 'utf8');
    for (const secret of ['simulated', 'poplar"', '/login']) expect(text).not.toContain(secret);

    const { header, commands } = await readTranscript(file);
    expect(header).toMatchObject({ agent: expect.stringMatching(/^\d/), kept: [], routeros: expect.stringMatching(/^[67]\./) });
    const asked = (path: string) => commands.filter(({ words }) => words[0] === path);
    expect(asked('/interface/print')).toHaveLength(3);
    expect(asked('/system/identity/print')).toHaveLength(1);
    const times = asked('/interface/print').map(({ atMs }) => atMs);
    expect(times).toEqual(times.toSorted((one, other) => one - other));
    expect(new Set(times).size).toBe(3);
    expect(commands.every(({ complete, tookUs, bytes }) => complete && tookUs > 0 && bytes > 0)).toBe(true);
  });

  it('writes nothing that tells whose router it is, but for what is kept on demand', { timeout: 60_000 }, async () => {
    const fleet = planFleet({ routers: 1, sites: 1, seed: 5, startMs: Date.now(), routerNet: '127.82.29.0/24' });
    const world = createWorld({
      ...fleet,
      routers: fleet.routers.map((plan) => ({ ...plan, board: 'chateau-5g' as const, dialect: '7.18' as const })),
    });
    await using _ = await startRouters(world, { nowMs: Date.now, journal: undefined });
    const [model] = world.routers;
    const specs = model?.interfaces.specs ?? [];
    const comments = specs.map(({ comment }) => comment).filter((comment) => comment !== '');
    const networks = specs.map(({ ssid }) => ssid).filter((ssid) => ssid !== '');
    const macs = specs.flatMap(({ mac }) => (mac === undefined ? [] : [macText(mac), macText(mac).replaceAll(':', '')]));
    expect([comments.length > 0, networks.length > 0, macs.length > 0]).toEqual([true, true, true]);
    const file = join(folder, 'out.jsonl');

    await record('127.82.29.1');
    const text = readFileSync(file, 'utf8');
    for (const secret of [model?.serial, model?.identity, ...macs, ...networks, ...comments.map((comment) => `"${comment}"`)])
      expect(text).not.toContain(secret);

    await record('127.82.29.1', ['--keep', 'comments,ssids']);
    const kept = readFileSync(file, 'utf8');
    expect((await readTranscript(file)).header.kept).toEqual(['comments', 'ssids']);
    for (const comment of comments) expect(kept).toContain(`["comment","${comment}"]`);
    for (const network of networks) expect(kept).toContain(`"${network}"`);
    for (const secret of [model?.serial, model?.identity, ...macs]) expect(kept).not.toContain(secret);
  });

  it('goes over TLS to a router that it knows, and to no other', { timeout: 120_000 }, async () => {
    await using _ = await serve('127.82.21.0/24', { tls: { transport: 'certificate' } });
    const pem = readFileSync(join(import.meta.dirname, '../../testdata/tls/router.pem'));
    const { fingerprint256 } = new X509Certificate(pem);
    await record('127.82.21.1', ['--tls-ca', AUTHORITY_FILE, '--tls-server-name', CERTIFICATE_NAME]);
    await record('127.82.21.1:8729', ['--tls-fingerprint', fingerprint256]);
    rmSync(join(folder, 'out.jsonl'));
    await expect(record('127.82.21.1', ['--tls-fingerprint', '0'.repeat(64)])).rejects.toThrow(
      /^Cannot record 127\.82\.21\.1:8729: no TLS: the router's certificate is not the pinned one, its fingerprint is [\da-f]{64}$/,
    );
    await expect(record('127.82.21.1', ['--tls-ca', AUTHORITY_FILE, '--tls-server-name', 'core-1.example'])).rejects.toThrow(
      /no TLS: its certificate is for another name: give --tls-server-name/,
    );
    await expect(record('127.82.21.1', ['--tls-anonymous'])).rejects.toThrow(/no TLS: it offers no anonymous TLS/);
    await expect(record('127.82.21.1:8729')).rejects.toThrow(/^Cannot record 127\.82\.21\.1:8729: /);
    expectNothingLeft();
  });

  it('goes over anonymous TLS, and by the login of old versions, when told to', { timeout: 120_000 }, async () => {
    {
      await using _ = await serve('127.82.22.0/24', { tls: { transport: 'anonymous' } });
      await record('127.82.22.1', ['--tls-anonymous']);
      await expect(record('127.82.22.1', ['--tls-fingerprint', '0'.repeat(64)])).rejects.toThrow(/needs --tls-anonymous/);
    }
    const fleet = planFleet({ routers: 1, sites: 1, seed: 1, startMs: Date.now(), routerNet: '127.82.23.0/24' });
    const old = {
      ...fleet,
      routers: fleet.routers.map((plan) => ({ ...plan, board: 'hap-ac2' as const, dialect: '6.42' as const })),
    };
    await using _ = await startRouters(createWorld(old), { nowMs: Date.now, journal: undefined });
    await record('127.82.23.1', ['--allow-md5-login']);
    expect((await readTranscript(join(folder, 'out.jsonl'))).header.routeros).toMatch(/^6\.42/);
    rmSync(join(folder, 'out.jsonl'));
    await expect(record('127.82.23.1')).rejects.toThrow(/MD5 login/);
    expectNothingLeft();
  });

  it('says why a router cannot be recorded, and leaves nothing', { timeout: 120_000 }, async () => {
    {
      await using _ = await serve('127.82.24.0/24');
      writeFileSync(join(folder, 'password'), 'wrong');
      await expect(record('127.82.24.1')).rejects.toThrow(
        'Cannot record 127.82.24.1:8728: the router refused the login: invalid user name or password (6)',
      );
    }
    await expect(record('127.82.24.1')).rejects.toThrow('Cannot record 127.82.24.1:8728: the port is closed');
    writeFileSync(join(folder, 'password'), '');
    await expect(record('127.82.24.1')).rejects.toThrow(/password_file: .* is empty/);
    expectNothingLeft();
  });

  it('keeps what it has when it is stopped', { timeout: 60_000 }, async () => {
    await using _ = await serve('127.82.25.0/24');
    const stop = new AbortController();
    const recording = record('127.82.25.1', ['--visits', '1000', '--interval-ms', '100'], stop.signal);
    const body = join(folder, `out.jsonl.${process.pid}.body.tmp`);
    await vi.waitUntil(() => readdirSync(folder).includes(`out.jsonl.${process.pid}.body.tmp`) && statSync(body).size > 20_000, {
      timeout: 20_000,
    });
    stop.abort();
    await recording;
    expect((await readTranscript(join(folder, 'out.jsonl'))).commands.length).toBeGreaterThan(5);
  });

  it.each([
    [['--router', 'a b'], /--router a b: write HOST, HOST:PORT or \[HOST\]:PORT/],
    [['--router', '127.0.0.1:99999'], /--router 127\.0\.0\.1:99999/],
    [['--visits', '0'], /--visits 0: not a whole number from 1/],
    [['--keep', 'passwords'], /--keep passwords: not one of comments, ssids, interfaces, identities/],
    [['--tls-anonymous', '--tls-ca', 'x'], /give one of --tls-ca, --tls-fingerprint and --tls-anonymous/],
    [['--tls-fingerprint', 'abc'], /--tls-fingerprint: not the 64 hexadecimal digits/],
    [['--tls-ca', 'none.pem'], /--tls-ca none\.pem: ENOENT/],
    [['--tls-server-name', 'x'], /--tls-server-name needs --tls-ca/],
    [['--out', '/nowhere/out.jsonl'], /^Cannot write the transcript \/nowhere\/out\.jsonl: the folder is not there/],
    [['--password-file', '/nowhere/password'], /--password-file \/nowhere\/password: cannot be read/],
  ])('refuses %j', async (flags, message) => {
    await expect(record('127.82.26.1', flags)).rejects.toThrow(message);
    expectNothingLeft();
  });
});

describe('a hostile router', () => {
  const ROW = ['!re', '.tag=1', `=name=${'x'.repeat(5000)}`];

  it('cannot make it read for ever, nor more than one answer may hold', { timeout: 120_000 }, async () => {
    const rows = encodeSentences(Array.from({ length: 20 }, () => ROW));
    await using router = await scripted('127.82.27.1', (socket) => pour(socket, rows));
    await expect(record('127.82.27.1')).rejects.toThrow(/^Cannot record 127\.82\.27\.1:8728: /);
    expect(router.sent()).toBeLessThan(64 * 2 ** 20);
    expectNothingLeft();
  });

  it.each([
    [
      'announces a word of 100 MB',
      (socket: Socket) => socket.write(Buffer.from([0xe5, 0xf5, 0xe1, 0x00])),
      /Cannot read a word of 100000000 bytes/,
    ],
    ['sends garbage', (socket: Socket) => socket.write(Buffer.alloc(4096, 0xff)), /Cannot read a control byte 0xff/],
    ['never answers', () => {}, /no complete answer to \/interface\/print within/],
    ['closes the connection at every command', (socket: Socket) => socket.destroy(), /closed/],
    [
      'drips rows for ever',
      (socket: Socket, tag: string) => drip(socket, encodeSentences([['!re', tag]])),
      /no complete answer to/,
    ],
  ] as const)('that %s is told as such', { timeout: 120_000 }, async (_, answer, message) => {
    await using router = await scripted('127.82.28.1', answer);
    await expect(record('127.82.28.1')).rejects.toThrow(message);
    expect(router.sent()).toBeLessThan(2 ** 20);
    expectNothingLeft();
  });

  function drip(socket: Socket, bytes: Buffer): void {
    const timer = setInterval(() => socket.write(bytes), 50);
    socket.once('close', () => clearInterval(timer));
  }
});
