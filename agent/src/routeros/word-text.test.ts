import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CODE_PAGES, type CodePage } from '../poller/router-client.ts';
import { createWordDecoder } from './word-text.ts';

function decode(codePage: CodePage, bytes: Buffer): string {
  return createWordDecoder(codePage)(bytes, 0, bytes.length);
}

describe('createWordDecoder', () => {
  it.each<[CodePage, string, string]>([
    ['latin1', 'Büro \x80', '42fc726f2080'],
    ['windows-1252', 'Büro €', '42fc726f2080'],
    ['windows-1251', 'Башня 7', 'c1e0f8edff2037'],
    ['koi8-r', 'Башня', 'e2c1dbced1'],
    ['windows-1250', 'věž', '76ec9e'],
    ['windows-1253', 'Πύργος', 'd0fdf1e3eff2'],
  ])('reads %s', (codePage, text, bytes) => {
    expect(decode(codePage, Buffer.from(bytes, 'hex'))).toBe(text);
  });

  it.each(CODE_PAGES)('prefers UTF-8 to %s', (codePage) => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(decode(codePage, Buffer.from(text))).toBe(text);
      }),
    );
  });

  it.each(CODE_PAGES)('gives every byte that is not UTF-8 a character in %s, and different bytes different ones', (codePage) => {
    const decoder = createWordDecoder(codePage);
    // A byte above 0x7f between letters is never UTF-8.
    const characters = Array.from({ length: 128 }, (_, index) => decoder(Buffer.of(0x61, 0x80 + index, 0x62), 0, 3));
    expect(characters.every((text) => text.length === 3 && text[0] === 'a' && text[2] === 'b' && text[1] !== '\ufffd')).toBe(
      true,
    );
    expect(new Set(characters).size).toBe(128);
  });

  it('reads nothing outside its bounds', () => {
    expect(createWordDecoder('windows-1251')(Buffer.from('61c162', 'hex'), 1, 2)).toBe('Б');
    expect(createWordDecoder('latin1')(Buffer.from('abc'), 1, 2)).toBe('b');
  });
});
