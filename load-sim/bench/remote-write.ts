/**
 * Prometheus remote write: a WriteRequest with one sample per series, in Snappy's block format.
 *
 * Sources: prometheus/prompb/types.proto and remote.proto; google/snappy format_description.txt. The block is one literal: valid, and the
 * cheapest there is for the receiver.
 */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** The labels of one series as they stand in every request. */
export function encodeLabels(labels: Readonly<Record<string, string>>): Uint8Array {
  const out = new BinaryWriter();
  for (const [name, value] of Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    out
      .tag(1, WireType.LengthDelimited)
      .bytes(
        new BinaryWriter().tag(1, WireType.LengthDelimited).string(name).tag(2, WireType.LengthDelimited).string(value).finish(),
      );
  return out.finish();
}

export interface SeriesSample {
  /** From encodeLabels. */
  readonly labels: Uint8Array;
  readonly value: number;
  /** Unix ms. */
  readonly ms: number;
}

/** The body of one request. */
export function encodeWrite(samples: Iterable<SeriesSample>): Uint8Array {
  const out = new BinaryWriter();
  for (const { labels, value, ms } of samples) {
    const sample = new BinaryWriter().tag(1, WireType.Bit64).double(value).tag(2, WireType.Varint).int64(ms).finish();
    out
      .tag(1, WireType.LengthDelimited)
      .uint32(labels.length + 2 + sample.length)
      .raw(labels)
      .tag(2, WireType.LengthDelimited)
      .bytes(sample);
  }
  return snappyLiteral(out.finish());
}

const LITERAL_WITH_FOUR_BYTES = 63 << 2;

/** One block that holds the bytes as they are. */
export function snappyLiteral(bytes: Uint8Array): Uint8Array {
  if (bytes.length === 0) return Uint8Array.of(0);
  const length = new BinaryWriter().uint32(bytes.length).finish();
  const block = new Uint8Array(length.length + 5 + bytes.length);
  block.set(length);
  block[length.length] = LITERAL_WITH_FOUR_BYTES;
  new DataView(block.buffer).setUint32(length.length + 1, bytes.length - 1, true);
  block.set(bytes, length.length + 5);
  return block;
}
