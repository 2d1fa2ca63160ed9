/** Work in the background that takes a part of a core, in small pieces: what waits for an answer has the rest. */
import { setTimeout as delay } from 'node:timers/promises';

export interface Pace {
  /** Rests once so much work was done that it is worth it, for what is owed. Rejects with the signal's reason. */
  rest(signal: AbortSignal): Promise<void>;
  /** Rest that is owed for the work since the last rest, ms. */
  owedMs(): number;
  /** Rested so far, ms. */
  readonly restedMs: number;
}

/** Longest that rows on their way in make one rest longer: a ClickHouse that is always behind still gets its background done, slowly. */
const GIVE_WAY_MAX_MS = 30_000;
const GIVE_WAY_STEP_MS = 500;

/**
 * Work starts now, and is followed by `ratio` times its length of rest; rests are not shorter than leastMs, and last while rows wait longer than
 * they should. `rested` is called after each.
 */
export function createPace(
  {
    ratio,
    leastMs,
    giveWayMs = GIVE_WAY_MAX_MS,
  }: { readonly ratio: number; readonly leastMs: number; readonly giveWayMs?: number },
  monotonicMs: () => number,
  rested: (signal: AbortSignal) => Promise<unknown> = noRest,
  rowsWait: () => boolean = () => false,
): Pace {
  let sinceMs = monotonicMs();
  let restedMs = 0;
  const owedMs = (): number => ratio * (monotonicMs() - sinceMs);
  return {
    async rest(signal) {
      let restMs = owedMs();
      if (restMs < leastMs) return;
      await delay(restMs, undefined, { signal });
      for (let givenMs = 0; rowsWait() && givenMs < giveWayMs; givenMs += GIVE_WAY_STEP_MS) {
        await delay(GIVE_WAY_STEP_MS, undefined, { signal });
        restMs += GIVE_WAY_STEP_MS;
      }
      restedMs += restMs;
      sinceMs = monotonicMs();
      await rested(signal);
    },
    owedMs,
    get restedMs() {
      return restedMs;
    },
  };
}

/** The ratio with which work of workMs and its rests take togetherMs together, as far as it lies between least and most. */
export function ratioWithin(
  workMs: number,
  { togetherMs, least, most }: { readonly togetherMs: number; readonly least: number; readonly most: number },
): number {
  return Math.min(most, Math.max(least, togetherMs / workMs - 1));
}

/** For work that nobody waits beside. */
export const NO_PACE: Pace = { rest: () => Promise.resolve(), owedMs: () => 0, restedMs: 0 };

/** After a statement: nothing. */
export const noRest = (): Promise<void> => Promise.resolve();
