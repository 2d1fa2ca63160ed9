/** RouterOS stores text as the bytes it was given: UTF-8 from WinBox 4 and the terminal, a code page from older WinBox. */
import type { CodePage } from '../poller/router-client.ts';

const UPPER_HALF = 0x80;
const REPLACEMENT = '\ufffd';
const upperHalves = new Map<CodePage, readonly string[]>();
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Text of one word: bytes from `start` to before `end`. */
export type DecodeWord = (bytes: Buffer, start: number, end: number) => string;

/**
 * A decoder of words: strict UTF-8, or else one character per byte by the code page. It never fails and never loses a byte:
 * one that the page does not define becomes the character of its own number.
 */
export function createWordDecoder(codePage: CodePage): DecodeWord {
  const upperHalf = codePage === 'latin1' ? undefined : upperHalfOf(codePage);

  function decodeNonAscii(bytes: Buffer, start: number, end: number): string {
    try {
      return utf8.decode(bytes.subarray(start, end));
    } catch {
      if (upperHalf === undefined) return bytes.toString('latin1', start, end);
      let text = '';
      for (const byte of bytes.subarray(start, end))
        text += byte < UPPER_HALF ? String.fromCharCode(byte) : (upperHalf[byte - UPPER_HALF] ?? '');
      return text;
    }
  }

  return (bytes, start, end) => {
    for (let at = start; at < end; at++) {
      if ((bytes[at] ?? 0) >= UPPER_HALF) return decodeNonAscii(bytes, start, end);
    }
    return bytes.toString('latin1', start, end);
  };
}

/** The characters of the bytes 0x80 to 0xff; made once per page, for all sessions. */
function upperHalfOf(codePage: CodePage): readonly string[] {
  const known = upperHalves.get(codePage);
  if (known !== undefined) return known;
  const decoder = new TextDecoder(codePage);
  const upperHalf = Array.from({ length: UPPER_HALF }, (_, index) => {
    const byte = UPPER_HALF + index;
    const character = decoder.decode(Uint8Array.of(byte));
    return character === REPLACEMENT ? String.fromCharCode(byte) : character;
  });
  upperHalves.set(codePage, upperHalf);
  return upperHalf;
}
