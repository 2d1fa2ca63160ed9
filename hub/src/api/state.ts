/** State of a router: a pure function of its newest polls and the hub's clock. */
import type { RouterState } from './schemas.ts';

/** One visit, as far as the state goes. */
export interface RecentPoll {
  /** Start of the visit, Unix ms. */
  readonly ms: number;
  /** The router answered, at least in part. */
  readonly answered: boolean;
  /** Wireless clients that it reported. */
  readonly radioClients: number;
}

/** Polls further ahead of the hub's clock than this never count as now: they are an agent's wrong clock. */
export const FUTURE_MAX_MS = 60_000;
/** So many failed polls among the newest RECENT_VISITS make a router down, when the newest is one of them. */
export const FAILURES_TO_DOWN = 3;
export const RECENT_VISITS = 5;
/** No poll counts for longer than this, however long the interval is. */
export const EVIDENCE_MAX_MS = 1_200_000;
export const SILENCE_MIN_MS = 15_000;
/** Intervals without a poll that make a router unknown, at least. */
export const SILENCE_INTERVALS = 3;

/** How long after its newest poll a router is unknown, ms. */
export function silenceAfterMs(intervalMs: number): number {
  return Math.max(SILENCE_INTERVALS * intervalMs, intervalMs + SILENCE_MIN_MS);
}

/** How much older than the newest poll one is that still counts, ms. */
function evidenceMs(intervalMs: number): number {
  return Math.min(EVIDENCE_MAX_MS, (RECENT_VISITS - 1) * silenceAfterMs(intervalMs));
}

/** State of a router in the eyes of one agent. Takes the polls newest first; none of them is ahead of now by more than FUTURE_MAX_MS. */
export function routerState(nowMs: number, intervalMs: number, recent: readonly RecentPoll[]): RouterState {
  const newest = recent[0];
  if (newest === undefined || nowMs - newest.ms > silenceAfterMs(intervalMs)) return 'unknown';
  if (newest.answered) return 'up';
  const failures = recent
    .slice(0, RECENT_VISITS)
    .filter(({ ms, answered }) => !answered && ms >= newest.ms - evidenceMs(intervalMs));
  return failures.length >= FAILURES_TO_DOWN ? 'down' : 'suspect';
}

/**
 * The poll whose wireless clients are the current ones, or undefined when there are none. A collector that is due on every nth visit
 * only leaves polls without clients between: n is the shortest distance between polls that reported some.
 */
export function radioPoll(recent: readonly RecentPoll[]): RecentPoll | undefined {
  const answered = recent.filter((poll) => poll.answered);
  const reporting = answered.flatMap((poll, index) => (poll.radioClients > 0 ? [index] : []));
  const distances = reporting.slice(1).map((index, previous) => index - (reporting[previous] ?? 0));
  const due = Math.min(...distances, answered.length);
  const first = reporting[0];
  return first !== undefined && first < (distances.length > 0 ? due : 1) ? answered[first] : undefined;
}

/** Which of two states tells more about the router, when two agents see it: the better one, because somebody reaches it. */
export const STATE_ORDER: Readonly<Record<RouterState, number>> = { up: 0, suspect: 1, down: 2, unknown: 3 };
