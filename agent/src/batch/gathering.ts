/** A batch while polls are added to it. */
import { type BatchBuilder, createBatchBuilder } from '@poplar/proto/builder';
import type { Clock } from '../clock.ts';
import type { Visit } from '../poller/visit.ts';

/** A batch that takes no more polls and waits to be sealed. */
export interface ClosedBatch {
  readonly builder: BatchBuilder;
  readonly polls: number;
  readonly firstPollMs: number;
  readonly lastPollMs: number;
  /** When it was closed, whole Unix milliseconds. */
  readonly sealedAtMs: number;
  /** Hub clock minus agent clock then, whole milliseconds. */
  readonly clockOffsetMs: number | undefined;
}

export interface OpenGathering {
  /** The generation of the clock its polls belong to: times of two generations do not mix in one batch. */
  readonly generation: number;
  /** Age on the monotonic clock. */
  ageMs(): number;
  readonly bytes: number;
  /** Adds a poll. Throws RangeError when a value fits no column; the batch is then as it was. */
  add(visit: Visit, pollNumber: number, tsMs: number): void;
  /** Undefined when it holds no poll. */
  close(clockOffsetMs: number | undefined): ClosedBatch | undefined;
}

export function createGatheringBatch(clock: Clock): OpenGathering {
  const builder = createBatchBuilder();
  const openedMs = clock.monotonicMs();
  const generation = clock.generation();
  let newestMs = clock.nowMs();
  let firstPollMs = Number.POSITIVE_INFINITY;
  let lastPollMs = 0;
  return {
    generation,
    ageMs: () => clock.monotonicMs() - openedMs,
    get bytes() {
      return builder.bytes;
    },
    add(visit, pollNumber, tsMs) {
      builder.add({ ...visit.poll, pollNumber }, visit.rows);
      firstPollMs = Math.min(firstPollMs, tsMs);
      lastPollMs = Math.max(lastPollMs, tsMs);
      const nowMs = clock.nowMs();
      if (clock.generation() === generation) newestMs = nowMs;
    },
    close(clockOffsetMs) {
      if (builder.polls === 0) return undefined;
      // Behind a step of the clock, now is no time for these polls: the newest reading of their own generation is.
      const nowMs = clock.nowMs();
      const sealedAtMs = Math.trunc(clock.generation() === generation ? nowMs : newestMs);
      const offset = clockOffsetMs === undefined ? undefined : Math.round(clockOffsetMs);
      return { builder, polls: builder.polls, firstPollMs, lastPollMs, sealedAtMs, clockOffsetMs: offset };
    },
  };
}
