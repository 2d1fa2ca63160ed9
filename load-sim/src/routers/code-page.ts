/** Bytes of a router's texts: RouterOS keeps what it was given, UTF-8 or the code page of an operator's PC. */
import type { CodePage } from '../boards/layout.ts';

/** The bytes of a text. What the code page does not have becomes a question mark. */
export function encodeText(text: string, codePage: CodePage): Buffer {
  switch (codePage) {
    case 'utf-8':
      return Buffer.from(text, 'utf8');
    case 'latin1':
      return singleBytes(text, (code) => code);
    case 'windows-1251':
      return singleBytes(text, cyrillicByte);
  }
}

function singleBytes(text: string, byteOf: (code: number) => number): Buffer {
  const codes = Array.from(text, (character) => character.codePointAt(0) ?? 0);
  return Buffer.from(codes.map((code) => (code < 0x80 ? code : known(byteOf(code)))));
}

function known(byte: number): number {
  return byte >= 0x80 && byte <= 0xff ? byte : 0x3f;
}

/** The Russian letters of windows-1251: А to я in order, Ё and ё elsewhere. */
function cyrillicByte(code: number): number {
  if (code >= 0x410 && code <= 0x44f) return code - 0x410 + 0xc0;
  return code === 0x401 ? 0xa8 : code === 0x451 ? 0xb8 : 0;
}
