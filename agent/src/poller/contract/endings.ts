/** What a client does when a session ends, by the router or by itself, and afterwards. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import type { Peer } from '../../routeros/scripted-router.ts';
import { DEADLINES, type Fixture, failureOf } from './fixture.ts';

export function describeEndings({ dial, addressOf, start, admitting, answering }: Fixture): void {
  describe('a command', () => {
    it('ends the session when a word is announced that no router sends', async () => {
      await using router = await answering((_, peer) => void peer.socket.write(Buffer.from('f07fffffff', 'hex')));
      const client = await dial(addressOf(router), DEADLINES);
      expect((await failureOf(client.command(['/x/print']))).fault).toBe('protocol');
      expect(client.ended?.fault).toBe('protocol');
    });

    it.each([
      [
        '!fatal with its reason',
        (peer: Peer) => peer.send(['!fatal', 'session terminated on request']),
        'session terminated on request',
      ],
      [
        '!fatal with an attribute',
        (peer: Peer) => peer.send(['!fatal', '=message=not logged in']),
        'the router said: not logged in',
      ],
      ['!fatal without a word', (peer: Peer) => peer.send(['!fatal']), 'the router ended the session'],
      ['FIN', (peer: Peer) => void peer.socket.end(), 'closed the connection'],
      [
        'FIN within a sentence',
        (peer: Peer) => void peer.socket.end(Buffer.from('\x03!re\x20=na', 'latin1')),
        'closed the connection',
      ],
      [
        'RST within a sentence',
        (peer: Peer) => void peer.socket.write(Buffer.from('\x03!re\x20=na', 'latin1'), () => peer.reset()),
        'reset the connection',
      ],
    ])('rejects all commands in flight on %s', async (_, finish, text) => {
      await using router = await admitting(async (peer) => {
        await peer.next();
        await peer.next();
        finish(peer);
        await peer.closed();
      });
      const client = await dial(addressOf(router), DEADLINES);
      const failures = await Promise.all([failureOf(client.command(['/a/print'])), failureOf(client.command(['/b/print']))]);
      for (const error of failures) {
        expect(error.fault).toBe('closed');
        expect(error.message).toContain(text);
      }
      expect((await failureOf(client.command(['/c/print']))).fault).toBe('closed');
    });

    it('gives up on an answer that never ends, sending nothing meanwhile, and destroys the connection', async () => {
      const ended = Promise.withResolvers<void>();
      await using router = await admitting(async (peer) => {
        peer.answer(await peer.next(), ['!re', '=a=1']);
        await peer.closed();
        ended.resolve();
      });
      const client = await dial(addressOf(router), { connectMs: 2000, commandMs: 150 });
      const error = await failureOf(client.command(['/interface/print']));
      expect(error.fault).toBe('timeout');
      expect(error.message).toBe(
        `Cannot run /interface/print on ${router.host}:${router.port}: no complete answer to /interface/print within 150 ms`,
      );
      await ended.promise;
      expect(router.received).toHaveLength(2);
    });

    it.each([
      ['of its own', 150, 60_000],
      ['of the session where that is shorter', 60_000, 150],
    ])('gives up on a command at a deadline %s', async (_, ownMs, commandMs) => {
      await using router = await admitting(async (peer) => {
        peer.answer(await peer.next(), ['!re', '=a=1']);
        await peer.closed();
      });
      const client = await dial(addressOf(router), { connectMs: 2000, commandMs });
      const error = await failureOf(client.command(['/system/package/update/print'], ownMs));
      expect(error.reason).toBe('no complete answer to /system/package/update/print within 150 ms');
    });

    it('takes an answer that came in time, though the agent itself was held up until after the deadline', async () => {
      await using router = await answering((command, peer) => {
        peer.answer(command, ['!re', '=a=1'], ['!done']);
        holdUp(400);
      });
      const client = await dial(addressOf(router), { connectMs: 2000, commandMs: 200 });
      expect((await client.command(['/a/print'])).rows).toHaveLength(1);
      expect(client.ended).toBeUndefined();
    });

    it('ends the session when its answer has more rows than are read, and says which answer that was', async () => {
      await using router = await answering((command, peer) => {
        peer.answer(command, ...Array.from({ length: 20_001 }, () => ['!re', '=a=1']));
      });
      const client = await dial(addressOf(router), { connectMs: 2000, commandMs: 10_000 });
      const error = await failureOf(client.command(['/interface/print']));
      expect(error.fault).toBe('protocol');
      expect(error.reason).toBe('the answer to /interface/print is too long to be read: it has more than 20000 rows');
    });

    it('is rejected after close, as are those in flight, though the router never answers the FIN', async () => {
      await using router = await start(async (peer) => {
        peer.socket.allowHalfOpen = true;
        await peer.admit();
        await peer.closed();
      });
      const client = await dial(addressOf(router), DEADLINES);
      const inFlight = failureOf(client.command(['/a/print']));
      client.close();
      client.close();
      expect((await inFlight).message).toContain('the agent closed it');
      expect((await failureOf(client.command(['/b/print']))).message).toContain('the agent closed it');
    });

    it('sends nothing after close, and nothing when the connection is dead', async () => {
      await using router = await admitting((peer) => peer.closed());
      const client = await dial(addressOf(router), DEADLINES);
      client.close();
      await failureOf(client.command(['/a/print']));
      await expect.poll(() => router.open).toBe(0);
      expect(router.received).toHaveLength(1);
    });

    it('is rejected at once, twenty thousand times over, when the connection is dead, and leaves nothing behind', async () => {
      await using router = await admitting(async (peer) => peer.reset());
      const client = await dial(addressOf(router), DEADLINES);
      const cause = await failureOf(client.command(['/a/print']));
      const collectGarbage = garbageCollector();
      collectGarbage();
      const before = process.memoryUsage().heapUsed;
      for (let count = 0; count < 20_000; count++) {
        const failure = await client.command(['/a/print']).catch((error: unknown) => error);
        if (failure !== cause) throw new Error('rejected with something else');
      }
      collectGarbage();
      // As published, each costs 2.7 kB for ever.
      expect(process.memoryUsage().heapUsed - before).toBeLessThan(20_000 * 100);
    });
  });

  describe('an idle session', () => {
    it('says what may be the cause when the router closes it right after the login', async () => {
      await using router = await admitting(async (peer) => void peer.socket.end());
      const client = await dial(addressOf(router), DEADLINES);
      await expect.poll(() => client.ended?.fault).toBe('closed');
      expect(client.ended?.reason).toMatch(
        /^the router closed the connection right after the login: \/ip service api(-ssl)? has reached max-sessions/,
      );
    });

    it('notices when the router goes away', async () => {
      const go = Promise.withResolvers<void>();
      await using router = await admitting(async (peer) => {
        await go.promise;
        peer.reset();
      });
      const client = await dial(addressOf(router), DEADLINES);
      go.resolve();
      await expect.poll(() => client.ended?.fault).toBe('closed');
    });
  });
}

/** Keeps this thread from doing anything, milliseconds. */
function holdUp(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** Node's collector of garbage, which programs do not see otherwise. */
function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect !== 'function') throw new Error('BUG: node has no gc');
  return () => void Reflect.apply(collect, undefined, []);
}
