/**
 * When routers are visited. Pure arithmetic in milliseconds of the monotonic clock. Slots are whole milliseconds: with
 * fractions, the slot after a slot could round to the same one, and be visited twice.
 */

/** Offset of a router's visits within the interval: the same in every run, and spread evenly over many routers. */
export function phaseMs(site: string, router: string, intervalMs: number): number {
  return Math.floor((hash(`${site}\u0000${router}`) / 2 ** 32) * intervalMs);
}

/** The router's first slot after `afterMs`, on the grid startMs + phase + n × interval. A slot itself is not after itself. */
export function nextSlotMs(startMs: number, phase: number, intervalMs: number, afterMs: number): number {
  const firstMs = Math.ceil(startMs) + phase;
  if (afterMs < firstMs) return firstMs;
  return firstMs + (Math.floor((afterMs - firstMs) / intervalMs) + 1) * intervalMs;
}

/** Failures in a row until the delay has reached its most. */
const FAILURES_TO_FULL_BACKOFF = 4;

/**
 * From the start of the newest failed visit to the start of the next: one interval plus a random part of up to another
 * one, growing with the failures in a row (full jitter). Less than two intervals always, so that a router that comes
 * back is visited within two, and routers that failed together do not return together.
 */
export function retryAfterMs(failures: number, intervalMs: number, random: () => number): number {
  const reach = intervalMs / 2 ** Math.max(0, FAILURES_TO_FULL_BACKOFF - failures);
  return intervalMs + random() * reach;
}

/** FNV-1a over UTF-16 units, then murmur3's finaliser: names that differ in one digit must not land side by side. */
function hash(text: string): number {
  let bits = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) bits = Math.imul(bits ^ text.charCodeAt(at), 0x01000193);
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
