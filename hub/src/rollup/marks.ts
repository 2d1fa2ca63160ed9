/** Marks: which buckets are to be made anew because rows came in. Pure. */
import type { OpenBatch } from '@poplar/proto/batch';
import { ABSENT, columnAt, u32At } from '@poplar/proto/columns';
import { BUCKET_MS, LOOKBACK_MS } from '../api/queries/interface-traffic.ts';
import { SPEED_AHEAD_MS } from '../api/queries/link-speeds.ts';

/** Rows of a site came in for the bucket that starts at bucketMs. */
export interface RollupMark {
  readonly site: string;
  readonly bucketMs: number;
}

/** Consecutive buckets of one site: from fromMs up to toMs, both starts of buckets. */
export interface SiteRange {
  readonly site: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Live buckets are made together: each statement reads an hour before its range. */
const BLOCK_MS = 900_000;
const SETTLE_MS = SPEED_AHEAD_MS + 30_000;

/** Before this, rows have had time to come, Unix ms. */
export function dueUntil(nowMs: number): number {
  return Math.floor((nowMs - SETTLE_MS) / BLOCK_MS) * BLOCK_MS;
}

/** Returns the start of the bucket that holds a moment: its end belongs to it, its start does not. */
export function bucketStart(ms: number, lengthMs = BUCKET_MS): number {
  return Math.floor((ms - 1) / lengthMs) * lengthMs;
}

/**
 * Collects the marks of the rows of batches, each once: the bucket of every poll, and where it read the speed of links, the bucket in
 * which that speed may have been in force already. What later buckets see of these rows, rangesOf adds.
 */
export interface MarkCollector {
  add(batch: Pick<OpenBatch, 'families' | 'symbols' | 'pollTimesMs'>): void;
  marks(): RollupMark[];
}

export function createMarkCollector(): MarkCollector {
  const bucketsBySite = new Map<string, Set<number>>();
  return {
    add({ families: { polls }, symbols, pollTimesMs }) {
      const sitesAt = columnAt(polls, 'site_symbol');
      const speedsAt = columnAt(polls, 'ethernet_port_rows');
      for (let poll = 0; poll < pollTimesMs.length; poll++) {
        const ts = pollTimesMs[poll] ?? 0;
        const site = symbols[u32At(polls.bytes, sitesAt + 4 * poll)] ?? '';
        let buckets = bucketsBySite.get(site);
        if (buckets === undefined) bucketsBySite.set(site, (buckets = new Set()));
        buckets.add(bucketStart(ts));
        if (speedsAt !== ABSENT && u32At(polls.bytes, speedsAt + 4 * poll) > 0) buckets.add(bucketStart(ts - SPEED_AHEAD_MS));
      }
    },
    marks: () => [...bucketsBySite].flatMap(([site, buckets]) => [...buckets].map((bucketMs) => ({ site, bucketMs }))),
  };
}

/**
 * Returns the buckets that marks make dirty, as ranges per site: a marked bucket and all that look back on it, before untilMs. Ranges
 * keep within spans of lengthMs, the newest first.
 */
export function rangesOf(marks: readonly RollupMark[], untilMs: number, lengthMs: number): SiteRange[] {
  const bySite = Map.groupBy(marks, ({ site }) => site);
  const ranges = [...bySite].flatMap(([site, ofSite]) => {
    const starts = new Set<number>();
    for (const { bucketMs } of ofSite)
      for (let ms = bucketMs; ms <= bucketMs + LOOKBACK_MS && ms < untilMs; ms += BUCKET_MS) starts.add(ms);
    return joinStarts(
      site,
      [...starts].sort((a, b) => a - b),
      lengthMs,
    );
  });
  return ranges.sort((a, b) => b.fromMs - a.fromMs || (a.site < b.site ? -1 : 1));
}

function joinStarts(site: string, starts: readonly number[], lengthMs: number): SiteRange[] {
  const ranges: { site: string; fromMs: number; toMs: number }[] = [];
  for (const ms of starts) {
    const open = ranges.at(-1);
    if (open?.toMs === ms && ms % lengthMs !== 0) open.toMs = ms + BUCKET_MS;
    else ranges.push({ site, fromMs: ms, toMs: ms + BUCKET_MS });
  }
  return ranges;
}
