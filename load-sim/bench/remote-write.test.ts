import { BinaryReader } from '@bufbuild/protobuf/wire';
import { expect, it } from 'vitest';
import { encodeLabels, encodeWrite, snappyLiteral } from './remote-write.ts';

/** What google/snappy's format description says about a block that is one literal with a length of four bytes. */
function unpacked(block: Uint8Array): Uint8Array {
  const reader = new BinaryReader(block);
  const length = reader.uint32();
  if (length === 0) return block.subarray(reader.pos);
  const tag = block[reader.pos];
  const literalBytes = new DataView(block.buffer).getUint32(reader.pos + 1, true) + 1;
  const content = block.subarray(reader.pos + 5);
  if (tag !== 0b1111_1100 || literalBytes !== length || content.length !== length)
    throw new Error(
      `not one literal: tag ${tag}, ${length} bytes declared, ${literalBytes} in the literal, ${content.length} there`,
    );
  return content;
}

it.each([0, 1, 60, 70_000])('packs %d bytes into one literal', (bytes) => {
  const content = Uint8Array.from({ length: bytes }, (_, index) => index % 251);
  expect(Buffer.from(unpacked(snappyLiteral(content))).equals(content)).toBe(true);
});

it('writes the bytes of a WriteRequest as Prometheus defines it', () => {
  const labels = encodeLabels({ b: '2', __name__: 'm' });
  const request = unpacked(encodeWrite([{ labels, value: 1.5, ms: 1_700_000_000_000 }]));
  expect(Buffer.from(request).toString('hex')).toBe(
    [
      // timeseries { labels { name: "__name__" value: "m" } labels { name: "b" value: "2" } …
      '0a29',
      '0a0d0a085f5f6e616d655f5f12016d',
      '0a060a0162120132',
      // … samples { value: 1.5 timestamp: 1700000000000 } }
      '1210',
      '09000000000000f83f',
      '10',
      '80d095ffbc31',
    ].join(''),
  );
});
