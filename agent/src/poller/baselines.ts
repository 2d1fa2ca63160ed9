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
  /** The clock's at the newest time. */
  readonly clockGeneration: number;
  readonly past: VisitorPast;
}

const U64 = 2n ** 64n;

/** How far back no time is taken twice: clocks are set back by an hour where somebody had mistaken the time zone. */
const UNIQUE_MS = 3_900_000;
/** Most times kept for that: fewer polls than an hour has where the interval is less than a second. */
const TIMES_MAX = 4096;

/** Baselines start from the epoch of the agent's run. */
export function createBaselines(
  config: { readonly epoch: bigint; readonly intervalMs: number },
  clock: Clock,
  past: VisitorPast = { generation: 0, clockGeneration: clock.generation(), times: createTakenTimes() },
): Baselines {
  return new RouterBaselines(config, clock, past);
}

class RouterBaselines implements Baselines {
  readonly #epoch: bigint;
  readonly #clock: Clock;
  readonly #times: TakenTimes;
  readonly #kept: number;
  #generation: number;
  #clockGeneration: number;
  #baseline: bigint;

  constructor({ epoch, intervalMs }: { epoch: bigint; intervalMs: number }, clock: Clock, past: VisitorPast) {
    this.#epoch = epoch;
    this.#clock = clock;
    this.#times = past.times;
    this.#kept = Math.min(TIMES_MAX, Math.ceil(UNIQUE_MS / intervalMs));
    this.#generation = past.generation;
    this.#clockGeneration = past.clockGeneration;
    this.#baseline = baselineOf(epoch, past.generation);
  }

  nextTsMs(): number {
    let nowMs: number;
    let current: number;
    do {
      current = this.#clock.generation();
      nowMs = this.#clock.nowMs();
    } while (current !== this.#clock.generation());
    if (current !== this.#clockGeneration) {
      this.#clockGeneration = current;
      this.startNext();
    }
    return this.#times.take(nowMs, this.#kept);
  }

  startNext(): void {
    this.#generation++;
    this.#baseline = baselineOf(this.#epoch, this.#generation);
  }

  get baseline(): bigint {
    return this.#baseline;
  }

  get clockGeneration(): number {
    return this.#clockGeneration;
  }

  get past(): VisitorPast {
    return { generation: this.#generation, clockGeneration: this.#clockGeneration, times: this.#times };
  }
}

function baselineOf(epoch: bigint, generation: number): bigint {
  return (epoch + BigInt(generation) * BigInt(GENERATIONS_MAX)) % U64;
}
