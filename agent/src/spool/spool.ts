/** The port between what seals batches, the disk they wait on, and what sends them. */
/** A sealed batch as it enters the spool. Its bytes never change afterwards. */
export interface SealedBatch {
  readonly epoch: bigint;
  readonly sequence: number;
  /** First eight bytes of the payload's SHA-256, as the hub computes it. */
  readonly contentHash: bigint;
  /** Times of its earliest and latest poll, Unix milliseconds. */
  readonly firstPollMs: number;
  readonly lastPollMs: number;
  /** The encoded poplar.telemetry.v1.Batch. */
  readonly message: Uint8Array;
}

/** A batch that waits in the spool. */
export interface SpoolItem {
  /** Order of arrival over all epochs; larger is newer. Valid until the process ends. */
  readonly position: number;
  readonly epoch: bigint;
  readonly sequence: number;
  readonly contentHash: bigint;
  /** Length of its message. */
  readonly bytes: number;
}

/** An inclusive run of sequences of one epoch. */
export interface SequenceSpan {
  readonly epoch: bigint;
  readonly first: number;
  readonly last: number;
}

/** Why batches were given up: evicted at the size limit, unreadable on disk, over the hub's limits, or refused over and over. */
export type LossReason = 'spool_full' | 'corrupt' | 'too_large' | 'refused';

/** Sequences that were given up and that the hub has not acknowledged yet. */
export interface Skip extends SequenceSpan {
  readonly reason: LossReason;
  /** Times of the polls that were lost, Unix milliseconds; both 0 when unknown. */
  readonly firstPollMs: number;
  readonly lastPollMs: number;
}

export interface SpoolState {
  /** Position of the newest batch; 0 when there never was one. */
  readonly newest: number;
  /** What the hub must still be told. */
  readonly skips: readonly Skip[];
}

/**
 * A durable queue of sealed batches, bounded in bytes. Every batch that `append` accepted is later offered by `next`
 * until it is acknowledged, or else shows up in the skips: none disappears silently.
 */
export interface Spool {
  /**
   * Resolves when the batch would survive a power cut. Gives up the oldest batches when the spool is full.
   * Rejects with SpoolWriteError when the disk refuses; the spool is then as it was and the same batch may be appended again.
   * Rejects with any other error when the spool is no longer this agent's.
   */
  append(batch: SealedBatch): Promise<void>;
  /** The oldest batch after `position` that still waits; 0 is before all. Undefined at the end. */
  next(position: number): SpoolItem | undefined;
  /** The batch's message. Undefined when it cannot be had: acknowledged meanwhile, or damaged and given up. */
  read(item: SpoolItem): Promise<Uint8Array | undefined>;
  /** Notes the final fate of a run of batches or of a skip. They need not be in order, nor be there. */
  ack(span: SequenceSpan): void;
  /**
   * Gives up one batch for good: durable in the skips, its bytes kept aside before. Rejects with SpoolWriteError when the disk
   * refuses one of these; the batch then waits as before.
   */
  giveUp(item: SpoolItem, reason: LossReason): Promise<void>;
  state(): SpoolState;
}

/** The disk refused a write. Nothing was lost that had been accepted; trying again later is right. */
export class SpoolWriteError extends Error {
  override readonly name = 'SpoolWriteError';
  /** The system's code, as ENOSPC. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
