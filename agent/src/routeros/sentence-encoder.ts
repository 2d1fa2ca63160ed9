/** Encodes API sentences: words with a length before each, ended by a word of length zero. Source: MikroTik's API manual. */

/** One sentence as the bytes of one write: a command sent word by word waits for the router's delayed ACK between them. */
export function encodeSentence(words: readonly string[]): Uint8Array {
  let bytes = 1;
  for (const word of words) {
    const length = Buffer.byteLength(word);
    bytes += prefixBytes(length) + length;
  }
  const sentence = Buffer.allocUnsafe(bytes);
  let at = 0;
  for (const word of words) {
    const length = Buffer.byteLength(word);
    at = writePrefix(sentence, at, length);
    at += sentence.write(word, at);
  }
  sentence[at] = 0;
  return sentence;
}

function prefixBytes(length: number): number {
  if (length < 0x80) return 1;
  if (length < 0x4000) return 2;
  if (length < 0x20_0000) return 3;
  if (length < 0x1000_0000) return 4;
  return 5;
}

const PREFIX_MARKS = [0, 0x80, 0xc0, 0xe0, 0xf0];

function writePrefix(out: Buffer, at: number, length: number): number {
  const bytes = prefixBytes(length);
  let rest = length;
  for (let index = bytes - 1; index >= 0; index--) {
    out[at + index] = rest & 0xff;
    rest = Math.floor(rest / 0x100);
  }
  out[at] = (out[at] ?? 0) | (PREFIX_MARKS[bytes - 1] ?? 0);
  return at + bytes;
}
