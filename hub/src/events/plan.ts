/** Which events are to be made anew because rows came in. Pure. */
import { BUCKET_MS } from '../api/queries/interface-traffic.ts';
import { FUTURE_MAX_MS } from '../api/state.ts';
import { bucketStart, type RollupMark } from '../rollup/marks.ts';
import { chunksOf, type SitesRange } from '../rollup/sites.ts';
import { HOUR_MS } from '../rollup/tiers.ts';
import type { Derivation } from './derivation.ts';

/** A range, and the derivations whose events are to be made in it. */
export interface Task {
  readonly range: SitesRange;
  readonly derivations: readonly Derivation[];
}

/** What lies further back is made in whole spans, so that many sites have the same range. */
const LIVE_MS = 3 * BUCKET_MS;
/** Marks that are done together: the longer, the less is made twice for what looks ahead. */
const SPAN_MS = 6 * HOUR_MS;

/** Rows after this are from the future, Unix ms: their marks wait for their time. The end of a bucket. */
export function dueUntil(nowMs: number): number {
  return bucketStart(nowMs + FUTURE_MAX_MS) + BUCKET_MS;
}

/** Divides marks, the newest first, into those that are done together. */
export function spansOf(marks: readonly RollupMark[]): RollupMark[][] {
  const spans: RollupMark[][] = [];
  for (const mark of marks) {
    const open = spans.at(-1);
    if (open !== undefined && mark.bucketMs > (open[0]?.bucketMs ?? 0) - SPAN_MS) open.push(mark);
    else spans.push([mark]);
  }
  return spans;
}

/**
 * Returns the ranges that marks make dirty for a derivation: their buckets and what looks back on them, up to the newest row at newestMs, the
 * newest range first. No range crosses a span, and sites with the same range share it; what is clean may be in it as well.
 */
export function rangesOf(
  marks: readonly RollupMark[],
  { forwardMs, spanMs }: Pick<Derivation, 'forwardMs' | 'spanMs'>,
  newestMs: number,
): SitesRange[] {
  const endMs = newestMs + 1;
  const sitesByRange = new Map<string, { fromMs: number; toMs: number; sites: Set<string> }>();
  for (const [site, ofSite] of Map.groupBy(marks, ({ site }) => site)) {
    for (const piece of pieces(ofSite, forwardMs, spanMs, endMs)) {
      const key = `${piece.fromMs} ${piece.toMs}`;
      const known = sitesByRange.get(key);
      if (known === undefined) sitesByRange.set(key, { ...piece, sites: new Set([site]) });
      else known.sites.add(site);
    }
  }
  return [...sitesByRange.values()]
    .flatMap(({ sites, ...range }) => chunksOf([...sites].sort()).map((chunk) => ({ ...range, sites: chunk })))
    .sort((a, b) => b.fromMs - a.fromMs || b.toMs - a.toMs);
}

/** The spans that the marks of a site touch, each from its first dirty moment on where that is recent. */
function pieces(
  marks: readonly RollupMark[],
  forwardMs: number,
  spanMs: number,
  endMs: number,
): { fromMs: number; toMs: number }[] {
  const spanOf = (ms: number): number => Math.floor(ms / spanMs) * spanMs;
  const firstBySpan = new Map<number, number>();
  for (const { bucketMs } of marks) {
    // The end of a bucket belongs to it, its start does not.
    const toMs = Math.min(bucketMs + BUCKET_MS + 1 + forwardMs, endMs);
    for (let ms = bucketMs + 1; ms < toMs; ms = spanOf(ms) + spanMs)
      firstBySpan.set(spanOf(ms), Math.min(ms, firstBySpan.get(spanOf(ms)) ?? ms));
  }
  return [...firstBySpan].map(([start, ms]) => ({
    fromMs: ms >= endMs - LIVE_MS ? ms : start,
    toMs: Math.min(start + spanMs, endMs),
  }));
}

/**
 * Returns what marks ask for, and what they mean for other sites, the newest range first; derivations with the same range share it.
 */
export function tasksOf(
  marks: readonly RollupMark[],
  derivations: readonly Derivation[],
  newestMs: number,
  spread: ReadonlyMap<Derivation, readonly RollupMark[]> = new Map(),
): Task[] {
  const tasks = new Map<string, { range: SitesRange; derivations: Derivation[] }>();
  for (const derivation of derivations) {
    for (const range of rangesOf([...marks, ...(spread.get(derivation) ?? [])], derivation, newestMs)) {
      const key = JSON.stringify(range);
      const known = tasks.get(key);
      if (known === undefined) tasks.set(key, { range, derivations: [derivation] });
      else known.derivations.push(derivation);
    }
  }
  return [...tasks.values()].sort((a, b) => b.range.fromMs - a.range.fromMs || b.range.toMs - a.range.toMs);
}
