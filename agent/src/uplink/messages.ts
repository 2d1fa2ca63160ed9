/** What the uplink says to the hub, encoded. */
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { type PendingRangeSchema, SkipReason, StreamRequestSchema } from '@poplar/proto/telemetry/v1/ingest';
import type { LossReason, Skip, SpoolItem } from '../spool/spool.ts';

/** Most batches that one Hello may name. */
export const PENDING_MAX = 4096;
/** Most runs of consecutive batches that one Hello may name: the hub looks each of them up. */
const RANGES_MAX = 64;

export interface Greeting {
  readonly agent: string;
  readonly version: string;
  /** Batches that may have reached a hub, oldest first. */
  readonly pending: readonly SpoolItem[];
  readonly sentAtMs: number;
}

export function encodeHello({ agent, version, pending, sentAtMs }: Greeting): Uint8Array {
  const value = { agent, version, pending: pendingRanges(pending), sentAtMs: BigInt(Math.trunc(sentAtMs)) };
  return toBinary(StreamRequestSchema, create(StreamRequestSchema, { message: { case: 'hello', value } }));
}

/** Wraps a batch as it lies in the spool: its own bytes are not touched. */
export function encodeBatchRequest(message: Uint8Array): Uint8Array {
  return new BinaryWriter().tag(StreamRequestSchema.field.batch.number, WireType.LengthDelimited).bytes(message).finish();
}

const SKIP_REASONS = {
  spool_full: SkipReason.SPOOL_FULL,
  corrupt: SkipReason.CORRUPT,
  too_large: SkipReason.TOO_LARGE,
  refused: SkipReason.REFUSED,
} as const satisfies Record<LossReason, SkipReason>;

export function encodeSkipped(skip: Skip): Uint8Array {
  const value = {
    range: { epoch: skip.epoch, first: BigInt(skip.first), last: BigInt(skip.last) },
    reason: SKIP_REASONS[skip.reason],
    firstPollMs: BigInt(skip.firstPollMs),
    lastPollMs: BigInt(skip.lastPollMs),
  };
  return toBinary(StreamRequestSchema, create(StreamRequestSchema, { message: { case: 'skipped', value } }));
}

/** What of the batches one Hello may name: when they are too scattered, the runs at both ends. */
export function nameable(items: readonly SpoolItem[]): readonly SpoolItem[] {
  const starts = items.flatMap((item, index) => (follows(items[index - 1], item) ? [] : [index]));
  if (starts.length <= RANGES_MAX) return items;
  return [...items.slice(0, starts[RANGES_MAX / 2]), ...items.slice(starts[starts.length - RANGES_MAX / 2])];
}

function follows(previous: SpoolItem | undefined, item: SpoolItem): boolean {
  return previous !== undefined && previous.epoch === item.epoch && previous.sequence + 1 === item.sequence;
}

type PendingRange = MessageInitShape<typeof PendingRangeSchema>;

function pendingRanges(items: readonly SpoolItem[]): PendingRange[] {
  const ranges: { epoch: bigint; first: bigint; contentHashes: bigint[] }[] = [];
  let previous: SpoolItem | undefined;
  for (const item of items) {
    const range = ranges.at(-1);
    if (range !== undefined && follows(previous, item)) range.contentHashes.push(item.contentHash);
    else ranges.push({ epoch: item.epoch, first: BigInt(item.sequence), contentHashes: [item.contentHash] });
    previous = item;
  }
  return ranges;
}
