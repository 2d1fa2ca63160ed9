import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sentenceBytes } from './scripted-router.ts';
import { encodeSentence } from './sentence-encoder.ts';
import { createSentenceParser, SENTENCE_LIMITS, SentenceError, type SentenceLimits } from './sentence-parser.ts';

function parse(chunks: Iterable<Uint8Array>, limits: SentenceLimits = SENTENCE_LIMITS): string[][] {
  const sentences: string[][] = [];
  const parser = createSentenceParser((words) => sentences.push(words) > 0, limits);
  for (const chunk of chunks) parser.feed(Buffer.from(chunk));
  return sentences;
}

function cut(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

const text = fc.string({ unit: 'binary', maxLength: 300 });
const sentence = fc
  .tuple(fc.constantFrom('!re', '!done', '!trap', '!empty'), fc.array(text, { maxLength: 8 }))
  .map(([reply, rest]) => [
    reply,
    // A word of length zero ends a sentence, so it cannot be one of its words.
    ...rest.map((word) => `=${word.toWellFormed()}`),
  ]);

describe('createSentenceParser', () => {
  it('returns the same sentences however the bytes are segmented', () => {
    fc.assert(
      fc.property(
        fc.array(sentence, { maxLength: 6 }),
        fc.array(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 1448 })), { minLength: 1, maxLength: 12 }),
        (sentences, sizes) => {
          expect(parse(cut(sentenceBytes(...sentences), sizes))).toEqual(sentences);
        },
      ),
      { numRuns: 400 },
    );
  });

  it('returns the same sentences byte by byte, with words of every length form', () => {
    const sentences = [0x7f, 0x80, 0x3fff, 0x4000].map((length) => ['!re', `=${'x'.repeat(length - 1)}`]);
    expect(parse(cut(sentenceBytes(...sentences), [1]))).toEqual(sentences);
  });

  it('reads what the encoder writes, up to lengths of four bytes', () => {
    const words = ['!re', '=a=', '=ü=€', `=${'x'.repeat(0x3ffe)}`, `=${'y'.repeat(0x1fffff)}`, `=${'z'.repeat(0x200000)}`];
    expect(parse([encodeSentence(words)])).toEqual([words]);
  });

  it('reads the published examples of lengths', () => {
    const examples: [number, string][] = [
      [0x7f, '7f'],
      [0x80, '8080'],
      [0x3fff, 'bfff'],
      [0x4000, 'c04000'],
      [0x1fffff, 'dfffff'],
      [0x200000, 'e0200000'],
    ];
    for (const [length, prefix] of examples) {
      const word = `!${'x'.repeat(length - 1)}`;
      const bytes = encodeSentence([word]);
      expect(Buffer.from(bytes.subarray(0, prefix.length / 2)).toString('hex')).toBe(prefix);
      expect(parse([Buffer.concat([Buffer.from(prefix, 'hex'), Buffer.from(word), Buffer.of(0)])])).toEqual([[word]]);
    }
  });

  it('skips empty sentences', () => {
    expect(parse([Buffer.of(0, 0), sentenceBytes(['!done']), Buffer.of(0)])).toEqual([['!done']]);
  });

  it('decodes UTF-8, and any other bytes one by one', () => {
    const latin1 = Buffer.from('=comment=Büro\x81', 'latin1');
    expect(parse([sentenceBytes(['!re', '=comment=Büro €', latin1])])).toEqual([['!re', '=comment=Büro €', '=comment=Büro\x81']]);
  });

  it('takes another protocol for what it is at the first byte', () => {
    expect(() => parse([Buffer.from('SSH-2.0-ROSSSH\r\n')])).toThrow(SentenceError);
    expect(() => parse([Buffer.from('H'), Buffer.from('T')])).toThrow('byte 0x54 instead of "!"');
  });

  it('refuses reserved length bytes and lengths above its limits', () => {
    const limits = { wordBytesMax: 100, sentenceBytesMax: 150 };
    expect(() => parse([Buffer.of(0xf8)])).toThrow('reserved byte 0xf8');
    expect(() => parse([Buffer.from('f0ffffffff', 'hex')])).toThrow('a word of 4294967295 bytes');
    expect(() => parse([sentenceBytes(['!re', 'x'.repeat(101)])], limits)).toThrow('at most 100');
    expect(() => parse([sentenceBytes(['!re', 'x'.repeat(90), 'x'.repeat(90)])], limits)).toThrow('longer than 150');
    expect(() => parse([sentenceBytes(['!re', ...Array.from({ length: 60 }, () => 'x')])], limits)).toThrow('longer than 150');
    expect(parse([sentenceBytes(['!re', 'x'.repeat(100)], ['!re', 'x'.repeat(100)])], limits)).toHaveLength(2);
  });

  it('ignores all bytes once its owner has heard enough', () => {
    const seen: string[][] = [];
    const parser = createSentenceParser((words) => {
      seen.push(words);
      return false;
    });
    parser.feed(sentenceBytes(['!fatal', 'reason'], ['!re']));
    parser.feed(Buffer.from('anything'));
    expect(seen).toEqual([['!fatal', 'reason']]);
  });

  it('never fails otherwise than by SentenceError', () => {
    const fails = (bytes: Uint8Array, size: number): unknown => {
      try {
        parse(cut(bytes, [size]));
        return undefined;
      } catch (error) {
        return error;
      }
    };
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.integer({ min: 1, max: 7 }), (bytes, size) => {
        expect(fails(bytes, size) ?? new SentenceError()).toBeInstanceOf(SentenceError);
      }),
    );
  });
});
