import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type RouterAddress, type RouterTls, SessionError } from '../poller/router-client.ts';
import {
  AUTHORITY,
  CERTIFICATE,
  CERTIFICATE_NAME,
  type Peer,
  type ScriptedRouter,
  startScriptedRouter,
} from './scripted-router.ts';
import { dialRouter } from './session.ts';

/** The address that the test certificate names. */
const HOST = '127.71.0.1';
const DEADLINES = { connectMs: 2000, commandMs: 2000 };
const PIN = createHash('sha256').update(new X509Certificate(CERTIFICATE).raw).digest('hex');
const OTHER_AUTHORITY = readFileSync(join(import.meta.dirname, '../../testdata/tls/ca.pem'), 'utf8');

const authority: RouterTls = { kind: 'authority', ca: AUTHORITY, serverName: undefined };
const pin: RouterTls = { kind: 'pin', sha256: PIN };
const anonymous: RouterTls = { kind: 'anonymous' };

const started: ScriptedRouter[] = [];
afterEach(async () => {
  for (const router of started.splice(0)) await router[Symbol.asyncDispose]();
});

/** A router that admits whoever comes, and its address for the agent. */
async function start(speaks: 'certificate' | 'anonymous' | 'plain', script = admit, host = HOST): Promise<ScriptedRouter> {
  const router = await startScriptedRouter(host, script, speaks === 'plain' ? {} : { tls: speaks });
  started.push(router);
  return router;
}

async function admit(peer: Peer): Promise<void> {
  await peer.admit();
  await peer.closed();
}

function addressOf({ host, port }: ScriptedRouter, tls: RouterTls | undefined): RouterAddress {
  return { host, port, user: 'poplar', password: 'secret-7', allowMd5Login: false, tls, codePage: 'latin1' };
}

async function failureOf(router: ScriptedRouter, tls: RouterTls | undefined, deadlines = DEADLINES): Promise<SessionError> {
  try {
    (await dialRouter(addressOf(router, tls), deadlines)).close();
  } catch (error) {
    if (error instanceof SessionError) return error;
    throw error;
  }
  throw new Error('the session was opened');
}

describe('a router over TLS', () => {
  it.each<[string, 'certificate' | 'anonymous', RouterTls]>([
    ['an authority, by its address', 'certificate', authority],
    ['an authority, by the name in its certificate', 'certificate', { ...authority, serverName: CERTIFICATE_NAME }],
    ['its pinned certificate', 'certificate', pin],
    ['nothing, where that is allowed', 'anonymous', anonymous],
  ])('is known by %s', async (_, speaks, tls) => {
    const router = await start(speaks);
    const client = await dialRouter(addressOf(router, tls), DEADLINES);
    expect(router.received.map(([command]) => command)).toEqual(['/login']);
    client.close();
  });

  it.each<[string, 'certificate' | 'anonymous', RouterTls, RegExp]>([
    [
      'has another certificate than the pinned one',
      'certificate',
      { kind: 'pin', sha256: '0'.repeat(64) },
      new RegExp(`not the pinned one, its fingerprint is ${PIN}\\. If it was replaced on purpose, set tls\\.fingerprint_sha256`),
    ],
    [
      'has a certificate for another name',
      'certificate',
      { ...authority, serverName: 'core-1.example' },
      /certificate is for DNS:poplar-router, IP Address:127\.71\.0\.1: set tls\.server_name .*ERR_TLS_CERT_ALTNAME_INVALID/,
    ],
    [
      'has a certificate of an unknown authority',
      'certificate',
      { ...authority, ca: OTHER_AUTHORITY },
      /not signed by the authority in tls\.ca_file: .*UNABLE_TO_VERIFY_LEAF_SIGNATURE/,
    ],
    ['has no certificate where an authority must have signed it', 'anonymous', authority, /offers anonymous TLS only/],
    ['has no certificate where it must be the pinned one', 'anonymous', pin, /offers anonymous TLS only/],
    ['has a certificate where it should be anonymous', 'certificate', anonymous, /set tls\.ca_file or tls\.fingerprint_sha256/],
  ])('gets no login when it %s', async (_, speaks, tls, text) => {
    const router = await start(speaks);
    const error = await failureOf(router, tls);
    expect(error.fault).toBe('tls');
    expect(error.message).toMatch(/^Cannot agree on TLS with 127\.71\.0\.1:\d+: /);
    expect(error.message).toMatch(text);
    expect(router.connections).toBe(1);
    await expect.poll(() => router.open).toBe(0);
    expect(router.received).toEqual([]);
  });

  it('is not known by a certificate for another address', async () => {
    const router = await start('certificate', admit, '127.71.0.5');
    const error = await failureOf(router, authority);
    expect(error.fault).toBe('tls');
    expect(error.reason).toContain('certificate is for DNS:poplar-router, IP Address:127.71.0.1: set tls.server_name');
  });

  it.each<[string, (peer: Peer) => Promise<void>, RegExp]>([
    ['closes at once', async (peer) => void peer.socket.end(), /has reached max-sessions, does not admit this address/],
    ['resets at once', async (peer) => peer.reset(), /has reached max-sessions, does not admit this address/],
    [
      'closes within the handshake',
      async (peer) => void peer.socket.once('data', () => peer.socket.end(Buffer.from('160303004a0200', 'hex'))),
      /cut the connection before TLS was agreed: .*, or the port is the plain one/,
    ],
    [
      'answers in plain text',
      async (peer) => void peer.socket.once('data', () => peer.send(['!fatal', 'not logged in'])),
      /does not speak TLS: set the port of \/ip service api-ssl \(8729\), or remove tls/,
    ],
  ])('is a failure of TLS when it %s', async (_, script, text) => {
    const error = await failureOf(await start('plain', script), authority);
    expect(error.fault).toBe('tls');
    expect(error.reason).toMatch(text);
  });

  it('is a failure of TLS when it waits for a plain login', async () => {
    const router = await start('plain', (peer) => peer.closed());
    const error = await failureOf(router, pin, { connectMs: 300, commandMs: 300 });
    expect(error.fault).toBe('tls');
    expect(error.reason).toContain('within 300 ms: the port may be the plain one of /ip service api');
  });

  it('is refused where nothing listens, as over TCP', async () => {
    const router = await startScriptedRouter('127.71.0.6', admit);
    await router[Symbol.asyncDispose]();
    expect((await failureOf(router, authority)).fault).toBe('refused');
  });
});

it('is told apart from a router that speaks TLS where plain TCP is expected', async () => {
  const router = await start('certificate');
  const error = await failureOf(router, undefined, { connectMs: 500, commandMs: 500 });
  expect(error.fault).toMatch(/^(protocol|max-sessions)$/);
  expect(router.received).toEqual([]);
});
