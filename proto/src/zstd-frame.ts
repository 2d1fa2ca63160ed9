/**
 * The outline of a zstd frame (RFC 8878, 3.1.1): a header, blocks that each tell their length, the last of them marked, and perhaps
 * four bytes of checksum.
 */
const MAGIC = 0xfd2fb528;
const DESCRIPTOR_AT = 4;
const BLOCK_HEADER_BYTES = 3;
const CHECKSUM_BYTES = 4;
/** By the two bits that tell of them. */
const DICTIONARY_BYTES = [0, 1, 2, 4] as const;
const CONTENT_SIZE_BYTES = [0, 2, 4, 8] as const;
const RLE_BLOCK = 1;

/** Whether the bytes are one frame from its first byte to its last, and nothing else. Says nothing about what is in the blocks. */
export function isWholeFrame(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length <= DESCRIPTOR_AT || view.getUint32(0, true) !== MAGIC) return false;
  const descriptor = view.getUint8(DESCRIPTOR_AT);
  const singleSegment = (descriptor & 0x20) !== 0;
  const contentSize = descriptor >> 6;
  let at = DESCRIPTOR_AT + 1;
  if (!singleSegment) at += 1;
  at += DICTIONARY_BYTES[descriptor & 3] ?? 0;
  at += contentSize === 0 && singleSegment ? 1 : (CONTENT_SIZE_BYTES[contentSize] ?? 0);
  for (let last = false; !last; ) {
    if (at + BLOCK_HEADER_BYTES > bytes.length) return false;
    const header = view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
    last = (header & 1) !== 0;
    const type = (header >> 1) & 3;
    at += BLOCK_HEADER_BYTES + (type === RLE_BLOCK ? 1 : header >> 3);
  }
  if ((descriptor & 4) !== 0) at += CHECKSUM_BYTES;
  return at === bytes.length;
}
