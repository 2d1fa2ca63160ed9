/**
 * Bytes of the journal: slots of 64 bytes, each with its own checksum, so that a damaged one costs itself alone.
 * All integers little endian.
 *
 *   0  kind u8: 0 the file's header, 1 acknowledged, 2 skipped
 *   1  reason u8 for skips: 1 spool full, 2 corrupt, 3 too large, 4 refused
 *   8  epoch u64           header: "PoplJrn\0"
 *  16  first sequence u64  header: version
 *  24  last sequence u64
 *  32  first poll u64, Unix milliseconds, for skips; 0 unknown
 *  40  last poll u64
 *  60  CRC-32 of bytes 0…59 u32
 */
import { crc32 } from 'node:zlib';
import type { LossReason, SequenceSpan, Skip } from './spool.ts';

export const SLOT_BYTES = 64;
export const JOURNAL_VERSION = 1n;
const MAGIC = Buffer.from('PoplJrn\0', 'latin1').readBigUInt64LE();
const CRC_AT = 60;

export type JournalEntry =
  | { readonly kind: 'header'; readonly version: bigint }
  | { readonly kind: 'acked'; readonly span: SequenceSpan }
  | { readonly kind: 'skipped'; readonly skip: Skip };

const REASONS = { spool_full: 1, corrupt: 2, too_large: 3, refused: 4 } as const satisfies Record<LossReason, number>;
const KINDS = { header: 0, acked: 1, skipped: 2 } as const;

export function encodeEntry(entry: JournalEntry): Buffer {
  const slot = Buffer.alloc(SLOT_BYTES);
  slot.writeUInt8(KINDS[entry.kind], 0);
  if (entry.kind === 'header') {
    slot.writeBigUInt64LE(MAGIC, 8);
    slot.writeBigUInt64LE(entry.version, 16);
  } else {
    const span = entry.kind === 'acked' ? entry.span : entry.skip;
    slot.writeBigUInt64LE(span.epoch, 8);
    slot.writeBigUInt64LE(BigInt(span.first), 16);
    slot.writeBigUInt64LE(BigInt(span.last), 24);
  }
  if (entry.kind === 'skipped') {
    slot.writeUInt8(REASONS[entry.skip.reason], 1);
    slot.writeBigUInt64LE(BigInt(Math.trunc(entry.skip.firstPollMs)), 32);
    slot.writeBigUInt64LE(BigInt(Math.trunc(entry.skip.lastPollMs)), 40);
  }
  slot.writeUInt32LE(crc32(slot.subarray(0, CRC_AT)), CRC_AT);
  return slot;
}

/** Reads one slot; undefined when it is damaged or of a kind that this version does not know. */
export function decodeEntry(slot: Buffer): JournalEntry | undefined {
  if (slot.length !== SLOT_BYTES || crc32(slot.subarray(0, CRC_AT)) !== slot.readUInt32LE(CRC_AT)) return undefined;
  const epoch = slot.readBigUInt64LE(8);
  const span = { epoch, first: Number(slot.readBigUInt64LE(16)), last: Number(slot.readBigUInt64LE(24)) };
  switch (slot.readUInt8(0)) {
    case KINDS.header:
      return epoch === MAGIC ? { kind: 'header', version: slot.readBigUInt64LE(16) } : undefined;
    case KINDS.acked:
      return { kind: 'acked', span };
    case KINDS.skipped: {
      const reason = reasonOf(slot.readUInt8(1));
      if (reason === undefined) return undefined;
      const times = { firstPollMs: Number(slot.readBigUInt64LE(32)), lastPollMs: Number(slot.readBigUInt64LE(40)) };
      return { kind: 'skipped', skip: { ...span, reason, ...times } };
    }
    default:
      return undefined;
  }
}

function reasonOf(code: number): LossReason | undefined {
  return (['spool_full', 'corrupt', 'too_large', 'refused'] as const).find((reason) => REASONS[reason] === code);
}
