import type { FamilyName } from '@poplar/proto/families';
import type { RollupMark } from '../rollup/marks.ts';
import type { Block } from './block.ts';

/** The fate of a batch as the table `batches` records it. */
export interface BatchRecord {
  readonly agent: string;
  readonly epoch: bigint;
  readonly sequence: number;
  readonly contentHash: bigint;
  readonly state: 'stored' | 'rejected' | 'skipped';
  /** Why it was rejected or skipped; empty when stored. */
  readonly reason: string;
  readonly sealedAtMs: number;
  readonly receivedAtMs: number;
  readonly storedAtMs: number;
  readonly clockOffsetMs: number | undefined;
  readonly payloadBytes: number;
  readonly rows: BatchRows;
}

/** Rows of each family of one batch. */
export type BatchRows = Readonly<Record<FamilyName, number>>;

export interface DeadLetter {
  readonly receivedAtMs: number;
  readonly agent: string;
  readonly epoch: bigint;
  readonly sequence: number;
  readonly contentHash: bigint;
  readonly reason: string;
  /** The Batch message as it came. */
  readonly message: Uint8Array;
}

/**
 * Where rows become durable. Every method resolves only when ClickHouse has confirmed the insert; it throws StoreError,
 * whose `blamesValues` tells rows that can never be stored from everything that passes when somebody mends it. Doing anything
 * twice changes no answer.
 */
export interface SampleStore {
  insertBlock(block: Block, signal: AbortSignal): Promise<void>;
  recordBatches(records: readonly BatchRecord[], signal: AbortSignal): Promise<void>;
  /** Marks what the rows matter to as not yet in the rollups, at the server's time. Comes after their inserts. */
  markRows(marks: readonly RollupMark[], signal: AbortSignal): Promise<void>;
  keepDeadLetters(letters: readonly DeadLetter[], signal: AbortSignal): Promise<void>;
}
