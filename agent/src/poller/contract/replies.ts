/** What a client makes of the answers to its commands, in the forms and segments in which routers send them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sentenceBytes, tagOf } from '../../routeros/scripted-router.ts';
import { DEADLINES, type Fixture, valuesOf } from './fixture.ts';
import { cut, sendApart } from './segments.ts';

export function describeReplies({ dial, addressOf, admitting, answering }: Fixture): void {
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
  });
}
