import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { type Fleet, planFleet } from '../fleet.ts';
import { AUTHORITY_FILE, CERTIFICATE_NAME } from '../routers/certificate.ts';
import { createSentenceParser, encodeSentences, ProtocolFault } from '../routers/codec.ts';
import { type RouterServer, startRouters } from '../routers/server.ts';
import { createWorld } from '../traffic/world.ts';
import type { FaultKind } from './kinds.ts';
import { parseScenario } from './scenario.ts';

const LOGIN = ['/login', '=name=poplar', '=password=simulated'];
const DONE = ['!done'];
let nets = 0;

/** One router of version 7.18 with this fault; addresses of its own for every test. */
function fleetWith(fault: { kind: FaultKind } & Record<string, unknown>, tls = false): Fleet {
  const scenario = parseScenario(JSON.stringify({ faults: [fault] }), 'x');
  const options = { routers: 1, sites: 1, seed: 1, startMs: Date.now(), routerNet: `127.81.${60 + ++nets}.0/24` };
  const [plan] = planFleet({ ...options, ...(tls ? { tls: { transport: 'certificate' } } : {}) }).routers;
  if (plan === undefined) throw new Error('no router');
  return { seed: 1, startMs: options.startMs, scenario, routers: [{ ...plan, board: 'rb5009', dialect: '7.18' }] };
}

function start(fleet: Fleet): Promise<RouterServer> {
  return startRouters(createWorld(fleet), { nowMs: Date.now, journal: undefined });
}

/** A client without any cleverness: what it was sent, and how the connection ended. */
interface Client {
  readonly socket: Socket;
  readonly bytes: () => Buffer;
  readonly sentences: () => string[][];
  /** Code of the error, or `end` for an orderly one; undefined while it lasts. */
  readonly ending: () => string | undefined;
  say(...words: string[]): void;
}

