import type { PendingRange, SequenceRange, Skipped } from '@poplar/proto/telemetry/v1/ingest';

/** What the hub knows about the fate of batches beyond its own memory. */
export interface BatchLedger {
  /** The sequences of `pending` whose fate is final with the same bytes, as ranges. Throws StoreError. */
  finished(agent: string, pending: readonly PendingRange[], signal: AbortSignal): Promise<SequenceRange[]>;
  /** Puts a skip on record, one row per sequence. Throws StoreError. */
  recordSkipped(agent: string, skipped: Skipped, receivedAtMs: number, signal: AbortSignal): Promise<void>;
}
