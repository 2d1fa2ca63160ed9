/**
 * What one collector costs one router, and how often it may run for that. Pure arithmetic on the lengths of its runs:
 *
 * - slowed: its runs take more than their share of the time. The interval is doubled until they do not, and halved again once
 *   they would take half of the share at most: between the two nothing changes.
 * - shed: a run took too long, cost the session, or met a table too long to print. It pauses, then one run is tried; each
 *   failure in a row makes the pause four times as long. A run that was barely good enough keeps it shed.
 */
import type { LoadLimits } from './config.ts';

/** Shorter runs are nothing to a router: they are never too many. */
export const CHEAP_RUN_MS = 100;
/** Runs until their mean says something. */
const RUNS_TO_JUDGE = 3;
/** Weight of the newest run in the mean. */
const NEWEST_WEIGHT = 1 / 4;
/** Longest interval that a collector is slowed down to, and longest pause. */
export const PAUSE_MAX_MS = 3600_000;
const PAUSE_FIRST_MS = 60_000;
const PAUSE_GROWTH = 4;
/** Good runs in a row until earlier failures are forgotten. */
const RUNS_TO_FORGIVE = 5;

interface Trouble {
  /** Why the collector is shed; undefined once a run was good enough. */
  reason: string | undefined;
  /** In a row. */
  readonly failures: number;
  /** Since the newest of them. */
  goodRuns: number;
}

export interface CollectorLoad {
  readonly state: 'running' | 'slowed' | 'shed';
  /** Why it is slowed or shed; else ''. */
  readonly reason: string;
  /** From a run to the next, milliseconds: the configured interval, a longer one, or the pause. */
  readonly intervalMs: number;
  /** True when its runs take long enough to matter to a router whose CPU is busy. */
  readonly expensive: boolean;
  /** A run ended in good order. Of its length what the router worked, not the network's round trips. */
  ran(durationMs: number): void;
  /** A run must not be repeated soon. */
  shed(reason: string): void;
}

/** `interval` is the configured one, milliseconds. */
export function createCollectorLoad(interval: number, limits: LoadLimits): CollectorLoad {
  return new Load(interval, limits);
}

/**
 * A class, because an agent has one for every collector of every router: methods take memory once. For the same reason the mean
 * is a whole number of microseconds: V8 gives fractions an object of their own.
 */
class Load implements CollectorLoad {
  readonly #interval: number;
  readonly #limits: LoadLimits;
  #meanUs = 0;
  #runs = 0;
  /** Of the interval. */
  #doublings = 0;
  #slowReason = '';
  /** Most collectors of most routers never know any. */
  #trouble: Trouble | undefined;

  constructor(interval: number, limits: LoadLimits) {
    this.#interval = interval;
    this.#limits = limits;
  }

  get state(): CollectorLoad['state'] {
    if (this.#trouble?.reason !== undefined) return 'shed';
    return this.#doublings > 0 ? 'slowed' : 'running';
  }

  get reason(): string {
    return this.#trouble?.reason ?? (this.#doublings > 0 ? this.#slowReason : '');
  }

  get intervalMs(): number {
    if (this.#trouble?.reason === undefined) return this.#interval * 2 ** this.#doublings;
    return Math.max(this.#interval, Math.min(PAUSE_MAX_MS, PAUSE_FIRST_MS * PAUSE_GROWTH ** (this.#trouble.failures - 1)));
  }

  get expensive(): boolean {
    return this.#meanUs > CHEAP_RUN_MS * 1000;
  }

  ran(durationMs: number): void {
    const { runMaxMs } = this.#limits;
    const takenUs = Math.min(durationMs, runMaxMs) * 1000;
    this.#meanUs = Math.round(this.#runs === 0 ? takenUs : this.#meanUs + (takenUs - this.#meanUs) * NEWEST_WEIGHT);
    this.#runs++;
    this.#judgeShare();
    if (durationMs > runMaxMs) {
      this.shed(`a run took ${spaced(durationMs)} ms, at most ${spaced(runMaxMs)} ms are allowed`);
      return;
    }
    const trouble = this.#trouble;
    if (trouble === undefined || (trouble.reason !== undefined && durationMs > runMaxMs / 2)) return;
    trouble.reason = undefined;
    trouble.goodRuns++;
    if (trouble.goodRuns >= RUNS_TO_FORGIVE) this.#trouble = undefined;
  }

  shed(reason: string): void {
    this.#trouble = { reason, failures: (this.#trouble?.failures ?? 0) + 1, goodRuns: 0 };
  }

  #judgeShare(): void {
    if (this.#runs < RUNS_TO_JUDGE) return;
    const before = this.#doublings;
    const most = Math.max(0, Math.floor(Math.log2(PAUSE_MAX_MS / this.#interval)));
    while (this.#doublings < most && this.#meanUs > this.#budgetUs(this.#doublings)) this.#doublings++;
    while (this.#doublings > 0 && this.#meanUs <= this.#budgetUs(this.#doublings - 1) / 2) this.#doublings--;
    if (this.#doublings === before) return;
    const { shareMaxPct } = this.#limits;
    this.#slowReason = `a run takes ${spaced(this.#meanUs / 1000)} ms: more than ${shareMaxPct} % of every ${spaced(this.#interval)} ms`;
  }

  /** What a run may take at so many doublings. */
  #budgetUs(doublings: number): number {
    return Math.max(CHEAP_RUN_MS * 1000, this.#interval * 2 ** doublings * this.#limits.shareMaxPct * 10);
  }
}

/** A whole number as people read it: 12 345. */
export function spaced(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(?:\d{3})+$)/g, ' ');
}
