/**
 * Bytes of a segment file. All integers little endian, all times Unix milliseconds.
 *
 *   segment  = header (64 bytes) record*
 *   header   = "PoplSeg\0"  version u32  0 u32  created_ms u64  0…  crc u32 (at 60, of bytes 0…59)
 *   record   = record header (64 bytes)  message
 *   record header
 *      0  "PRec"
 *      4  message length u32
 *      8  epoch u64
 *     16  sequence u64
 *     24  content hash u64
 *     32  first poll u64
 *     40  last poll u64
 *     48  0 u64
 *     56  CRC-32 of the message u32
 *     60  CRC-32 of bytes 0…59 u32
 *   message  = an encoded poplar.telemetry.v1.Batch
 *
 * Invariants: a record is self-describing, so that it can be found again behind damage; records of one epoch have rising
 * sequences; a record is complete and on disk before the next one is begun.
 */
import { crc32 } from 'node:zlib';
import type { SealedBatch } from './spool.ts';

export const HEADER_BYTES = 64;
export const FORMAT_VERSION = 1;
/** No message is near this long: a header that says more is damaged. */
const MESSAGE_BYTES_LIMIT = 64 * 2 ** 20;

const SEGMENT_MAGIC = Buffer.from('PoplSeg\0', 'latin1');
export const RECORD_MAGIC = Buffer.from('PRec', 'latin1');
const CRC_AT = 60;

/** What a record's header says. */
export interface RecordHeader {
  readonly epoch: bigint;
  readonly sequence: number;
  readonly contentHash: bigint;
  readonly firstPollMs: number;
  readonly lastPollMs: number;
  readonly messageBytes: number;
  readonly messageCrc: number;
}

export function encodeSegmentHeader(createdAtMs: number): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  SEGMENT_MAGIC.copy(bytes);
  bytes.writeUInt32LE(FORMAT_VERSION, 8);
  bytes.writeBigUInt64LE(BigInt(Math.trunc(createdAtMs)), 16);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, CRC_AT)), CRC_AT);
  return bytes;
}

/** The version of a segment; undefined when the bytes are no intact segment header. */
export function decodeSegmentVersion(bytes: Buffer): number | undefined {
  if (bytes.length < HEADER_BYTES || !bytes.subarray(0, SEGMENT_MAGIC.length).equals(SEGMENT_MAGIC)) return undefined;
  return crc32(bytes.subarray(0, CRC_AT)) === bytes.readUInt32LE(CRC_AT) ? bytes.readUInt32LE(8) : undefined;
}

/** The batch as one record. */
export function encodeRecord(batch: SealedBatch): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES + batch.message.length);
  RECORD_MAGIC.copy(bytes);
  bytes.writeUInt32LE(batch.message.length, 4);
  bytes.writeBigUInt64LE(batch.epoch, 8);
  bytes.writeBigUInt64LE(BigInt(batch.sequence), 16);
  bytes.writeBigUInt64LE(batch.contentHash, 24);
  bytes.writeBigUInt64LE(BigInt(Math.trunc(batch.firstPollMs)), 32);
  bytes.writeBigUInt64LE(BigInt(Math.trunc(batch.lastPollMs)), 40);
  bytes.writeUInt32LE(crc32(batch.message), 56);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, CRC_AT)), CRC_AT);
  bytes.set(batch.message, HEADER_BYTES);
  return bytes;
}

/** Reads a record header at `at`; undefined when the bytes there are no intact one. */
export function decodeRecordHeader(bytes: Buffer, at = 0): RecordHeader | undefined {
  const header = bytes.subarray(at, at + HEADER_BYTES);
  if (header.length < HEADER_BYTES || !header.subarray(0, RECORD_MAGIC.length).equals(RECORD_MAGIC)) return undefined;
  if (crc32(header.subarray(0, CRC_AT)) !== header.readUInt32LE(CRC_AT)) return undefined;
  const messageBytes = header.readUInt32LE(4);
  if (messageBytes > MESSAGE_BYTES_LIMIT) return undefined;
  return {
    messageBytes,
    epoch: header.readBigUInt64LE(8),
    sequence: Number(header.readBigUInt64LE(16)),
    contentHash: header.readBigUInt64LE(24),
    firstPollMs: Number(header.readBigUInt64LE(32)),
    lastPollMs: Number(header.readBigUInt64LE(40)),
    messageCrc: header.readUInt32LE(56),
  };
}

/** True when the message is the one its header was written for. */
export function messageIntact(header: RecordHeader, message: Uint8Array): boolean {
  return message.length === header.messageBytes && crc32(message) === header.messageCrc;
}
