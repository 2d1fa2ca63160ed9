import { describe, expect, it } from 'vitest';
import { createReplyGatherer, ReplyTooLargeError, readTag } from './reply.ts';

function gather(...sentences: string[][]): ReturnType<typeof createReplyGatherer> {
  const gatherer = createReplyGatherer('/x/print');
  const ends = sentences.map((sentence) => gatherer.add(sentence));
  expect(ends.indexOf(true)).toBe(sentences.length - 1);
  return gatherer;
}

describe('createReplyGatherer', () => {
  it('keeps rows with values that hold "=" and line breaks, and empty values', () => {
    const { reply } = gather(['!re', '.tag=1', '=.id=*A', '=comment=a=b\r\nc', '=ebgp=', '=flag'], ['!done', '.tag=1']);
    const names = ['.id', 'comment', 'ebgp', 'flag', 'absent', 'comm'];
    expect(names.map((name) => reply.rows[0]?.get(name))).toEqual(['*A', 'a=b\r\nc', '', '', undefined, undefined]);
  });

  it('joins the values of a repeated attribute as RouterOS writes lists', () => {
    const { reply } = gather(['!re', '=ca-band=B3', '=ca-band=B7'], ['!done']);
    expect(reply.rows[0]?.get('ca-band')).toBe('B3,B7');
  });

  it('names the attributes of a row, and nothing else that stands in it', () => {
    const { reply } = gather(['!re', '.tag=1', '=voltage=24.1', '=.id=*A', '=comment=a=b', '=flag'], ['!done', '.tag=1']);
    expect([...(reply.rows[0]?.keys() ?? [])]).toEqual(['voltage', '.id', 'comment', 'flag']);
  });

  it('ends at !done only: not at !empty, a trap, or an unknown word', () => {
    const { reply } = gather(['!empty'], ['!empty'], ['!re', '=a=1'], ['!news', '=a=2'], ['!trap', '=message=x'], ['!done']);
    expect(reply.rows).toHaveLength(1);
    expect(reply.traps).toEqual([{ kind: 'other', message: 'x' }]);
  });

  it('keeps every trap, and tells a missing menu and missing rights from the rest', () => {
    const { reply } = gather(
      ['!trap', '=category=0', '=message=no such command or directory (wireless)'],
      ['!trap', '=message=no such command prefix'],
      ['!trap', '=category=0', '=message=missing'],
      ['!trap', '=category=0', '=message=no such item'],
      ['!trap', '=message=not enough permissions (9)'],
      ['!trap', '=message=interrupted', '=category=2'],
      ['!trap'],
      ['!done'],
    );
    expect(reply.traps.map((trap) => trap.kind)).toEqual(['absent', 'absent', 'absent', 'other', 'permission', 'other', 'other']);
  });

  it('returns what !done returns', () => {
    expect(gather(['!done', '=ret=17']).reply.ret).toBe('17');
    expect(gather(['!done']).reply.ret).toBeUndefined();
  });

  it('refuses an endless answer', () => {
    const gatherer = createReplyGatherer('/x/print');
    const row = ['!re', `=a=${'x'.repeat(1024 * 1024)}`];
    expect(() => {
      for (let rows = 0; rows < 17; rows++) gatherer.add(row);
    }).toThrow(ReplyTooLargeError);
  });

  it.each([
    ['rows', ['!re']],
    ['traps', ['!trap']],
  ])('takes a bounded number of %s, however short they are', (_, sentence) => {
    const gatherer = createReplyGatherer('/x/print');
    expect(() => {
      for (let count = 0; count < 30_000; count++) gatherer.add(sentence);
    }).toThrow(ReplyTooLargeError);
    expect(gatherer.reply.rows.length + gatherer.reply.traps.length).toBeLessThanOrEqual(20_000);
  });

  it('takes a bounded number of words, however short they are', () => {
    const gatherer = createReplyGatherer('/x/print');
    const sentence = ['!re', ...Array.from({ length: 1000 }, () => '=')];
    expect(() => {
      for (let count = 0; count < 1000; count++) gatherer.add(sentence);
    }).toThrow(ReplyTooLargeError);
  });

  it('takes the interfaces of a large concentrator', () => {
    const gatherer = createReplyGatherer('/x/print');
    const words = Array.from({ length: 16 }, (_, index) => `=attribute-${index}=1234567`);
    for (let count = 0; count < 8000; count++) gatherer.add(['!re', ...words]);
    expect(gatherer.add(['!done'])).toBe(true);
  });
});

describe('readTag', () => {
  it('finds the tag wherever it stands, and only as a word of its own', () => {
    expect(readTag(['!re', '.tag=sss', '=.id=*2'])).toBe('sss');
    expect(readTag(['!re', '=.id=*2', '.tag=7'])).toBe('7');
    expect(readTag(['!trap', '=message=/interface/poe/print .tag=42'])).toBeUndefined();
  });
});
