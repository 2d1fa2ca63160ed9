/**
 * What every implementation of the RouterClient port must do, whatever a router does. The cases are those in which
 * node-routeros 1.6.9 as published hangs, crashes or mixes replies up, and the replies of real routers. One long file, because it is one contract.
 */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Peer,
  type ScriptedRouter,
  type ScriptedRouterOptions,
  sentenceBytes,
  startScriptedRouter,
  tagOf,
} from '../routeros/scripted-router.ts';
import { type DialRouter, type Reply, type RouterAddress, type RouterTls, SessionError } from './router-client.ts';

/** One way to reach a router: what the client is given, and how the router listens. */
export interface Route {
  readonly tls: RouterTls | undefined;
  readonly router: ScriptedRouterOptions;
}

const HOST = '127.71.0.1';
const PASSWORD = 'pässwörd-7';
const DEADLINES = { connectMs: 2000, commandMs: 2000 };
const SHORT = { connectMs: 600, commandMs: 150 };
const OLD_CHALLENGE = '0123456789abcdef0123456789abcdef';

/** Declares the suite for one implementation and one route. */
export function describeRouterClient(name: string, dial: DialRouter, route: Route): void {
  const addressOf = (router: Pick<ScriptedRouter, 'host' | 'port'>, extra: Partial<RouterAddress> = {}): RouterAddress => ({
    host: router.host,
    port: router.port,
    user: 'poplar',
    password: PASSWORD,
    allowMd5Login: false,
    tls: route.tls,
    codePage: 'latin1',
    ...extra,
  });

  const start = (script: (peer: Peer) => Promise<void>, host = HOST): Promise<ScriptedRouter> =>
    startScriptedRouter(host, script, route.router);

  /** A router that admits the login and then follows the script. */
  const admitting = (script: (peer: Peer) => Promise<void>): Promise<ScriptedRouter> =>
    start(async (peer) => {
      await peer.admit();
      await script(peer);
    });

  /** Answers each command by `reply`. */
  const answering = (reply: (command: string[], peer: Peer) => void): Promise<ScriptedRouter> =>
    admitting(async (peer) => {
      for (;;) reply(await peer.next(), peer);
    });

  describe(`${name}:`, () => {
    describe('login', () => {
      it('sends name and password in one sentence', async () => {
        await using router = await admitting(async () => {});
        const client = await dial(addressOf(router), DEADLINES);
        expect(router.received[0]?.slice(0, 3)).toEqual(['/login', '=name=poplar', `=password=${PASSWORD}`]);
        expect(client.ended).toBeUndefined();
        client.close();
      });

      it('answers the old MD5 challenge over the bytes of the password where that is allowed', async () => {
        await using router = await start(async (peer) => {
          peer.answer(await peer.next(), ['!done', `=ret=${OLD_CHALLENGE}`]);
          peer.answer(await peer.next(), ['!done']);
          peer.answer(await peer.next(), ['!re', '=name=old'], ['!done']);
        });
        const client = await dial(addressOf(router, { allowMd5Login: true }), DEADLINES);
        const digest = createHash('md5')
          .update(Buffer.concat([Buffer.of(0), Buffer.from(PASSWORD), Buffer.from(OLD_CHALLENGE, 'hex')]))
          .digest('hex');
        expect(router.received[1]?.slice(0, 3)).toEqual(['/login', '=name=poplar', `=response=00${digest}`]);
        expect(valuesOf(await client.command(['/system/identity/print']), 'name')).toEqual(['old']);
        client.close();
      });

      it('refuses the old challenge where it is not allowed, and says what to set', async () => {
        await using router = await start(async (peer) => {
          peer.answer(await peer.next(), ['!done', `=ret=${OLD_CHALLENGE}`]);
          await peer.closed();
        });
        const error = await failureOf(dial(addressOf(router), DEADLINES));
        expect(error.fault).toBe('auth');
        expect(error.message).toContain('allow_md5_login: true');
        expect(router.received).toHaveLength(1);
      });

      it.each([['not hexadecimal'], ['00'], ['']])('takes the challenge "%s" for garbage', async (ret) => {
        await using router = await start(async (peer) => {
          peer.answer(await peer.next(), ['!done', `=ret=${ret}`]);
        });
        expect((await failureOf(dial(addressOf(router, { allowMd5Login: true }), DEADLINES))).fault).toBe('protocol');
      });

      it('does not answer challenges for ever', async () => {
        await using router = await start(async (peer) => {
          for (;;) peer.answer(await peer.next(), ['!done', `=ret=${OLD_CHALLENGE}`]);
        });
        expect((await failureOf(dial(addressOf(router, { allowMd5Login: true }), DEADLINES))).fault).toBe('protocol');
      });

      it.each([
        ['invalid user name or password (6)', 'auth'],
        ['cannot log in', 'auth'],
        ['could not authenticate - radius timeout', 'auth'],
        ['not enough permissions (9)', 'permission'],
      ])('reports the refusal "%s" in the router\'s words as %s', async (message, fault) => {
        await using router = await start(async (peer) => {
          peer.answer(await peer.next(), ['!trap', `=message=${message}`], ['!done']);
        });
        const error = await failureOf(dial(addressOf(router), DEADLINES));
        expect(error.fault).toBe(fault);
        expect(error.message).toContain(message);
      });

      it('is a login even if the router answers it with several rows', async () => {
        await using router = await start(async (peer) => {
          peer.answer(await peer.next(), ['!re', '=a=1'], ['!re', '=a=2'], ['!done']);
        });
        const client = await dial(addressOf(router), DEADLINES);
        expect(client.ended).toBeUndefined();
        client.close();
      });

      it('reports a router that accepts and closes, with what may be the cause', async () => {
        await using router = await start(async (peer) => void peer.socket.end());
        const error = await failureOf(dial(addressOf(router), DEADLINES));
        expect(error.fault).toBe('max-sessions');
        expect(error.message).toContain('has reached max-sessions or does not admit this address');
      });

      it.each([['too many commands before login'], ['']])('reports !fatal "%s" before the login', async (reason) => {
        await using router = await start(async (peer) => {
          await peer.next();
          peer.send(reason === '' ? ['!fatal'] : ['!fatal', reason]);
          peer.socket.end();
        });
        const error = await failureOf(dial(addressOf(router), DEADLINES));
        expect(error.fault).toBe('closed');
        expect(error.message).toContain(reason);
      });

      it('reports a reset with a reason', async () => {
        await using router = await start(async (peer) => {
          await peer.next();
          peer.reset();
        });
        const error = await failureOf(dial(addressOf(router), DEADLINES));
        expect(error.fault).toBe('closed');
        expect(error.message).toContain('reset');
      });

      it('gives up on silence at its own deadline', async () => {
        await using router = await start((peer) => peer.closed());
        const error = await failureOf(dial(addressOf(router), SHORT));
        expect(error.fault).toBe('timeout');
        expect(error.message).toContain('within 600 ms');
      });

      it('reports a port where nothing listens', async () => {
        const router = await start(async () => {}, '127.71.0.2');
        await router[Symbol.asyncDispose]();
        expect((await failureOf(dial(addressOf(router), DEADLINES))).fault).toBe('refused');
      });

      it('reports an impossible port', async () => {
        expect((await failureOf(dial(addressOf({ host: HOST, port: 70_000 }), DEADLINES))).message).toContain(
          'ERR_SOCKET_BAD_PORT',
        );
      });

      it.each([['SSH-2.0-ROSSSH\r\n'], ['HTTP/1.1 400 Bad Request\r\n\r\n'], ['\xff\xff\xff']])(
        'tells that %j is not the API',
        async (greeting) => {
          await using router = await start(async (peer) => {
            peer.socket.write(Buffer.from(greeting, 'latin1'));
            await peer.closed();
          });
          expect((await failureOf(dial(addressOf(router), DEADLINES))).fault).toBe('protocol');
        },
      );
    });

    describe('command', () => {
      it('returns no rows for !empty', async () => {
        await using router = await answering((command, peer) => peer.answer(command, ['!empty'], ['!done']));
        const client = await dial(addressOf(router), DEADLINES);
        expect(await client.command(['/x/print'])).toEqual({ rows: [], traps: [] });
        client.close();
      });

      it('survives unknown words, unknown tags and replies without a tag', async () => {
        await using router = await answering((command, peer) => {
          peer.answer(command, ['!news', '=a=1']);
          peer.send(['!re', '.tag=999', '=a=2'], ['!done', '.tag=999'], ['!re', '=a=3'], ['!trap', '=message=untagged']);
          peer.answer(command, ['!re', '=a=4'], ['!done']);
        });
        const client = await dial(addressOf(router), DEADLINES);
        expect(valuesOf(await client.command(['/x/print']), 'a')).toEqual(['4']);
        expect(valuesOf(await client.command(['/x/print']), 'a')).toEqual(['4']);
        client.close();
      });

      it('returns every trap, and the rows that came before', async () => {
        await using router = await answering((command, peer) =>
          peer.answer(
            command,
            ['!re', '=a=1'],
            ['!trap', '=category=0', '=message=no such command or directory (wireless)'],
            ['!trap', '=message=no such command prefix'],
            ['!done'],
          ),
        );
        const client = await dial(addressOf(router), DEADLINES);
        const reply = await client.command(['/interface/wireless/print']);
        expect(valuesOf(reply, 'a')).toEqual(['1']);
        expect(reply.traps.map((trap) => trap.kind)).toEqual(['absent', 'absent']);
        client.close();
      });

      it('keeps fifty answers in flight apart', async () => {
        await using router = await admitting(async (peer) => {
          const commands: string[][] = [];
          for (let count = 0; count < 50; count++) commands.push(await peer.next());
          for (const command of commands.reverse()) peer.answer(command, ['!re', `=echo=${command[1]}`], ['!done']);
        });
        const client = await dial(addressOf(router), DEADLINES);
        const replies = await Promise.all(Array.from({ length: 50 }, (_, index) => client.command(['/x/print', `=n=${index}`])));
        expect(replies.flatMap((reply) => valuesOf(reply, 'echo'))).toEqual(
          Array.from({ length: 50 }, (_, index) => `=n=${index}`),
        );
        client.close();
      });

      it.each([
        ['a reply byte by byte', [1]],
        ['the last zero alone', [1_000_000]],
        ['a length of two bytes cut in half', [3, 1, 200]],
      ])('understands %s', async (_, sizes) => {
        const value = 'v'.repeat(300);
        await using router = await answering((command, peer) => {
          const bytes = sentenceBytes([`!re`, tagOf(command) ?? '', `=a=${value}`], ['!done', tagOf(command) ?? '']);
          const chunks = [...cut(bytes.subarray(0, -1), sizes), bytes.subarray(-1)];
          peer.socket.setNoDelay(true);
          void sendApart(peer, chunks);
        });
        const client = await dial(addressOf(router), DEADLINES);
        expect(valuesOf(await client.command(['/x/print']), 'a')).toEqual([value]);
        client.close();
      });

      it('returns what the router sent, however it is segmented', async () => {
        const plans: { sentences: string[][]; sizes: number[] }[] = [];
        await using router = await answering((command, peer) => {
          const plan = plans.shift() ?? { sentences: [], sizes: [] };
          const tagged = plan.sentences.map(([first = '', ...rest]) => [first, tagOf(command) ?? '', ...rest]);
          peer.socket.setNoDelay(true);
          void sendApart(peer, cut(sentenceBytes(...tagged), plan.sizes));
        });
        const client = await dial(addressOf(router), DEADLINES);
        const value = fc.string({ unit: 'binary', maxLength: 200 }).map((text) => text.toWellFormed());
        const reply = fc.record({
          rows: fc.array(value, { maxLength: 5 }),
          traps: fc.array(value, { maxLength: 2 }),
          noise: fc.constantFrom<string[][][]>([], [['!empty']], [['!news', '=a=1']]),
        });
        const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 1448 })), { minLength: 1 });
        await fc.assert(
          fc.asyncProperty(reply, sizes, async ({ rows, traps, noise }, sizes) => {
            const sentences = [
              ...rows.map((row) => ['!re', `=a=${row}`]),
              ...noise,
              ...traps.map((trap) => ['!trap', `=message=${trap}`]),
            ];
            plans.push({ sentences: [...sentences, ['!done']], sizes });
            const answer = await client.command(['/x/print']);
            expect(valuesOf(answer, 'a')).toEqual(rows);
            expect(answer.traps.map((trap) => trap.message)).toEqual(traps);
          }),
          { numRuns: 150 },
        );
        client.close();
      });

      it('reads texts that are not UTF-8 by the code page of the router', async () => {
        await using router = await answering((command, peer) => {
          const tag = tagOf(command) ?? '';
          const bytes = Buffer.from('=comment=\xc1\xe0\xf8\xed\xff', 'latin1');
          peer.socket.write(sentenceBytes(['!re', tag, bytes], ['!re', tag, '=comment=Башня'], ['!done', tag]));
        });
        const client = await dial(addressOf(router, { codePage: 'windows-1251' }), DEADLINES);
        expect(valuesOf(await client.command(['/interface/print']), 'comment')).toEqual(['Башня', 'Башня']);
        client.close();
      });

      it('takes a word of 3 MB', async () => {
        const value = 'x'.repeat(3 * 1024 * 1024);
        await using router = await answering((command, peer) => peer.answer(command, ['!re', `=a=${value}`], ['!done']));
        const client = await dial(addressOf(router), DEADLINES);
        expect(valuesOf(await client.command(['/x/print']), 'a')[0]).toHaveLength(value.length);
        client.close();
      });

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

      it('is rejected at once, ten thousand times over, when the connection is dead', async () => {
        await using router = await admitting(async (peer) => peer.reset());
        const client = await dial(addressOf(router), DEADLINES);
        await failureOf(client.command(['/a/print']));
        const failures = await Promise.all(Array.from({ length: 10_000 }, () => failureOf(client.command(['/a/print']))));
        expect(new Set(failures).size).toBe(1);
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
  });
}

/** The SessionError that a promise must end with, in time: nothing may stay pending. */
async function failureOf(promise: Promise<unknown>): Promise<SessionError> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(outcome instanceof SessionError)) throw new Error(`expected a SessionError, got ${String(outcome)}`);
  expect(outcome.message).not.toContain(PASSWORD);
  return outcome;
}

/** The value of one attribute in each row. */
function valuesOf(reply: Reply, name: string): (string | undefined)[] {
  return reply.rows.map((row) => row.get(name));
}

/** The bytes in pieces of these sizes, in turn. */
function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

/** Sends each piece as a segment (over TLS, a record) of its own. */
async function sendApart(peer: Peer, chunks: readonly Buffer[]): Promise<void> {
  for (const chunk of chunks) {
    if (!peer.socket.writable) return;
    await new Promise<void>((resolve) => {
      peer.socket.write(chunk, () => setImmediate(resolve));
    });
  }
}
