/** Sealing and opening of batches. A batch's bytes are its identity: nothing here may depend on when or where it runs. */
import { hash } from 'node:crypto';
import { constants, zstdCompressSync } from 'node:zlib';
import { create } from '@bufbuild/protobuf';
import { BinaryReader } from '@bufbuild/protobuf/wire';
import type { BatchBuilder, BatchIdentity } from './builder.ts';
import { decodeFamily, emptyFamily, type Family, u64Column } from './columns.ts';
import { type Decompress, decompress } from './decompress.ts';
import { FAMILIES, type FamilyName, type FamilySpec, perRowFamily } from './families.ts';
import { FieldReader, WIRE } from './field-reader.ts';
import { type Batch, BatchSchema, Compression } from './gen/poplar/telemetry/v1/ingest_pb.ts';
import { BatchPayloadSchema } from './gen/poplar/telemetry/v1/payload_pb.ts';
import type { BatchLimits } from './limits.ts';

/** The quickest level is the smallest too for columns of counters, up to levels that take five times as long. */
const ZSTD = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

/** The payload of a batch as it is sent. */
export const compress = (payload: Uint8Array): Uint8Array => zstdCompressSync(payload, ZSTD);

/** Seals what the builder holds under the given identity. */
export function sealBatch(builder: BatchBuilder, identity: BatchIdentity): Batch {
  const payload = builder.finish(identity);
  return create(BatchSchema, {
    epoch: identity.epoch,
    sequence: BigInt(identity.sequence),
    compression: Compression.ZSTD,
    uncompressedBytes: payload.length,
    payload: compress(payload),
  });
}

/** The first eight bytes, little endian, of the SHA-256 of the payload as it is sent. Names the bytes, with no claim of secrecy. */
export function contentHash(payload: Uint8Array): bigint {
  return hash('sha256', payload, 'buffer').readBigUInt64LE(0);
}

/** A batch opened for storing: columns are slices of the decompressed payload. */
export interface OpenBatch extends BatchIdentity {
  readonly symbols: readonly string[];
  readonly families: { readonly [F in FamilyName]: Family };
  /** When each poll started, Unix ms: all that judges and sorts batches looks at it. */
  readonly pollTimesMs: Float64Array;
  /** Fields that this release does not know, by number, those within a family as "interfaces 45": a newer agent sealed the batch. Some, if there are many. */
  readonly unknownFields: readonly string[];
  /** Length of the decompressed payload. */
  readonly bytes: number;
}

/** Most unknown fields that are named. */
const UNKNOWN_FIELDS_MAX = 8;
const FAMILY_FIELDS: ReadonlySet<number> = new Set(Object.values(FAMILIES).map(({ field }) => field));

/** Why a batch can never be stored: the message is for its sender's operator. */
export class BatchError extends Error {
  override readonly name = 'BatchError';
}

/**
 * Decompresses and decodes a batch. Throws BatchError when its bytes can never be stored. What is opened by a `createDecompressor()` is
 * valid until that decompresses again.
 */
