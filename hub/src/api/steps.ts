/** Lengths of buckets that people can read, ms. */
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const STEPS_MS = [
  ...[1, 2, 5, 10, 15, 20, 30].map((seconds) => seconds * SECOND),
  ...[1, 2, 3, 5, 10, 15, 20, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 4, 6, 12, 24].map((hours) => hours * HOUR),
];

/** Returns the shortest step that divides the range into at most points buckets and is not shorter than leastMs. */
export function chooseStep(rangeMs: number, points: number, leastMs: number): number {
  const least = Math.max(rangeMs / points, leastMs);
  return STEPS_MS.find((step) => step >= least) ?? Math.ceil(least / (24 * HOUR)) * 24 * HOUR;
}

/** Returns the starts of all buckets that touch [fromMs, toMs). */
export function bucketStarts(fromMs: number, toMs: number, stepMs: number): number[] {
  const first = Math.floor(fromMs / stepMs) * stepMs;
  return Array.from({ length: Math.max(0, Math.ceil((toMs - first) / stepMs)) }, (_, index) => first + index * stepMs);
}
