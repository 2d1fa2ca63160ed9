/** How replies are cut into TCP segments: boundaries mean nothing in the protocol, and clients must not care. */

/** `whole`: each reply in one write. `bytes`: every byte alone. `random`: 1 byte to a full segment, the end of a reply alone. */
export type Segmentation = 'whole' | 'bytes' | 'random';
export const SEGMENTATIONS: readonly Segmentation[] = ['whole', 'bytes', 'random'];

/** Payload of a segment on Ethernet with the usual options. */
export const SEGMENT_BYTES_MAX = 1_448;

/** The pieces of these bytes, in order. `random` gives numbers in [0, 1). */
export function cutSegments(bytes: Buffer, segmentation: Segmentation, random: () => number): Buffer[] {
  if (segmentation === 'whole' || bytes.length === 0) return [bytes];
  const pieces: Buffer[] = [];
  // The terminator of the last sentence travels alone: until it comes, the reply is not complete.
  const last = bytes.length - 1;
  for (let from = 0; from < bytes.length; ) {
    const size = segmentation === 'bytes' ? 1 : 1 + Math.floor(random() * SEGMENT_BYTES_MAX);
    const to = from < last ? Math.min(last, from + size) : bytes.length;
    pieces.push(bytes.subarray(from, to));
    from = to;
  }
  return pieces;
}
