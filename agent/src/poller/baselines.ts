/** The times and baselines of one router's polls: what may be compared with what. */
import type { Clock } from '../clock.ts';
import { GENERATIONS_MAX } from './generations.ts';
import { createTakenTimes, type TakenTimes } from './taken-times.ts';

/** What a router's next visitor goes on from, when the configuration replaces it. */
export interface VisitorPast {
  readonly generation: number;
  /** The clock's generation at its newest poll. */
  readonly clockGeneration: number;
  readonly times: TakenTimes;
}

export interface Baselines {
  /**
   * The time of a poll: whole, and later than the one before unless the system's clock was set back. Then too, no poll has the time of
   * one of the hour before.
   */
  nextTsMs(): number;
  /** Counters from here on do not compare with those before. */
  startNext(): void;
  readonly baseline: bigint;
  readonly past: VisitorPast;
}

const U64 = 2n ** 64n;

/** How far back no time is taken twice: clocks are set back by an hour where somebody had mistaken the time zone. */
const UNIQUE_MS = 3_900_000;
/** Most times kept for that: fewer polls than an hour has where the interval is less than a second. */
const TIMES_MAX = 4096;

/** Baselines start from the epoch of the agent's run. */
export function createBaselines(
  { epoch, intervalMs }: { readonly epoch: bigint; readonly intervalMs: number },
  clock: Clock,
  past: VisitorPast = { generation: 0, clockGeneration: clock.generation(), times: createTakenTimes() },
): Baselines {
  let { generation, clockGeneration } = past;
  const { times } = past;
  const kept = Math.min(TIMES_MAX, Math.ceil(UNIQUE_MS / intervalMs));
  let baseline = baselineOf();

  function baselineOf(): bigint {
    return (epoch + BigInt(generation) * BigInt(GENERATIONS_MAX)) % U64;
  }

  function startNext(): void {
    generation++;
    baseline = baselineOf();
  }

  return {
    nextTsMs() {
      let nowMs: number;
      let current: number;
      do {
        current = clock.generation();
        nowMs = clock.nowMs();
      } while (current !== clock.generation());
      if (current !== clockGeneration) {
        clockGeneration = current;
        startNext();
      }
      return times.take(nowMs, kept);
    },
    startNext,
    get baseline() {
      return baseline;
    },
    get past() {
      return { generation, clockGeneration, times };
    },
  };
}
