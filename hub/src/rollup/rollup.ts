/**
 * Makes rollups of what comes in. Rows leave a mark, a mark is due when its quarter of an hour is over and late readings of the links'
 * speeds had time to come, and a turn makes anew what due marks make dirty: five minutes, then their hours, then their days. Marks go only
 * then, and only those that were set before the turn began, so a turn that dies or is overtaken leaves nothing wrong.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { BUCKET_MS, LOOKBACK_MS } from '../api/queries/interface-traffic.ts';
import { StoreError } from '../clickhouse/store-error.ts';
import { createPace, NO_PACE, type Pace } from '../pace.ts';
import { keptLease } from '../store/leases.ts';
import { dueUntil, rangesOf } from './marks.ts';
import type { RollupMetrics } from './metrics.ts';
import { joinSites } from './sites.ts';
import type { RollupStore } from './store.ts';
import { HOUR_MS } from './tiers.ts';

export interface RollupConfig {
  /** Name of this process in the lease. */
  readonly holder: string;
}

export interface RollupDeps {
  readonly store: RollupStore;
  readonly nowMs: () => number;
  readonly monotonicMs: () => number;
  /** Whether rows on their way into ClickHouse wait longer than they should: then this work rests. Never, unless it is given. */
  readonly rowsWait?: () => boolean;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  readonly metrics: RollupMetrics;
}

const EVERY_MS = 30_000;
/** Work is followed by its own length of rest: what has time takes half a core at most, and what comes in meanwhile is stored in time. */
const PACE = { ratio: 1, leastMs: 100 };
const LEASE = 'rollups';
/** Longer than a turn of usual length takes; a turn that takes longer may be done twice. */
const HELD_MS = 120_000;
/** Most marks of one turn: a thousand sites have three each in a quarter of an hour. */
const MARKS_MAX = 4000;

export function createRollup({ holder }: RollupConfig, { store, nowMs, monotonicMs, rowsWait, log, metrics }: RollupDeps) {
  /** Makes what is due, as far as one turn goes, and tells whether more is. Throws StoreError. */
  async function turn(signal: AbortSignal, pace: Pace = NO_PACE): Promise<boolean> {
    const startedMs = monotonicMs();
    const rest = (): Promise<void> => pace.rest(signal);
    const untilMs = dueUntil(nowMs());
    const began = await store.version(signal);
    const marks = await store.marks(untilMs, MARKS_MAX, signal);
    metrics.marks.set(marks.length);
    if (marks.length === 0) return false;
    // What looks back on raw rows that have expired stays as it is.
    const rawFloorMs = await store.rawFloorMs(signal);
    const dirty = rangesOf(marks, untilMs, HOUR_MS);
    const ranges = dirty.filter(({ fromMs }) => fromMs - LOOKBACK_MS >= rawFloorMs);
    if (ranges.length < dirty.length) metrics.belowFloor.inc(dirty.length - ranges.length);
    for (const range of joinSites(ranges)) {
      await store.build(range, false, signal, rest);
      metrics.buckets.inc((range.sites.length * (range.toMs - range.fromMs)) / BUCKET_MS);
    }
    await store.joinRanges(ranges, false, signal, rest);
    await store.clear(marks, began, signal);
    metrics.turnSeconds.observe((monotonicMs() - startedMs - pace.restedMs) / 1000);
    return marks.length === MARKS_MAX;
  }

  return {
    turn,
    /** Takes a turn every half a minute, and the next at once while there is more to do. Runs until aborted. */
    async run(signal: AbortSignal): Promise<void> {
      let started = false;
      const held = keptLease((asked) => store.hold(LEASE, holder, HELD_MS, asked), HELD_MS, monotonicMs);
      while (!signal.aborted) {
        let more = false;
        try {
          if (await held(signal)) {
            // Rows of a release without rollups have no marks.
            if (!started && (await store.isEmpty(signal))) await store.markStored(signal);
            started = true;
            more = await turn(signal, createPace(PACE, monotonicMs, held, rowsWait));
          }
        } catch (error) {
          if (signal.aborted) return;
          if (!(error instanceof StoreError)) throw error;
          log.warn({ err: error }, 'Cannot make rollups now; tried again in half a minute');
        }
        // The loop sees the abort.
        if (!more) await delay(EVERY_MS, undefined, { signal }).catch(() => undefined);
      }
    },
  };
}
