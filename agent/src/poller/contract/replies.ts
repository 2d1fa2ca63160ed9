/** What a client makes of the answers to its commands: every form in which routers answer. */
import { describe, expect, it } from 'vitest';
import { sentenceBytes, tagOf } from '../../routeros/scripted-router.ts';
import type { Reply } from '../router-client.ts';
import { DEADLINES, type Fixture, valuesOf } from './fixture.ts';

/** What is expected of an answer: the values of attribute `a` in its rows, its traps, its number. */
interface Understood {
  readonly rows?: readonly (string | undefined)[];
  readonly traps?: Reply['traps'];
  readonly ret?: string;
}

const ANSWERS: readonly (readonly [what: string, sentences: readonly string[][], understood: Understood])[] = [
  ['no row', [['!done']], {}],
  ['rows', [['!re', '=a=1'], ['!re', '=b=2', '=a=2'], ['!done']], { rows: ['1', '2'] }],
  ['!empty', [['!empty'], ['!done']], {}],
  ['!empty twice', [['!empty'], ['!empty'], ['!done']], {}],
  ['!empty and then rows after all', [['!empty'], ['!re', '=a=1'], ['!re', '=a=2'], ['!done']], { rows: ['1', '2'] }],
  ['rows and then !empty', [['!re', '=a=1'], ['!empty'], ['!done']], { rows: ['1'] }],
  ['a reply word that nobody knows', [['!news', '=a=1'], ['!done']], {}],
  ['a reply word that nobody knows among rows', [['!re', '=a=1'], ['!news'], ['!re', '=a=2'], ['!done']], { rows: ['1', '2'] }],
  [
    'one trap',
    [['!trap', '=category=4', '=message=failure: busy'], ['!done']],
    { traps: [{ kind: 'other', message: 'failure: busy' }] },
  ],
  ['a trap without a word', [['!trap'], ['!done']], { traps: [{ kind: 'other', message: '' }] }],
  [
    'two traps, as of a missing menu',
    [
      ['!trap', '=category=0', '=message=no such command or directory (wireless)'],
      ['!trap', '=message=no such command prefix'],
      ['!done'],
    ],
    {
      traps: [
        { kind: 'absent', message: 'no such command or directory (wireless)' },
        { kind: 'absent', message: 'no such command prefix' },
      ],
    },
  ],
  [
    'rows and then a trap',
    [['!re', '=a=1'], ['!trap', '=category=2', '=message=interrupted'], ['!done']],
    { rows: ['1'], traps: [{ kind: 'other', message: 'interrupted' }] },
  ],
  [
    'a trap about rights',
    [['!trap', '=message=not enough permissions (9)'], ['!done']],
    { traps: [{ kind: 'permission', message: 'not enough permissions (9)' }] },
  ],
  [
    'a trap whose text holds a tag',
    [['!trap', '=message=no such command: /interface/ethernet/poe/print .tag=42'], ['!done']],
    { traps: [{ kind: 'absent', message: 'no such command: /interface/ethernet/poe/print .tag=42' }] },
  ],
  ['a count', [['!done', '=ret=36776']], { ret: '36776' }],
  ['a count of nothing where !empty is known', [['!empty'], ['!done', '=ret=0']], { ret: '0' }],
  ['values with = and line breaks', [['!re', '=a=x=y\r\nz='], ['!done']], { rows: ['x=y\r\nz='] }],
  [
    'values that are empty, and flags without any',
    [['!re', '=a='], ['!re', '=a'], ['!re', '=ab='], ['!done']],
    { rows: ['', '', undefined] },
  ],
  ['an attribute twice', [['!re', '=a=B3@20Mhz', '=b=', '=a=B7@10Mhz'], ['!done']], { rows: ['B3@20Mhz,B7@10Mhz'] }],
];

/** Where routers put the tag: real ones second, the manual shows it last. */
const TAG_PLACES = {
  second: (sentence: readonly string[], tag: string): string[] => [...sentence.slice(0, 1), tag, ...sentence.slice(1)],
  last: (sentence: readonly string[], tag: string): string[] => [...sentence, tag],
} as const;

export function describeReplies({ dial, addressOf, admitting, answering }: Fixture): void {
  describe.each(Object.entries(TAG_PLACES))('an answer with the tag as %s word', (_, place) => {
    it.each(ANSWERS)('may be %s', async (_, sentences, { rows = [], traps = [], ret }) => {
      await using router = await answering((command, peer) =>
        peer.send(...sentences.map((sentence) => place(sentence, tagOf(command) ?? ''))),
      );
      const client = await dial(addressOf(router), DEADLINES);
      // Twice: what one answer leaves behind would show in the next.
      for (const command of ['/x/print', '/y/print']) {
        const reply = await client.command([command]);
        expect({ rows: valuesOf(reply, 'a'), traps: reply.traps, ret: reply.ret }).toEqual({ rows, traps, ret });
      }
      client.close();
    });
  });

  describe('answers', () => {
    it('to others, and to nobody, are left alone', async () => {
      await using router = await answering((command, peer) => {
        peer.answer(command, ['!re', '=a=1']);
        peer.send(['!re', '.tag=999', '=a=2'], ['!trap', '.tag=999', '=message=of another'], ['!done', '.tag=999']);
        peer.send(['!re', '=a=3'], ['!trap', '=message=untagged'], ['!empty'], ['!done']);
        peer.answer(command, ['!re', '=a=4'], ['!done']);
        // Rows of a command that has ended, as after a cancel.
        peer.answer(command, ['!re', '=a=5'], ['!done']);
      });
      const client = await dial(addressOf(router), DEADLINES);
      for (const command of ['/x/print', '/y/print']) {
        const reply = await client.command([command]);
        expect(valuesOf(reply, 'a')).toEqual(['1', '4']);
        expect(reply.traps).toEqual([]);
      }
      client.close();
    });

    it('of fifty commands in flight are kept apart', async () => {
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

    it('with texts that are not UTF-8 are read by the code page of the router', async () => {
      await using router = await answering((command, peer) => {
        const tag = tagOf(command) ?? '';
        const bytes = Buffer.from('=comment=\xc1\xe0\xf8\xed\xff', 'latin1');
        peer.socket.write(sentenceBytes(['!re', tag, bytes], ['!re', tag, '=comment=Башня'], ['!done', tag]));
      });
      const client = await dial(addressOf(router, { codePage: 'windows-1251' }), DEADLINES);
      expect(valuesOf(await client.command(['/interface/print']), 'comment')).toEqual(['Башня', 'Башня']);
      client.close();
    });
  });
}
