/** What `batches` says about a batch: a function of the batch and of when its rows were confirmed. */
import type { OpenBatch } from '@poplar/proto/batch';
import { type FamilyName, perRowFamily } from '@poplar/proto/families';
import type { BatchRecord, BatchRows, DeadLetter } from './store.ts';

/** A batch that is about to be stored, as the hub received it. */
export interface Arrival {
  readonly open: OpenBatch;
  readonly contentHash: bigint;
  readonly receivedAtMs: number;
  readonly payloadBytes: number;
}

export function storedRecord({ open, contentHash, receivedAtMs, payloadBytes }: Arrival, storedAtMs: number): BatchRecord {
  const { agent, epoch, sequence, sealedAtMs, clockOffsetMs } = open;
  return {
    agent,
    epoch,
    sequence,
    contentHash,
    state: 'stored',
    reason: '',
    sealedAtMs,
    receivedAtMs,
    storedAtMs,
    clockOffsetMs,
    payloadBytes,
    rows: rowsOf(open.families),
  };
}

export function rejectedRecord(
  letter: Omit<DeadLetter, 'message'> & { readonly payloadBytes: number },
  rejectedAtMs: number,
): BatchRecord {
  return { ...letter, state: 'rejected', sealedAtMs: 0, storedAtMs: rejectedAtMs, clockOffsetMs: undefined, rows: NO_ROWS };
}

/** Why the bytes of a batch are kept although it was stored; undefined when this release knows all of it. */
export function unknownReason({ unknownFields }: OpenBatch): string | undefined {
  if (unknownFields.length === 0) return undefined;
  return `stored without what this hub does not know (field ${unknownFields.join(', ')}): a newer agent sealed it, replay it with a newer hub`;
}

/** Rows of a batch, all tables together. */
export function sumRows(families: OpenBatch['families']): number {
  return Object.values(families).reduce((sum, family) => sum + family.rows, 0);
}

function rowsOf(families: OpenBatch['families'] | undefined): BatchRows {
  const rows = (name: FamilyName): number => families?.[name].rows ?? 0;
  return { polls: rows('polls'), ...perRowFamily(rows) };
}

const NO_ROWS = rowsOf(undefined);
