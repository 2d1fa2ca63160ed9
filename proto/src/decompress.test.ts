import { createHash } from 'node:crypto';
import { constants, createZstdDecompress, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDecompressor, decompress } from './decompress.ts';
import { isWholeFrame } from './zstd-frame.ts';

const CHECKSUM = { params: { [constants.ZSTD_c_checksumFlag]: 1 } };
const TEXT = Buffer.from('rx-byte tx-byte '.repeat(400));

describe('a decompressor with one memory', () => {
  it('answers as one does that takes memory for each payload, whatever came before', () => {
    const reused = createDecompressor();
    const payload = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((bytes) => ({ bytes: zstdCompressSync(bytes), declared: bytes.length })),
      fc.nat(3_000_000).map((length) => ({ bytes: zstdCompressSync(Buffer.alloc(length, TEXT)), declared: length })),
      fc.nat(600).map((length) => ({ bytes: zstdCompressSync(TEXT, CHECKSUM).subarray(0, length), declared: TEXT.length })),
      fc.integer({ min: -3, max: 3 }).map((off) => ({ bytes: zstdCompressSync(TEXT), declared: TEXT.length + off })),
      fc.tuple(fc.nat(60), fc.nat(255)).map(([at, value]) => {
        const bytes = zstdCompressSync(TEXT, CHECKSUM);
        bytes[at % bytes.length] = value;
        return { bytes, declared: TEXT.length };
      }),
    );
    fc.assert(
      fc.property(fc.array(payload, { maxLength: 6 }), (payloads) => {
        for (const { bytes, declared } of payloads)
          expect(outcome(() => reused(bytes, declared))).toEqual(outcome(() => decompress(bytes, declared)));
      }),
      { numRuns: 300 },
    );
  });

  it('puts every answer into the same memory', () => {
    const reused = createDecompressor();
    const first = reused(zstdCompressSync(TEXT), TEXT.length);
    const second = reused(zstdCompressSync(TEXT.subarray(16)), TEXT.length - 16);
    expect([second.buffer === first.buffer, second.byteOffset]).toEqual([true, first.byteOffset]);
  });

  it('works on after a damaged payload, again in one memory', () => {
    const reused = createDecompressor();
    const damaged = zstdCompressSync(TEXT, CHECKSUM);
    damaged[damaged.length - 1] = (damaged.at(-1) ?? 0) ^ 1;
    expect(isWholeFrame(damaged)).toBe(true);
    expect(() => reused(damaged, TEXT.length)).toThrow(/checksum/i);
    const first = reused(zstdCompressSync(TEXT), TEXT.length);
    expect(Buffer.from(first).equals(TEXT)).toBe(true);
    expect(reused(zstdCompressSync(TEXT), TEXT.length).buffer).toBe(first.buffer);
  });

  it.each([
    ['has no context', () => undefined],
    ['throws', () => createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: 1e9 } }) && undefined],
    ['writes nothing', () => ({ write: (_: Uint8Array, to: Uint8Array) => to.length - 1 })],
    ['says nothing', () => ({ write: () => undefined })],
  ])('takes memory for each payload where Node %s', (_, open) => {
    const reused = createDecompressor(open);
    const first = reused(zstdCompressSync(TEXT.subarray(1)), TEXT.length - 1);
    const second = reused(zstdCompressSync(TEXT), TEXT.length);
    expect(Buffer.from(second).equals(TEXT)).toBe(true);
    expect(Buffer.from(first).equals(TEXT.subarray(1))).toBe(true);
  });
});

describe('isWholeFrame', () => {
  it('holds for what zstd makes, with and without a checksum, and not for less or more of it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), fc.boolean(), (bytes, checksum) => {
        const frame = zstdCompressSync(bytes, checksum ? CHECKSUM : {});
        expect(isWholeFrame(frame)).toBe(true);
        for (let length = 0; length < frame.length; length++) expect(isWholeFrame(frame.subarray(0, length))).toBe(false);
        expect(isWholeFrame(Buffer.concat([frame, Buffer.of(0)]))).toBe(false);
        expect(isWholeFrame(Buffer.concat([frame, frame]))).toBe(false);
      }),
    );
  });

  it.each([10, 300, 70_000, 1_000_000])(
    'holds for frames of %i bytes of content, in blocks and sizes of every kind',
    (length) => {
      for (const bytes of [Buffer.alloc(length), Buffer.alloc(length, TEXT), randomLike(length)])
        expect(isWholeFrame(zstdCompressSync(bytes))).toBe(true);
    },
  );
});

/** The digest of what came, or what was thrown. */
function outcome(action: () => Uint8Array): string {
  try {
    return createHash('sha256').update(action()).digest('hex');
  } catch (error) {
    return error instanceof Error ? error.message : 'no error';
  }
}

/** Bytes that do not compress. */
function randomLike(length: number): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state >>> 24;
  });
}
