import type { OpenBatch } from '@poplar/proto/batch';

/** Why a batch comes too late to be stored, or undefined when all its polls lie on or after the floor of the raw tables. */
export function expiredReason({ pollTimesMs }: Pick<OpenBatch, 'pollTimesMs'>, rawFloorMs: number): string | undefined {
  const oldest = pollTimesMs.reduce((least, ms) => Math.min(least, ms), Number.POSITIVE_INFINITY);
  if (oldest >= rawFloorMs) return undefined;
  return `${EXPIRED}: polled ${new Date(oldest).toISOString()}, kept from ${new Date(rawFloorMs).toISOString().slice(0, 10)} on`;
}

/** How such a reason begins in `batches`. */
export const EXPIRED = 'older than retention';
