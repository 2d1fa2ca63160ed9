import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSentenceParser, encodeSentences, ProtocolFault } from './codec.ts';

const LARGE = { wordBytesMax: 0x20_0000, wordsMax: 100 };

describe('sentences on the wire', () => {
  it.each([
    [0x7f, '7f'],
    [0x80, '8080'],
    [0x3fff, 'bfff'],
    [0x4000, 'c04000'],
    [0x1f_ffff, 'dfffff'],
    [0x20_0000, 'e0200000'],
  ])('write a word of %i bytes with the length %s', (length, prefix) => {
    const bytes = encodeSentences([['x'.repeat(length)]]);
    expect(bytes.subarray(0, prefix.length / 2).toString('hex')).toBe(prefix);
    expect(bytes.length).toBe(prefix.length / 2 + length + 1);
    expect(createSentenceParser(LARGE).push(bytes)).toEqual([['x'.repeat(length)]]);
  });

  it('keep their bytes, whatever they mean, when read as latin1', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    const word = Buffer.from(bytes).toString('latin1');
    const sentence = encodeSentences([[word]], 'latin1');
    expect(createSentenceParser(LARGE, 'latin1').push(sentence)).toEqual([[word]]);
  });

  it('are refused when they are longer than allowed, before they are all there', () => {
    const parser = createSentenceParser({ ...LARGE, sentenceBytesMax: 100 });
    const bytes = encodeSentences([['x'.repeat(60)], ['x'.repeat(60), 'y'.repeat(60)]]);
    expect(() => parser.push(bytes.subarray(0, 130))).toThrow('Cannot read a sentence of more than 100 bytes');
    expect(createSentenceParser({ ...LARGE, sentenceBytesMax: 120 }).push(bytes)).toHaveLength(2);
  });

  it('come back as they were, however they are cut', () => {
    const word = fc.oneof(
      fc.string({ minLength: 1, unit: 'binary' }),
      fc.constant('y'.repeat(300)),
      fc.constant('=comment=Büro\r\n=x='),
    );
    fc.assert(
      fc.property(
        fc.array(fc.array(word, { minLength: 1 }), { maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 400 })),
        (sentences, cuts) => {
          const bytes = encodeSentences(sentences);
          const parser = createSentenceParser();
          const parsed: string[][] = [];
          let from = 0;
          for (const cut of [...cuts, bytes.length]) {
            parsed.push(...parser.push(bytes.subarray(from, from + cut)));
            from = Math.min(bytes.length, from + cut);
          }
          expect(parsed).toEqual(sentences.map((words) => words.map((one) => Buffer.from(one).toString())));
        },
      ),
    );
  });

  it('may be empty, which says nothing', () => {
    expect(createSentenceParser().push(Buffer.from([0, 0, 1, 0x61, 0, 0]))).toEqual([['a']]);
  });

  it('are refused beyond the limits', () => {
    expect(() => createSentenceParser({ wordBytesMax: 3, wordsMax: 9 }).push(Buffer.from([4]))).toThrow(ProtocolFault);
    expect(() => createSentenceParser({ wordBytesMax: 9, wordsMax: 1 }).push(Buffer.from([1, 0x61, 1, 0x61]))).toThrow(
      ProtocolFault,
    );
    expect(() => createSentenceParser().push(Buffer.from([0xf8]))).toThrow(/control byte 0xf8/);
  });
});
