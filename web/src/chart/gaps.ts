import type { InterfaceSeries, PollStrip } from '@poplar/hub/api/schemas';

export type Gap = InterfaceSeries['gaps'][number];

/** The gap that a moment lies in, if any. */
export function gapAt(gaps: readonly Gap[], ms: number): Gap | null {
  return gaps.find(({ from_ms, to_ms }) => ms > from_ms && ms < to_ms) ?? null;
}

/**
 * Why samples are missing, in words, from the polls of that time: what they failed of; that there were none; or that
 * they were answered without this port.
 */
export function gapCause(gap: Gap, strip: PollStrip | null): string {
  if (strip === null) return '';
  let ok = 0;
  let failed = 0;
  let outcome = '';
  for (const bucket of strip.buckets) {
    // A bucket that only touches the gap belongs to the samples at its ends.
    if (bucket.ts_ms < gap.from_ms || bucket.ts_ms + strip.step_ms > gap.to_ms) continue;
    ok += bucket.ok;
    failed += bucket.failed;
    if (bucket.failed > 0) outcome = bucket.outcome;
  }
  if (failed > 0) return `${failed} ${failed === 1 ? 'poll' : 'polls'} failed: ${outcome}`;
  if (ok > 0) return 'polls were answered without this port';
  return 'no polls arrived';
}

/** Length of all gaps together, ms. */
export function gapsLength(gaps: readonly Gap[]): number {
  return gaps.reduce((sum, { from_ms, to_ms }) => sum + to_ms - from_ms, 0);
}