function dial({ routers: [plan] }: Fleet, tls = false): Client {
  if (plan === undefined) throw new Error('no router');
  const { address: host, port } = plan;
  const socket = tls
    ? connectTls({ host, port, ca: readFileSync(AUTHORITY_FILE), servername: CERTIFICATE_NAME, maxVersion: 'TLSv1.2' })
    : connect(port, host);
  const chunks: Buffer[] = [];
  let ending: string | undefined;
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.on('error', (error: NodeJS.ErrnoException) => (ending ??= error.code ?? error.message));
  socket.on('end', () => (ending ??= 'end'));
  const bytes = (): Buffer => Buffer.concat(chunks);
  return {
    socket,
    bytes,
    sentences: () => createSentenceParser({ wordBytesMax: 100_000, wordsMax: 1_000 }).push(bytes()),
    ending: () => ending,
    say: (...words) => void socket.write(encodeSentences([words])),
  };
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Logs in and asks for the identity. */
async function visit(client: Client, ...more: string[]): Promise<void> {
  client.say(...LOGIN);
  await until(() => client.sentences().length > 0 || client.ending() !== undefined);
  client.say('/system/identity/print', ...more);
}

/** What a client has been told by the time that a healthy router has answered many times over. */
async function toldMeanwhile(client: Client): Promise<{ sentences: string[][]; ending: string | undefined }> {
  const healthy = fleetWith({ kind: 'clock_jump' });
  await using _ = await start(healthy);
  const other = dial(healthy);
  await visit(other);
  for (let asked = 0; asked < 20; asked++) other.say('/interface/print');
  await until(() => other.sentences().filter(([word]) => word === '!done').length === 22);
  other.socket.destroy();
  return { sentences: client.sentences(), ending: client.ending() };
}

describe('on the wire', () => {
  it('refuse closes the port, cuts the sessions, and opens the port again', async () => {
    const fleet = fleetWith({ kind: 'refuse', from_s: 1.2, for_s: 0.8 });
    await using _ = await start(fleet);
    const before = dial(fleet);
    await visit(before);
    await until(() => before.ending() !== undefined);
    expect(before.ending()).toBe('ECONNRESET');
    const during = dial(fleet);
    await until(() => during.ending() !== undefined);
    expect(during.ending()).toBe('ECONNREFUSED');
    let after = dial(fleet);
    await until(() => {
      if (after.ending() !== undefined) after = dial(fleet);
      return !after.socket.connecting && after.ending() === undefined;
    });
    await visit(after);
    await until(() => after.sentences().length === 3);
    expect(Date.now()).toBeGreaterThanOrEqual(fleet.startMs + 2_000);
    after.socket.destroy();
  });

  it('reboot does the same, and the router counts from its beginning', async () => {
    const fleet = fleetWith({ kind: 'reboot', from_s: 1.2, for_s: 0.5 });
    await using _ = await start(fleet);
    const before = dial(fleet);
    before.say(...LOGIN);
    await until(() => before.ending() !== undefined);
    let after = dial(fleet);
    await until(() => {
      if (after.ending() !== undefined) after = dial(fleet);
      return !after.socket.connecting && after.ending() === undefined;
    });
    after.say(...LOGIN);
    after.say('/system/resource/print', '=.proplist=uptime');
    await until(() => after.sentences().length === 3);
    expect(after.sentences()[1]).toEqual(['!re', expect.stringMatching(/^=uptime=\d+s$/)]);
    after.socket.destroy();
  });

  it('mute accepts and says nothing', async () => {
    const fleet = fleetWith({ kind: 'mute' });
    await using _ = await start(fleet);
    const client = dial(fleet);
    client.say(...LOGIN);
    expect(await toldMeanwhile(client)).toEqual({ sentences: [], ending: undefined });
    client.socket.destroy();
  });

  it.each(['mute', 'silence'] as const)('%s hushes open sessions, and cuts them in the end', async (kind) => {
    const fleet = fleetWith({ kind, from_s: 1.2, for_s: 0.8 });
    await using _ = await start(fleet);
    const client = dial(fleet);
    await visit(client);
    await until(() => client.sentences().length === 3);
    await until(() => Date.now() > fleet.startMs + 1_250);
    client.say('/system/identity/print');
    await until(() => client.ending() !== undefined);
    expect(client.sentences()).toHaveLength(3);
    expect(Date.now()).toBeGreaterThanOrEqual(fleet.startMs + 2_000);
  });

  it('silence lets in and says nothing more', async () => {
    const fleet = fleetWith({ kind: 'silence' });
    await using _ = await start(fleet);
    const client = dial(fleet);
    await visit(client);
    expect(await toldMeanwhile(client)).toEqual({ sentences: [DONE], ending: undefined });
    client.socket.destroy();
  });

  it('drip lets bytes trickle', async () => {
    const fleet = fleetWith({ kind: 'drip', bytes_per_s: 100 });
    await using _ = await start(fleet);
    const client = dial(fleet);
    const askedMs = Date.now();
    client.say(...LOGIN);
    const sizes = new Set<number>();
    client.socket.on('data', (chunk) => sizes.add(chunk.length));
    await until(() => client.sentences().length === 1);
    // Seven bytes, ten milliseconds apart.
    expect(Date.now() - askedMs).toBeGreaterThanOrEqual(60);
    expect(sizes).toContain(1);
    client.socket.destroy();
  });

  it.each<[FaultKind, string, number]>([
    // A reset may overtake what was sent before it.
    ['cut', 'ECONNRESET', 0],
    ['hang_up', 'end', 10],
  ])('%s stops in the midst of an answer', async (kind, ending, bytesLeast) => {
    const fleet = fleetWith({ kind });
    await using _ = await start(fleet);
    const client = dial(fleet);
    await visit(client);
    await until(() => client.ending() !== undefined);
    expect(client.ending()).toBe(ending);
    expect(client.sentences()).toEqual([DONE]);
    expect(client.bytes().length).toBeGreaterThan(bytesLeast);
    client.socket.destroy();
  });

  it.each<[FaultKind, string[][], string | undefined]>([
    ['wrong_password', [['!trap', '=message=invalid user name or password (6)'], DONE, ['!fatal', 'not logged in']], 'end'],
    ['max_sessions', [], 'end'],
    ['max_sessions_fatal', [['!fatal', 'max-sessions limit reached']], 'end'],
    ['fatal', [DONE, ['!re', '=.id=*1'], ['!fatal', 'session terminated']], 'end'],
    ['trap_all', [DONE, ['!trap', '=category=4', '=message=failure: internal error'], DONE], undefined],
    ['permission', [DONE, ['!trap', '=message=not enough permissions (9)'], DONE], undefined],
    ['odd_empty', [DONE, ['!empty'], ['!re', expect.stringMatching(/^=name=/)], DONE], undefined],
  ])('%s says so', async (kind, sentences, ending) => {
    const fleet = fleetWith({ kind });
    await using _ = await start(fleet);
    const client = dial(fleet);
    await visit(client);
    await until(() => client.sentences().length >= sentences.length && client.ending() === ending);
    expect(client.sentences()).toEqual(sentences);
    client.socket.destroy();
  });

  it('odd_empty is said twice where there is nothing', async () => {
    const fleet = fleetWith({ kind: 'odd_empty' });
    await using _ = await start(fleet);
    const client = dial(fleet);
    await visit(client, '?name=nobody');
    await until(() => client.sentences().length === 4);
    expect(client.sentences()).toEqual([DONE, ['!empty'], ['!empty'], DONE]);
    client.socket.destroy();
  });

  it('trap_menu lets all other menus be', async () => {
    const fleet = fleetWith({ kind: 'trap_menu', menu: '/interface' });
    await using _ = await start(fleet);
    const client = dial(fleet);
    await visit(client);
    client.say('/interface/print');
    await until(() => client.sentences().length === 5);
    expect(client.sentences().map(([word]) => word)).toEqual(['!done', '!re', '!done', '!trap', '!done']);
    client.socket.destroy();
  });

  it('garbage is no sentence', async () => {
    const fleet = fleetWith({ kind: 'garbage' });
    await using _ = await start(fleet);
    const client = dial(fleet);
    await until(() => client.bytes().length > 0);
    expect(() => client.sentences()).toThrow(ProtocolFault);
    client.socket.destroy();
  });

  it.each<[FaultKind, RegExp]>([
    ['tls_failure', /ERR_SSL_.*HANDSHAKE_FAILURE/],
    ['garbage', /ERR_SSL_/],
    ['max_sessions', /^end$/],
    ['refuse', /ECONNREFUSED/],
  ])('%s is met by a client with TLS', async (kind, code) => {
    const fleet = fleetWith({ kind }, true);
    await using _ = await start(fleet);
    const client = dial(fleet, true);
    await until(() => client.ending() !== undefined);
    expect(client.ending()).toMatch(code);
    client.socket.destroy();
  });

  it('a session over TLS is reset too', async () => {
    const fleet = fleetWith({ kind: 'cut' }, true);
    await using _ = await start(fleet);
    const client = dial(fleet, true);
    await visit(client);
    await until(() => client.ending() !== undefined);
    expect(client.ending()).toBe('ECONNRESET');
  });
});
