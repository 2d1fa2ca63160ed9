/**
 * Makes events of what comes in. Rows leave a mark, and a turn puts down who was seen in what the newest marks make dirty, and makes the events
 * of it anew, derivation by derivation. Marks go only then, and only those that were set before the turn began, so a turn that dies or is
 * overtaken leaves nothing wrong.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { StoreError } from '../clickhouse/store-error.ts';
import { createPace, NO_PACE, type Pace, ratioWithin } from '../pace.ts';
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
 * Work is followed by nine times its length of rest, and takes a tenth of a core. Where a turn would then take longer than this, as on a slow
 * machine, it rests less, but three times as long as it works at least: an event is there after two turns.
 */
const TURN = { togetherMs: 15_000, least: 3, most: 9 };
/** It rests after pieces of so much work, or of one statement, ms. */
const PIECE_MS = 250;
const LEASE = 'events';
/** Longer than a turn of usual length takes; a turn that takes longer may be done twice. */
const HELD_MS = 120_000;
/** Most marks that are read at once: a thousand sites have two each while all is well. */
const MARKS_MAX = 10_000;
/** What comes in now, and some of what came late: neither waits for the other. */
const SPANS_MAX = 2;

/** A hasty one tells what people wait for, at a third of the cost. */
type TurnKind = 'whole' | 'hasty';

interface Making {
  /** Behind the newest row, Unix ms. */
  readonly endMs: number;
  /** Taken before anything was read. */
  readonly began: bigint;
  readonly rest: () => Promise<void>;
  readonly signal: AbortSignal;
}

export function createEvents(
  { holder, derivations }: EventsConfig,
  { store, nowMs, monotonicMs, rowsWait, log, metrics }: EventsDeps,
) {
  const cheap = derivations.filter(({ isCostly }) => isCostly !== true);

  /** Makes what some marks ask of some derivations. */
  async function make(
    wanted: readonly Derivation[],
    marks: readonly RollupMark[],
    { endMs, began, rest, signal }: Making,
  ): Promise<void> {
    const made: SitesRange[] = [];
    // What looks back on raw rows that have expired stays as it is.
    const rawFloorMs = await store.rawFloorMs(signal);
    const spread = new Map<Derivation, readonly RollupMark[]>();
    for (const derivation of wanted) {
      spread.set(derivation, await store.spread(derivation, marks, signal));
      await rest();
    }
    for (const { range, derivations: asked } of tasksOf(marks, wanted, endMs, spread)) {
      const ready = asked.filter(({ lookbackMs }) => range.fromMs - lookbackMs >= rawFloorMs);
      metrics.belowFloor.inc(asked.length - ready.length);
      if (ready.length === 0) continue;
      await store.make({ range, derivations: ready }, false, signal, rest);
      for (const { name } of ready) metrics.ranges.inc({ derivation: name });
      made.push(range);
    }
    await store.markOvertaken(made, began, signal);
  }

  /**
   * Makes what the newest marks ask for, and some hours of older ones, and tells whether more is marked. A hasty turn makes of the newest what
   * costs little, and leaves the marks. Throws StoreError.
   */
  async function turn(signal: AbortSignal, kind: TurnKind = 'whole', pace: Pace = NO_PACE): Promise<boolean> {
    const startedMs = monotonicMs();
    const rest = (): Promise<void> => pace.rest(signal);
    const untilMs = dueUntil(nowMs());
    const began = await store.version(signal);
    const found = await store.marks(untilMs, MARKS_MAX, signal);
    metrics.marks.set(found.length);
    const newest = await store.newest(signal);
    if (found.length === 0 || newest === undefined) return false;
    const spans = spansOf(found);
    const making: Making = { endMs: Math.min(newest, untilMs), began, rest, signal };
    if (kind === 'hasty') await make(cheap, spans[0] ?? [], making);
    else
      for (const marks of spans.slice(0, SPANS_MAX)) {
        for (const range of rangesOf(marks, { forwardMs: 0, spanMs: SIGHTING_SPAN_MS }, making.endMs))
          await store.see(range, false, signal, rest);
        await make(derivations, marks, making);
        await store.clear(marks, began, signal);
      }
    metrics.turnSeconds.observe((monotonicMs() - startedMs - pace.restedMs) / 1000);
    return spans.length > SPANS_MAX || found.length === MARKS_MAX;
  }

  return {
    turn,
    /**
     * Starts a turn every ten seconds, rarer where turns are long, oftener while more is marked; every second one is hasty then. Runs until
     * aborted.
     */
    async run(signal: AbortSignal): Promise<void> {
      let started = false;
      let isHasty = false;
      const workMs: Record<TurnKind, number> = { whole: 0, hasty: 0 };
      const held = keptLease((asked) => store.hold(LEASE, holder, HELD_MS, asked), HELD_MS, monotonicMs);
      while (!signal.aborted) {
        let more = false;
        const kind: TurnKind = isHasty ? 'hasty' : 'whole';
        const startedMs = monotonicMs();
        const ratio = ratioWithin(workMs[kind], TURN);
        const pace = createPace({ ratio, leastMs: ratio * PIECE_MS }, monotonicMs, held, rowsWait);
        try {
          if (await held(signal)) {
            // Rows of a release without events have no marks.
            if (!started && (await store.isEmpty(signal))) await store.markStored(signal);
            started = true;
            more = await turn(signal, kind, pace);
          }
        } catch (error) {
          if (signal.aborted) return;
          if (!(error instanceof StoreError)) throw error;
          log.warn({ err: error }, 'Cannot make events now; tried again later');
        }
        const tookMs = monotonicMs() - startedMs;
        workMs[kind] = tookMs - pace.restedMs;
        isHasty = !more && !isHasty;
        // The loop sees the abort.
        await delay(more ? pace.owedMs() : Math.max(EVERY_MS - tookMs, pace.owedMs()), undefined, { signal }).catch(
          () => undefined,
        );
      }
    },
  };
}
