/** RouterOS stores text as the bytes it was given: UTF-8 from WinBox 4 and the terminal, a code page from older WinBox. */

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Text of one word: strict UTF-8, or else one character per byte (latin1). Never fails, never loses a byte. */
export function decodeWord(bytes: Buffer, start: number, end: number): string {
  for (let at = start; at < end; at++) {
    if ((bytes[at] ?? 0) >= 0x80) return decodeNonAscii(bytes, start, end);
  }
  return bytes.toString('latin1', start, end);
}

function decodeNonAscii(bytes: Buffer, start: number, end: number): string {
  try {
    return utf8.decode(bytes.subarray(start, end));
  } catch {
    return bytes.toString('latin1', start, end);
  }
}
