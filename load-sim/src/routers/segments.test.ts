import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutSegments, SEGMENT_BYTES_MAX, SEGMENTATIONS } from './segments.ts';

const fixed = (values: readonly number[]): (() => number) => {
  let next = 0;
  return () => values[next++ % values.length] ?? 0;
};

describe('segments of a reply', () => {
  it('are its bytes in order, none empty and none too long', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 5_000 }),
        fc.constantFrom(...SEGMENTATIONS),
        fc.array(fc.double({ min: 0, max: 0.999_999, noNaN: true }), { minLength: 1 }),
        (bytes, segmentation, choices) => {
          const pieces = cutSegments(Buffer.from(bytes), segmentation, fixed(choices));
          expect(Buffer.concat(pieces).equals(Buffer.from(bytes))).toBe(true);
          expect(pieces.every((piece) => piece.length > 0)).toBe(true);
          const most = { whole: bytes.length, bytes: 1, random: SEGMENT_BYTES_MAX }[segmentation];
          expect(pieces.every((piece) => piece.length <= most)).toBe(true);
          expect(pieces.at(-1)?.length).toBe(segmentation === 'whole' ? bytes.length : 1);
        },
      ),
    );
  });
});
