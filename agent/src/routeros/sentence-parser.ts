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
  return new Parser(onSentence, limits, decodeWord);
}

/** A class, because an agent keeps one for each router: methods take memory once. */
class Parser implements SentenceParser {
  readonly #onSentence: (words: string[]) => boolean;
  readonly #limits: SentenceLimits;
  readonly #decodeWord: DecodeWord;
  #words: string[] = [];
  #sentenceBytes = 0;
  #stopped = false;
  /** Bytes of the length prefix still to come, and its value so far. */
  #prefixLeft = 0;
  #length = 0;
  /** The word being gathered; undefined between words. */
  #gather: Buffer | undefined;
  #gathered = 0;

  constructor(onSentence: (words: string[]) => boolean, limits: SentenceLimits, decodeWord: DecodeWord) {
    this.#onSentence = onSentence;
    this.#limits = limits;
    this.#decodeWord = decodeWord;
  }

  feed(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#stopped) return;
      if (this.#gather !== undefined) {
        at = this.#gatherFrom(this.#gather, chunk, at);
        continue;
      }
      const byte = chunk[at++] ?? 0;
      if (this.#prefixLeft > 0) {
        this.#length = this.#length * 0x100 + byte;
        this.#prefixLeft--;
      } else {
        this.#prefixLeft = lengthBytesAfter(byte);
        this.#length = byte & (LENGTH_MASKS[this.#prefixLeft] ?? 0);
      }
      if (this.#prefixLeft > 0) continue;
      const length = this.#length;
      if (length === 0) {
        this.#endSentence();
        continue;
      }
      this.#startWord();
      if (at + length <= chunk.length) {
        this.#checkFirstByte(chunk[at] ?? 0);
        this.#words.push(this.#decodeWord(chunk, at, at + length));
        at += length;
      } else {
        this.#gather = Buffer.allocUnsafe(Math.min(length, GATHER_BYTES_MIN));
        this.#gathered = 0;
      }
    }
  }

  #startWord(): void {
    const { wordBytesMax, sentenceBytesMax } = this.#limits;
    if (this.#length > wordBytesMax)
      throw new SentenceError(`a word of ${this.#length} bytes was announced, at most ${wordBytesMax} are taken`);
    // Charged for each word too: an array of millions of short ones costs far more than their bytes.
    this.#sentenceBytes += this.#length + WORD_BYTES;
    if (this.#sentenceBytes > sentenceBytesMax) throw new SentenceError(`a sentence is longer than ${sentenceBytesMax} bytes`);
  }

  #checkFirstByte(byte: number): void {
    if (this.#words.length === 0 && byte !== EXCLAMATION_MARK)
      throw new SentenceError(`a reply starts with byte 0x${byte.toString(16).padStart(2, '0')} instead of "!"`);
  }

  #endSentence(): void {
    if (this.#words.length === 0) return;
    const sentence = this.#words;
    this.#words = [];
    this.#sentenceBytes = 0;
    this.#stopped = !this.#onSentence(sentence);
  }

  #gatherFrom(soFar: Buffer, chunk: Buffer, at: number): number {
    if (this.#gathered === 0) this.#checkFirstByte(chunk[at] ?? 0);
    const length = this.#length;
    const take = Math.min(length - this.#gathered, chunk.length - at);
    const needed = this.#gathered + take;
    let gather = soFar;
    if (gather.length < needed) {
      gather = Buffer.allocUnsafe(Math.min(length, Math.max(GATHER_BYTES_MIN, needed, soFar.length * 2)));
      soFar.copy(gather, 0, 0, this.#gathered);
    }
    chunk.copy(gather, this.#gathered, at, at + take);
    const complete = needed === length;
    if (complete) this.#words.push(this.#decodeWord(gather, 0, length));
    this.#gather = complete ? undefined : gather;
    this.#gathered = complete ? 0 : needed;
    return at + take;
  }
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
