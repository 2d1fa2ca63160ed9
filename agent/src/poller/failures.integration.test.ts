/** How each cause of a failed visit shows in its poll, on real sockets. */
import { expect, it } from 'vitest';
import { type Peer, startScriptedRouter } from '../routeros/scripted-router.ts';
import { deadAddress, ORDINARY, outcomes, startPolling, startRouter, target } from './testing.ts';

const HOST = '127.86.4.1';
/** The broadcast address of the loopback network: the system has no way to connect to it. */
const NOWHERE = { host: '127.255.255.255', port: 8728 };

type Script = (peer: Peer) => Promise<void>;

/** Answers every command alike. */
const always =
  (...reply: string[][]): Script =>
  async (peer) => {
    for (;;) peer.answer(await peer.next(), ...reply);
  };

const onAdmitted =
  (script: Script): Script =>
  async (peer) => {
    await peer.admit();
    await script(peer);
  };

interface Cause {
  readonly outcome: string;
  readonly script: Script;
  readonly error: RegExp;
}

const CAUSES: readonly Cause[] = [
  { outcome: 'timeout', script: (peer) => peer.closed(), error: /^no answer within 300 ms$/ },
  {
    outcome: 'timeout',
    script: onAdmitted((peer) => peer.closed()),
    error: /^no complete answer to \/interface\/print within 300 ms$/,
  },
  {
    outcome: 'auth',
    script: always(['!trap', '=message=invalid user name or password (6)'], ['!done']),
    error: /^the router said: invalid user name or password/,
  },
  {
    outcome: 'permission',
    script: onAdmitted(always(['!trap', '=message=not enough permissions (9)'], ['!done'])),
    error: /^\/interface: not enough permissions \(9\)\. Give the user a group with the policies read and api$/,
  },
  {
    outcome: 'protocol',
    async script(peer) {
      peer.socket.write('HTTP/1.1 400 Bad Request\r\n\r\n');
      await peer.closed();
    },
    error: /^this is not the RouterOS API/,
  },
  {
    outcome: 'max_sessions',
    async script(peer) {
      await peer.next();
      peer.socket.end();
    },
    error: /has reached max-sessions or does not admit this address/,
  },
  {
    outcome: 'max_sessions',
    async script(peer) {
      await peer.next();
      peer.send(['!fatal', 'too many sessions']);
      peer.socket.end();
    },
    error: /^the router said: too many sessions$/,
  },
  {
    outcome: 'closed',
    script: onAdmitted(async (peer) => {
      await peer.next();
      peer.reset();
    }),
    error: /^the router reset the connection \(ECONNRESET\)$/,
  },
];

const DEADLINES = { connectMs: 300, commandMs: 300 };

it.each(CAUSES)('a failed visit is $outcome', async ({ outcome, script, error }) => {
  await using router = await startScriptedRouter(HOST, script);
  await using polling = startPolling([target(router)], { deadlines: DEADLINES });
  const [visit] = await polling.until(HOST, 2, outcome);
  expect(visit?.poll.error).toMatch(error);
  expect(visit?.poll.answeredCollectors).toBe(0n);
  expect(new Set(outcomes(polling.visits).filter((name) => name !== 'overrun'))).toEqual(new Set([outcome]));
});

it('a failed visit is tls where the router does not prove who it is', async () => {
  await using router = await startScriptedRouter(HOST, (peer) => peer.closed(), { tls: 'certificate' });
  const tls = { kind: 'pin', sha256: '0'.repeat(64) } as const;
  await using polling = startPolling([{ ...target(router), tls }]);
  const [visit] = await polling.until(HOST, 2, 'tls');
  expect(visit?.poll.error).toContain('certificate');
});

it('a failed visit is refused where nothing listens, and unreachable where no route leads', async () => {
  const dead = await deadAddress(HOST);
  await using polling = startPolling([target(dead, 'dead'), target(NOWHERE, 'nowhere')]);
  const [refused] = await polling.until('dead', 2, 'refused');
  expect(refused?.poll.error).toContain('(ECONNREFUSED)');
  const [unreachable] = await polling.until('nowhere', 2, 'unreachable');
  expect(unreachable?.poll.error).toContain('no route to its network (ENETUNREACH)');
});

it('a router that fails in every way one after the other answers again each time', async () => {
  let script: Script | undefined;
  let last: Peer | undefined;
  const well = onAdmitted(async (peer) => {
    for (;;) {
      const command = await peer.next();
      peer.answer(command, ...(ORDINARY[command[0] ?? '']?.(peer, command) ?? [['!done']]));
    }
  });
  await using router = await startScriptedRouter(HOST, (peer) => {
    last = peer;
    return (script ?? well)(peer);
  });
  await using polling = startPolling([target(router)], { deadlines: DEADLINES });
  for (const cause of CAUSES) {
    const before = (await polling.until(HOST, polling.visits.length + 1)).length;
    script = cause.script;
    last?.reset();
    await expect.poll(() => outcomes(polling.visits.slice(before)), { timeout: 5000 }).toContain(cause.outcome);
    script = undefined;
    last?.reset();
    await expect.poll(() => polling.lines.at(-1), { timeout: 5000 }).toBe('router answers again');
  }
});

it('a router that is switched on is visited', async () => {
  const dead = await deadAddress(HOST);
  await using polling = startPolling([target(dead)]);
  await polling.until(HOST, 6, 'refused');
  await using router = await startRouter(dead.host, ORDINARY, dead.port);
  await polling.until(router.host, 2, 'ok');
  expect(polling.lines).toEqual(['router does not answer', 'router answers again']);
});
