import type { OpenBatch } from '@poplar/proto/batch';
import { u64Column } from '@poplar/proto/columns';

/** Why a batch comes too late to be stored, or undefined when all its polls lie on or after the floor of the raw tables. */
export function expiredReason({ families }: Pick<OpenBatch, 'families'>, rawFloorMs: number): string | undefined {
  const oldest = u64Column(families.polls, 'ts_ms').reduce((least, ms) => Math.min(least, ms), Number.POSITIVE_INFINITY);
  if (oldest >= rawFloorMs) return undefined;
  return `${EXPIRED}: polled ${new Date(oldest).toISOString()}, kept from ${new Date(rawFloorMs).toISOString().slice(0, 10)} on`;
}

/** How such a reason begins in `batches`. */
export const EXPIRED = 'older than retention';
