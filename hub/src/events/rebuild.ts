/** Makes all events of a range anew from the raw rows, whatever the marks say, and puts down who was seen in it. */

import { chunksOf, type SitesRange } from '../rollup/sites.ts';
import { DAY_MS } from '../rollup/tiers.ts';
import type { Derivation } from './derivation.ts';
import { SIGHTING_SPAN_MS } from './sightings.ts';
import type { EventStore } from './store.ts';

export interface RebuildFilter {
  /** Only this site. */
  readonly site: string | undefined;
  readonly fromMs: number;
  /** Exclusive; whole spans of the derivations are made, days at most. */
  readonly toMs: number;
}

/**
 * Makes events anew day by day, all sites together, and takes away those that no raw row shows any more. Stops between two statements; what
 * was made stays, and so does what looks back on raw rows that have expired. `onDay` hears of every finished day. Throws StoreError.
 */
export async function rebuild(
  store: EventStore,
  derivations: readonly Derivation[],
  { site, fromMs, toMs }: RebuildFilter,
  onDay: (dayMs: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const stored = (await store.stored(signal)).filter((range) => site === undefined || range.site === site);
  const first = Math.max(fromMs, Math.min(...stored.map((range) => range.fromMs)));
  const last = Math.min(toMs, Math.max(...stored.map((range) => range.toMs)));
  const within = (ms: number, spanMs: number): string[] =>
    stored.filter((range) => range.fromMs < ms + spanMs && range.toMs > ms).map((range) => range.site);
  const bySpan = Map.groupBy(derivations, ({ spanMs }) => spanMs);
  for (let dayMs = Math.floor(first / DAY_MS) * DAY_MS; dayMs < last; dayMs += DAY_MS) {
    const began = await store.version(signal);
    const rawFloorMs = await store.rawFloorMs(signal);
    const made: SitesRange[] = [];
    for (let ms = dayMs; ms < dayMs + DAY_MS && ms < last; ms += SIGHTING_SPAN_MS) {
      if (ms + SIGHTING_SPAN_MS <= first) continue;
      for (const chunk of chunksOf(within(ms, SIGHTING_SPAN_MS)))
        await store.see({ sites: chunk, fromMs: ms, toMs: ms + SIGHTING_SPAN_MS }, true, signal);
    }
    for (const [spanMs, group] of bySpan) {
      for (let ms = dayMs; ms < dayMs + DAY_MS && ms < last; ms += spanMs) {
        if (ms + spanMs <= first) continue;
        const ready = group.filter(({ lookbackMs }) => ms - lookbackMs >= rawFloorMs);
        for (const chunk of chunksOf(within(ms, spanMs))) {
          const range = { sites: chunk, fromMs: ms, toMs: ms + spanMs };
          await store.make({ range, derivations: ready }, true, signal);
          made.push(range);
        }
      }
    }
    await store.markOvertaken(made, began, signal);
    onDay(dayMs);
  }
}
