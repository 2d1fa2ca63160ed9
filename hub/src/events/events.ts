/**
 * Makes events of what comes in. Rows leave a mark, and a turn puts down who was seen in what the newest marks make dirty, and makes the events
 * of it anew, derivation by derivation. Marks go only then, and only those that were set before the turn began, so a turn that dies or is
 * overtaken leaves nothing wrong.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { StoreError } from '../clickhouse/store-error.ts';
import { createPace, NO_PACE, type Pace } from '../pace.ts';
import type { RollupMark } from '../rollup/marks.ts';
import type { SitesRange } from '../rollup/sites.ts';
import { keptLease } from '../store/leases.ts';
import type { Derivation } from './derivation.ts';
import type { EventMetrics } from './metrics.ts';
import { dueUntil, rangesOf, spansOf, tasksOf } from './plan.ts';
import { SIGHTING_SPAN_MS } from './sightings.ts';
import type { EventStore } from './store.ts';

export interface EventsConfig {
  /** Name of this process in the lease. */
  readonly holder: string;
  readonly derivations: readonly Derivation[];
}

export interface EventsDeps {
  readonly store: EventStore;
  readonly nowMs: () => number;
  readonly monotonicMs: () => number;
  /** Whether rows on their way into ClickHouse wait longer than they should: then this work rests. Never, unless it is given. */
  readonly rowsWait?: () => boolean;
  readonly log: Pick<Logger, 'warn'>;
  readonly metrics: EventMetrics;
}

const EVERY_MS = 10_000;
/**
 * Work is followed by so many times its length of rest: what has time takes a tenth of a core at most, in pieces of a quarter of a second or of one
 * statement.
 */
const PACE = { ratio: 9, leastMs: 2250 };
const LEASE = 'events';
/** Longer than a turn of usual length takes; a turn that takes longer may be done twice. */
const HELD_MS = 120_000;
/** Most marks that are read at once: a thousand sites have two each while all is well. */
const MARKS_MAX = 10_000;
/** What comes in now, and some of what came late: neither waits for the other. */
const SPANS_MAX = 2;

export function createEvents(
  { holder, derivations }: EventsConfig,
  { store, nowMs, monotonicMs, rowsWait, log, metrics }: EventsDeps,
) {
  /** Makes what some marks ask for, then takes the marks away. */
  async function make(
    marks: readonly RollupMark[],
    endMs: number,
    began: bigint,
    rest: () => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    for (const range of rangesOf(marks, { forwardMs: 0, spanMs: SIGHTING_SPAN_MS }, endMs))
      await store.see(range, false, signal, rest);
    const made: SitesRange[] = [];
    // What looks back on raw rows that have expired stays as it is.
    const rawFloorMs = await store.rawFloorMs(signal);
    const spread = new Map<Derivation, readonly RollupMark[]>();
    for (const derivation of derivations) {
      spread.set(derivation, await store.spread(derivation, marks, signal));
      await rest();
    }
    for (const { range, derivations: asked } of tasksOf(marks, derivations, endMs, spread)) {
      const ready = asked.filter(({ lookbackMs }) => range.fromMs - lookbackMs >= rawFloorMs);
      metrics.belowFloor.inc(asked.length - ready.length);
      if (ready.length === 0) continue;
      await store.make({ range, derivations: ready }, false, signal, rest);
      for (const { name } of ready) metrics.ranges.inc({ derivation: name });
      made.push(range);
    }
    await store.markOvertaken(made, began, signal);
    await store.clear(marks, began, signal);
  }

  /**
   * Makes what the newest marks ask for, and some hours of older ones, and tells whether more is marked. Throws
   * StoreError.
   */
  async function turn(signal: AbortSignal, pace: Pace = NO_PACE): Promise<boolean> {
    const startedMs = monotonicMs();
    const rest = (): Promise<void> => pace.rest(signal);
    const untilMs = dueUntil(nowMs());
    const began = await store.version(signal);
    const found = await store.marks(untilMs, MARKS_MAX, signal);
    metrics.marks.set(found.length);
    const newest = await store.newest(signal);
    if (found.length === 0 || newest === undefined) return false;
    const spans = spansOf(found);
    for (const marks of spans.slice(0, SPANS_MAX)) await make(marks, Math.min(newest, untilMs), began, rest, signal);
    metrics.turnSeconds.observe((monotonicMs() - startedMs - pace.restedMs) / 1000);
    return spans.length > SPANS_MAX || found.length === MARKS_MAX;
  }

  return {
    turn,
    /** Takes a turn every ten seconds, rarer where turns are long, oftener while more is marked. Runs until aborted. */
    async run(signal: AbortSignal): Promise<void> {
      let started = false;
      const held = keptLease((asked) => store.hold(LEASE, holder, HELD_MS, asked), HELD_MS, monotonicMs);
      while (!signal.aborted) {
        let more = false;
        const pace = createPace(PACE, monotonicMs, held, rowsWait);
        try {
          if (await held(signal)) {
            // Rows of a release without events have no marks.
            if (!started && (await store.isEmpty(signal))) await store.markStored(signal);
            started = true;
            more = await turn(signal, pace);
          }
        } catch (error) {
          if (signal.aborted) return;
          if (!(error instanceof StoreError)) throw error;
          log.warn({ err: error }, 'Cannot make events now; tried again later');
        }
        // The loop sees the abort.
        await delay(more ? pace.owedMs() : Math.max(EVERY_MS, pace.owedMs()), undefined, { signal }).catch(() => undefined);
      }
    },
  };
}
