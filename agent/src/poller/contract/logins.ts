/** What a client does while it connects and logs in. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { DEADLINES, type Fixture, failureOf, HOST, PASSWORD, valuesOf } from './fixture.ts';

const SHORT = { connectMs: 600, commandMs: 150 };
const OLD_CHALLENGE = '0123456789abcdef0123456789abcdef';

export function describeLogins({ dial, addressOf, start, admitting }: Fixture): void {
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

    it('reports a reset right after the connection, with a reason', async () => {
      await using router = await start(async (peer) => peer.reset());
      const error = await failureOf(dial(addressOf(router), DEADLINES));
      expect(error.fault).toMatch(/^(closed|tls)$/);
      expect(error.reason).toMatch(/reset|cut the connection/);
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
}
