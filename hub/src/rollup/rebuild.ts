/** Makes all rollups of a range anew from the raw rows, whatever the marks say. */
import { LOOKBACK_MS } from '../api/queries/interface-traffic.ts';
import type { SiteRange } from './marks.ts';
import { joinSites } from './sites.ts';
import type { RollupStore } from './store.ts';
import { DAY_MS, HOUR_MS } from './tiers.ts';

/** What one statement makes: the hour that it reads before weighs less then. */
const STATEMENT_MS = 3 * HOUR_MS;

export interface RebuildFilter {
  /** Only this site. */
  readonly site: string | undefined;
  readonly fromMs: number;
  /** Exclusive; whole hours are made. */
  readonly toMs: number;
}

/**
 * Makes five minutes, hours and days anew, day by day, all sites together, and takes away those that no raw row speaks for any more. What is
 * made from raw rows that have expired stays as it is. Stops between two statements; what was made stays. `onDay` hears of every finished day. Throws StoreError.
 */
export async function rebuild(
  store: RollupStore,
  filter: RebuildFilter,
  onDay: (dayMs: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const stored = await store.stored(signal);
  const ranges = stored
    .filter(({ site }) => filter.site === undefined || site === filter.site)
    .map(({ site, fromMs, toMs }) => ({ site, fromMs: Math.max(fromMs, filter.fromMs), toMs: Math.min(toMs, filter.toMs) }));
  const days = Map.groupBy(
    ranges.flatMap((range) => slices(range, DAY_MS)),
    ({ fromMs }) => Math.floor(fromMs / DAY_MS) * DAY_MS,
  );
  for (const [dayMs, slicesOfDay] of [...days].sort(([a], [b]) => a - b)) {
    const floorMs = (await store.rawFloorMs(signal)) + LOOKBACK_MS;
    const kept = slicesOfDay
      .map((slice) => ({ ...slice, fromMs: Math.max(slice.fromMs, floorMs) }))
      .filter(({ fromMs, toMs }) => fromMs < toMs);
    for (const part of joinSites(kept.flatMap((slice) => slices(slice, STATEMENT_MS)))) await store.build(part, true, signal);
    await store.joinRanges(kept, true, signal);
    if (kept.length > 0) onDay(dayMs);
  }
}

/** A range cut at whole hours, at multiples of lengthMs. */
function slices({ site, fromMs, toMs }: SiteRange, lengthMs: number): SiteRange[] {
  const parts: SiteRange[] = [];
  const end = Math.ceil(toMs / HOUR_MS) * HOUR_MS;
  for (let ms = Math.floor(fromMs / HOUR_MS) * HOUR_MS; ms < end; ) {
    const next = Math.min(end, (Math.floor(ms / lengthMs) + 1) * lengthMs);
    parts.push({ site, fromMs: ms, toMs: next });
    ms = next;
  }
  return parts;
}
