/**
 * Words and sentences of the RouterOS API, server side.
 *
 * A word is its length and its bytes. The length takes 1 byte below 0x80, 2 bytes (0x8000 added) below 0x4000, 3 bytes
 * (0xC00000) below 0x200000, 4 bytes (0xE0000000) below 0x10000000, otherwise 0xF0 and 4 bytes; big endian. A sentence is
 * words and a word of length 0. Source: https://help.mikrotik.com/docs/display/ROS/API
 */
import type { CodePage } from '../boards/layout.ts';
import { encodeText } from './code-page.ts';

/** The peer sent what the protocol does not allow, or more than the limits. The connection cannot be used any further. */
export class ProtocolFault extends Error {
  override readonly name = 'ProtocolFault';
}

export interface SentenceLimits {
  readonly wordBytesMax: number;
  readonly wordsMax: number;
  /** All words of a sentence together; without it, wordBytesMax × wordsMax is the bound. */
  readonly sentenceBytesMax?: number;
}

/** How the bytes of a word become text. `latin1` keeps them: each character is one byte. */
export type WordEncoding = 'utf8' | 'latin1';

/** More than any client sends in a command. */
export const COMMAND_LIMITS: SentenceLimits = { wordBytesMax: 65_536, wordsMax: 1_024 };

export interface SentenceParser {
  /** The sentences that these bytes complete, whatever the segments; empty sentences are left out. Throws ProtocolFault. */
  push(chunk: Uint8Array): string[][];
}

export function createSentenceParser(limits: SentenceLimits = COMMAND_LIMITS, encoding: WordEncoding = 'utf8'): SentenceParser {
  const { sentenceBytesMax = Number.POSITIVE_INFINITY } = limits;
  let pending = Buffer.alloc(0);
  let words: string[] = [];
  let sentenceBytes = 0;

  return {
    push(chunk) {
      const bytes =
        pending.length === 0 ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength) : Buffer.concat([pending, chunk]);
      const sentences: string[][] = [];
      let offset = 0;
      for (;;) {
        const length = readLength(bytes, offset);
        if (length === undefined) break;
        if (length.value > limits.wordBytesMax)
          throw new ProtocolFault(`Cannot read a word of ${length.value} bytes: at most ${limits.wordBytesMax} are accepted`);
        if (sentenceBytes + length.value > sentenceBytesMax)
          throw new ProtocolFault(`Cannot read a sentence of more than ${sentenceBytesMax} bytes`);
        const end = length.next + length.value;
        if (end > bytes.length) break;
        if (length.value > 0) {
          if (words.length === limits.wordsMax)
            throw new ProtocolFault(`Cannot read a sentence of more than ${limits.wordsMax} words`);
          words.push(bytes.toString(encoding, length.next, end));
          sentenceBytes += length.value;
        } else if (words.length > 0) {
          sentences.push(words);
          words = [];
          sentenceBytes = 0;
        }
        offset = end;
      }
      // A copy: the socket's buffer is not kept alive by a few bytes of it.
      pending = offset === bytes.length ? Buffer.alloc(0) : Buffer.from(bytes.subarray(offset));
      return sentences;
    },
  };
}

/** The length at an offset and where the word starts, or undefined when its bytes are not all there yet. */
function readLength(bytes: Buffer, offset: number): { value: number; next: number } | undefined {
  const first = bytes[offset];
  if (first === undefined) return undefined;
  if (first < 0x80) return { value: first, next: offset + 1 };
  if (first >= 0xf8) throw new ProtocolFault(`Cannot read a control byte 0x${first.toString(16)}: it is reserved`);
  const extra = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (offset + extra >= bytes.length) return undefined;
  const high = extra === 4 ? 0 : first & (0x7f >> extra);
  return { value: high * 2 ** (8 * extra) + bytes.readUIntBE(offset + 1, extra), next: offset + 1 + extra };
}

/** The bytes of sentences, in one buffer. Texts are written in the code page. */
export function encodeSentences(sentences: readonly (readonly string[])[], codePage: CodePage = 'utf-8'): Buffer {
  if (codePage !== 'utf-8') return encodeCoded(sentences, codePage);
  let size = 0;
  for (const words of sentences) {
    for (const word of words) size += wordSize(Buffer.byteLength(word));
    size += 1;
  }
  const bytes = Buffer.allocUnsafe(size);
  let offset = 0;
  for (const words of sentences) {
    for (const word of words) {
      offset = writeLength(bytes, offset, Buffer.byteLength(word));
      offset += bytes.write(word, offset, 'utf8');
    }
    bytes[offset++] = 0;
  }
  return bytes;
}

/** The same by way of each word's bytes: their number is not known beforehand. */
function encodeCoded(sentences: readonly (readonly string[])[], codePage: CodePage): Buffer {
  const parts: Buffer[] = [];
  for (const words of sentences) {
    for (const word of words) {
      // Most words are ASCII, which is the same in every code page.
      const ascii = Buffer.byteLength(word) === word.length;
      const bytes = ascii ? Buffer.from(word, 'latin1') : encodeText(word, codePage);
      const head = Buffer.allocUnsafe(wordSize(bytes.length) - bytes.length);
      writeLength(head, 0, bytes.length);
      parts.push(head, bytes);
    }
    parts.push(SENTENCE_END);
  }
  return Buffer.concat(parts);
}

const SENTENCE_END = Buffer.from([0]);

/** The bytes that a word of this length takes. */
export function wordSize(length: number): number {
  return length + (length < 0x80 ? 1 : length < 0x4000 ? 2 : length < 0x20_0000 ? 3 : length < 0x1000_0000 ? 4 : 5);
}

function writeLength(bytes: Buffer, offset: number, length: number): number {
  if (length < 0x80) return bytes.writeUInt8(length, offset);
  if (length < 0x4000) return bytes.writeUInt16BE(length + 0x8000, offset);
  if (length < 0x20_0000) return bytes.writeUIntBE(length + 0xc0_0000, offset, 3);
  if (length < 0x1000_0000) return bytes.writeUInt32BE(length + 0xe000_0000, offset);
  return bytes.writeUInt32BE(length, bytes.writeUInt8(0xf0, offset));
}
