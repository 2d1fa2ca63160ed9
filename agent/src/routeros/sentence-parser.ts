/**
 * Cuts the bytes of a connection into API sentences, wherever TCP cuts them into segments.
 *
 * A word is a length of one to five bytes and that many bytes of text; a word of length zero ends the sentence. Empty
 * sentences are skipped. A reply's first word starts with `!`: anything else is another protocol, seen at its first byte.
 */
import { createWordDecoder, type DecodeWord } from './word-text.ts';

/** The bytes are not the RouterOS API, or exceed a limit. */
export class SentenceError extends Error {
  override readonly name = 'SentenceError';
}

export interface SentenceLimits {
  readonly wordBytesMax: number;
  /** All words of a sentence together, and what each costs by itself. */
  readonly sentenceBytesMax: number;
}

/** Far above any real attribute, far below what would hurt the agent. */
export const SENTENCE_LIMITS: SentenceLimits = { wordBytesMax: 4 * 1024 * 1024, sentenceBytesMax: 8 * 1024 * 1024 };

export interface SentenceParser {
  /**
   * Takes the next bytes of the connection and calls `onSentence` for each sentence they complete. Throws SentenceError;
   * the parser is of no use after that. Keeps no reference to `chunk`.
   */
  feed(chunk: Buffer): void;
}

/** What a word costs besides its text. */
const WORD_BYTES = 16;
const EXCLAMATION_MARK = 0x21;
/** A word that spans segments is gathered in a buffer that starts at this size and doubles: a length alone claims no memory. */
const GATHER_BYTES_MIN = 1024;

/** `onSentence` gets every sentence's words once, as a fresh array. Once it returns false, all further bytes are ignored. */
export function createSentenceParser(
  onSentence: (words: string[]) => boolean,
  limits: SentenceLimits = SENTENCE_LIMITS,
  decodeWord: DecodeWord = createWordDecoder('latin1'),
): SentenceParser {
  let words: string[] = [];
  let sentenceBytes = 0;
  let stopped = false;
  /** Bytes of the length prefix still to come, and its value so far. */
  let prefixLeft = 0;
  let length = 0;
  /** The word being gathered; undefined between words. */
  let gather: Buffer | undefined;
  let gathered = 0;

  function startWord(): void {
    if (length > limits.wordBytesMax)
      throw new SentenceError(`a word of ${length} bytes was announced, at most ${limits.wordBytesMax} are taken`);
    // Charged for each word too: an array of millions of short ones costs far more than their bytes.
    sentenceBytes += length + WORD_BYTES;
    if (sentenceBytes > limits.sentenceBytesMax)
      throw new SentenceError(`a sentence is longer than ${limits.sentenceBytesMax} bytes`);
  }

  function checkFirstByte(byte: number): void {
    if (words.length === 0 && byte !== EXCLAMATION_MARK)
      throw new SentenceError(`a reply starts with byte 0x${byte.toString(16).padStart(2, '0')} instead of "!"`);
  }

  function endSentence(): void {
    if (words.length === 0) return;
    const sentence = words;
    words = [];
    sentenceBytes = 0;
    stopped = !onSentence(sentence);
  }

  function gatherFrom(chunk: Buffer, at: number): number {
    if (gathered === 0) checkFirstByte(chunk[at] ?? 0);
    const take = Math.min(length - gathered, chunk.length - at);
    const needed = gathered + take;
    if (gather === undefined || gather.length < needed) {
      const larger = Buffer.allocUnsafe(Math.min(length, Math.max(GATHER_BYTES_MIN, needed, (gather?.length ?? 0) * 2)));
      gather?.copy(larger, 0, 0, gathered);
      gather = larger;
    }
    chunk.copy(gather, gathered, at, at + take);
    gathered = needed;
    if (gathered === length) {
      words.push(decodeWord(gather, 0, length));
      gather = undefined;
      gathered = 0;
    }
    return at + take;
  }

  return {
    feed(chunk) {
      let at = 0;
      while (at < chunk.length) {
        if (stopped) return;
        if (gather !== undefined) {
          at = gatherFrom(chunk, at);
          continue;
        }
        const byte = chunk[at++] ?? 0;
        if (prefixLeft > 0) {
          length = length * 0x100 + byte;
          prefixLeft--;
        } else {
          prefixLeft = lengthBytesAfter(byte);
          length = byte & (LENGTH_MASKS[prefixLeft] ?? 0);
        }
        if (prefixLeft > 0) continue;
        if (length === 0) {
          endSentence();
          continue;
        }
        startWord();
        if (at + length <= chunk.length) {
          checkFirstByte(chunk[at] ?? 0);
          words.push(decodeWord(chunk, at, at + length));
          at += length;
        } else {
          gather = Buffer.allocUnsafe(Math.min(length, GATHER_BYTES_MIN));
          gathered = 0;
        }
      }
    },
  };
}

/** The bits of a length's first byte that belong to the value, by the number of bytes that follow. */
const LENGTH_MASKS = [0x7f, 0x3f, 0x1f, 0x0f, 0];

/** How many bytes of the length follow its first one. */
function lengthBytesAfter(byte: number): number {
  if (byte < 0x80) return 0;
  if (byte < 0xc0) return 1;
  if (byte < 0xe0) return 2;
  if (byte < 0xf0) return 3;
  if (byte === 0xf0) return 4;
  throw new SentenceError(`a word's length starts with the reserved byte 0x${byte.toString(16)}`);
}
