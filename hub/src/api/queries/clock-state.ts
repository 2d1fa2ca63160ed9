import { NEVER_SET_BEFORE_MS, ROUTER_CLOCK_OFF_MS } from '../clock-limits.ts';

/**
 * SQL for what to make of a row of router_clocks: never_set, off, right or unknown. A router tells no fractions of a second, so that its
 * clock is ahead of the agent's by offset_ms to offset_ms + 1000, give or take half the round trip: it is off when all of that is.
 */
export const CLOCK_STATE = `multiIf(clock_ms < ${NEVER_SET_BEFORE_MS}, 'never_set',
  offset_ms IS NULL, 'unknown',
  abs(assumeNotNull(offset_ms) + 500) - 500 - ifNull(round_trip_us, 0) / 2000 > ${ROUTER_CLOCK_OFF_MS}, 'off',
  'right')`;
