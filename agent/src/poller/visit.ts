import type { PollHeader, PollRows } from '@poplar/proto/builder';

/** One finished visit as the batch takes it, minus what only the batcher knows (poll_number). */
export interface Visit {
  readonly poll: Omit<PollHeader, 'pollNumber'>;
  readonly rows: PollRows;
}
