/**
 * What one collector costs one router, and how often it may run for that. Pure arithmetic on the lengths of its runs:
 *
 * - slowed: its runs take more than their share of the time. The interval is doubled until they do not, and halved again once
 *   they would take half of the share at most: between the two nothing changes.
 * - shed: a run took too long, cost the session, or met a table too long to print. It pauses, then one run is tried; each
 *   failure in a row makes the pause four times as long. A run that was barely good enough keeps it shed.
 */
import type { LoadLimits } from './config.ts';

/** Shorter runs are the network's round trips more than the router's work: they are never too many. */
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

export interface CollectorLoad {
  readonly state: 'running' | 'slowed' | 'shed';
  /** Why it is slowed or shed; else ''. */
  readonly reason: string;
  /** From a run to the next, milliseconds: the configured interval, a longer one, or the pause. */
  readonly intervalMs: number;
  /** True when its runs take long enough to matter to a router whose CPU is busy. */
  readonly expensive: boolean;
  /** A run ended in good order. */
  ran(durationMs: number): void;
  /** A run must not be repeated soon. */
  shed(reason: string): void;
}

/** `interval` is the configured one, milliseconds. */
export function createCollectorLoad(interval: number, { shareMaxPct, runMaxMs }: LoadLimits): CollectorLoad {
  const doublingsMax = Math.max(0, Math.floor(Math.log2(PAUSE_MAX_MS / interval)));
  let meanMs = 0;
  let runs = 0;
  let doublings = 0;
  let failures = 0;
  let goodRuns = 0;
  let slowReason = '';
  let shedReason: string | undefined;

  /** What a run may take at so many doublings of the interval. */
  const budgetMs = (at: number): number => Math.max(CHEAP_RUN_MS, (interval * 2 ** at * shareMaxPct) / 100);

  function judgeShare(): void {
    if (runs < RUNS_TO_JUDGE) return;
    const before = doublings;
    while (doublings < doublingsMax && meanMs > budgetMs(doublings)) doublings++;
    while (doublings > 0 && meanMs <= budgetMs(doublings - 1) / 2) doublings--;
    if (doublings !== before)
      slowReason = `a run takes ${spaced(meanMs)} ms: more than ${shareMaxPct} % of every ${spaced(interval)} ms`;
  }

  function shed(reason: string): void {
    shedReason = reason;
    failures++;
    goodRuns = 0;
  }

  return {
    get state() {
      if (shedReason !== undefined) return 'shed';
      return doublings > 0 ? 'slowed' : 'running';
    },
    get reason() {
      return shedReason ?? (doublings > 0 ? slowReason : '');
    },
    get intervalMs() {
      if (shedReason === undefined) return interval * 2 ** doublings;
      return Math.max(interval, Math.min(PAUSE_MAX_MS, PAUSE_FIRST_MS * PAUSE_GROWTH ** (failures - 1)));
    },
    get expensive() {
      return meanMs > CHEAP_RUN_MS;
    },
    ran(durationMs) {
      const takenMs = Math.min(durationMs, runMaxMs);
      meanMs = runs === 0 ? takenMs : meanMs + (takenMs - meanMs) * NEWEST_WEIGHT;
      runs++;
      judgeShare();
      if (durationMs > runMaxMs) {
        shed(`a run took ${spaced(durationMs)} ms, at most ${spaced(runMaxMs)} ms are allowed`);
        return;
      }
      if (shedReason !== undefined && durationMs > runMaxMs / 2) return;
      shedReason = undefined;
      goodRuns++;
      if (goodRuns >= RUNS_TO_FORGIVE) failures = 0;
    },
    shed,
  };
}

/** A whole number as people read it: 12 345. */
export function spaced(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(?:\d{3})+$)/g, ' ');
}
