/** How far a clock is stepped, so that it never says one time twice. Pure. */
import { derive, mix, wholeBetween } from '../traffic/random.ts';
import { type ClockStretch, saidIn } from '../verify/agent-time.ts';

export interface LeapConfig {
  readonly key: number;
  readonly nowMs: number;
  /** How long the clock stays there, ms. */
  readonly forMs: number;
  /** What the clock was until now, and will be when it has returned. */
  readonly stretches: readonly ClockStretch[];
}

const LEAP_MIN_MS = 60_000;
/** An agent gives up a visit that began more than an hour away from now. */
const LEAP_MAX_MS = 3_590_000;
/** Between times that the clock has said, or will have, and those of the leap. */
const APART_MS = 20_000;
const TRIES = 200;

/**
 * Minutes to an hour, back or forth, to where the clock has never been and will not come; undefined when no such place was found. A router's poll is known by its time: of two in the same millisecond one would hide the other.
 */
export function leapOf({ key, nowMs, forMs, stretches }: LeapConfig): number | undefined {
  const said = stretches.map(saidIn);
  for (let tries = 0; tries < TRIES; tries++) {
    const one = mix(derive(key, 'leap'), tries);
    const offsetMs = wholeBetween(derive(one, 'size'), LEAP_MIN_MS, LEAP_MAX_MS) * (one % 2 === 0 ? 1 : -1);
    const fromMs = nowMs + offsetMs - APART_MS;
    const toMs = nowMs + offsetMs + forMs + APART_MS;
    if (said.every((stretch) => stretch.toMs < fromMs || stretch.fromMs > toMs)) return offsetMs;
  }
  return undefined;
}