export function openBatch(batch: Batch, limits: BatchLimits, by: Decompress = decompress): OpenBatch {
  if (batch.compression !== Compression.ZSTD) throw new BatchError(`compression ${batch.compression} is unknown to this hub`);
  if (batch.uncompressedBytes > limits.uncompressedBytesMax)
    throw new BatchError(`payload of ${batch.uncompressedBytes} bytes is over the limit of ${limits.uncompressedBytesMax}`);
  const payload = payloadOf(batch, by);
  try {
    const open = decodePayload(payload);
    if (open.epoch !== batch.epoch || BigInt(open.sequence) !== batch.sequence)
      throw new BatchError('the envelope names another epoch or sequence than the payload');
    return open;
  } catch (error) {
    if (error instanceof BatchError) throw error;
    throw new BatchError(`payload does not decode: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

function payloadOf(batch: Batch, by: Decompress): Uint8Array {
  let payload: Uint8Array;
  try {
    payload = by(batch.payload, batch.uncompressedBytes);
  } catch (error) {
    throw new BatchError(`payload does not decompress to the ${batch.uncompressedBytes} bytes it declares`, { cause: error });
  }
  if (payload.length !== batch.uncompressedBytes)
    throw new BatchError(`payload has ${payload.length} bytes, ${batch.uncompressedBytes} declared`);
  return payload;
}

/** Decodes an uncompressed payload. Throws on bytes that are no valid message. */
export function decodePayload(payload: Uint8Array): OpenBatch {
  const field = BatchPayloadSchema.field;
  const text = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  const symbols: string[] = [];
  /** Messages of families: where each starts and ends. A message field that occurs twice is merged, as protobuf asks. */
  const messages = new Map<number, number[]>();
  const unknown = new Set<number>();
  let agent = '';
  let epoch = 0n;
  let sequence = 0;
  let epochStartedAtMs = 0;
  let sealedAtMs = 0;
  let clockOffsetMs: number | undefined;
  const reader = new FieldReader(payload, 0, payload.length);
  while (reader.next()) {
    const { field: number, wire, at, length } = reader;
    switch (number) {
      case field.symbols.number:
        expectWire(wire, WIRE.delimited, number);
        symbols.push(text.toString('utf8', at, at + length));
        break;
      case field.agent.number:
        expectWire(wire, WIRE.delimited, number);
        agent = text.toString('utf8', at, at + length);
        break;
      case field.epoch.number:
        expectWire(wire, WIRE.bit64, number);
        epoch = text.readBigUInt64LE(at);
        break;
      case field.epochStartedAtMs.number:
        expectWire(wire, WIRE.bit64, number);
        epochStartedAtMs = safe(text.readBigUInt64LE(at), 'epoch_started_at_ms');
        break;
      case field.sealedAtMs.number:
        expectWire(wire, WIRE.bit64, number);
        sealedAtMs = safe(text.readBigUInt64LE(at), 'sealed_at_ms');
        break;
      case field.sequence.number:
        expectWire(wire, WIRE.varint, number);
        sequence = safe(new BinaryReader(payload.subarray(at, at + length)).uint64(), 'sequence');
        break;
      case field.clockOffsetMs.number:
        expectWire(wire, WIRE.varint, number);
        clockOffsetMs = safe(new BinaryReader(payload.subarray(at, at + length)).sint64(), 'clock_offset_ms');
        break;
      default: {
        if (wire !== WIRE.delimited || !FAMILY_FIELDS.has(number)) {
          unknown.add(number);
          break;
        }
        const places = messages.get(number);
        if (places === undefined) messages.set(number, [at, at + length]);
        else places.push(at, at + length);
      }
    }
  }
  const decode = (spec: FamilySpec): Family => {
    const places = messages.get(spec.field);
    if (places === undefined) return EMPTY_FAMILIES[spec.name];
    if (places.length === 2) return decodeFamily(spec, payload, places[0], places[1]);
    // Concatenated bytes decode to the merged message.
    const parts = places.flatMap((from, index) => (index % 2 === 0 ? [payload.subarray(from, places[index + 1])] : []));
    return decodeFamily(spec, Buffer.concat(parts));
  };
  const families = { polls: decode(FAMILIES.polls), ...perRowFamily((name) => decode(FAMILIES[name])) };
  return {
    agent,
    epoch,
    sequence,
    epochStartedAtMs,
    sealedAtMs,
    clockOffsetMs,
    symbols,
    families,
    pollTimesMs: u64Column(families.polls, 'ts_ms'),
    unknownFields: namesOfUnknown(unknown, Object.values(families)),
    bytes: payload.length,
  };
}

const EMPTY_FAMILIES: { readonly [F in FamilyName]: Family } = {
  polls: emptyFamily(FAMILIES.polls),
  ...perRowFamily((name) => emptyFamily(FAMILIES[name])),
};

function expectWire(wire: number, expected: number, field: number): void {
  if (wire !== expected) throw new Error(`field ${field} has wire type ${wire}, not ${expected}`);
}

function namesOfUnknown(ofPayload: ReadonlySet<number>, families: readonly Family[]): string[] {
  const names = Array.from(ofPayload, String);
  for (const { spec, unknownFields } of families) for (const number of unknownFields) names.push(`${spec.name} ${number}`);
  return names.slice(0, UNKNOWN_FIELDS_MAX);
}

function safe(value: bigint | string, name: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new Error(`${name} ${value} is out of range`);
  return number;
}
