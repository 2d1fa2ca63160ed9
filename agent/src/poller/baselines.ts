/** The times and baselines of one router's polls: what may be compared with what. */
import type { Clock } from '../clock.ts';
import { GENERATIONS_MAX } from './generations.ts';

/** What a router's next visitor goes on from, when the configuration replaces it. */
export interface VisitorPast {
  readonly generation: number;
  readonly newestTsMs: number;
}

export interface Baselines {
  /** The time of a poll: whole, and later than the one before unless the system's clock was set back. */
  nextTsMs(): number;
  /** Counters from here on do not compare with those before. */
  startNext(): void;
  readonly baseline: bigint;
  readonly past: VisitorPast;
}

const U64 = 2n ** 64n;

/** Baselines start from the epoch of the agent's run. */
export function createBaselines(epoch: bigint, clock: Clock, past: VisitorPast): Baselines {
  let { generation, newestTsMs } = past;
  let clockGeneration = clock.generation();
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
        nowMs = Math.floor(clock.nowMs());
      } while (current !== clock.generation());
      if (current !== clockGeneration) {
        clockGeneration = current;
        newestTsMs = 0;
        startNext();
      }
      newestTsMs = Math.max(nowMs, newestTsMs + 1);
      return newestTsMs;
    },
    startNext,
    get baseline() {
      return baseline;
    },
    get past() {
      return { generation, newestTsMs };
    },
  };
}
