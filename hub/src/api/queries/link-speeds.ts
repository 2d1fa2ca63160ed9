/** How long a reading of a port's speed holds, ms. Agents read it every minute by default; a collector that was slowed down, less often. */
export const SPEED_AGE_MS = 3600_000;

/** How long before a reading its speed may have been in force already, ms: two readings of an agent by default. */
export const SPEED_AHEAD_MS = 120_000;

/**
 * How much faster than its link a port may seem: what the moment of counting moves. A sample has the time of its visit's start, and the
 * counters are read up to half a second later one time than the other, which is 5 % of the default interval of 10 s. What a link
 * carries without its preambles and gaps is 1 % to 25 % below its speed already.
 */
export const SPEED_MARGIN = 1.05;

/** SQL for the fastest rate to believe of a port whose speed is known, else a limit that no port exceeds, bit/s. */
export function fastestBps(speed: string, unknown: number): string {
  return `if(ifNull(${speed}, 0) > 0, ${speed} * ${SPEED_MARGIN}, ${unknown})`;
}

/**
 * SQL for the speed of the link during a step from start_ms to end_ms, with the readings `before` and `after` it: the higher of both,
 * because it may have changed in between; 0 when it is not known.
 */
export function speedOfStep(endMs: string): string {
  return (
    `greatest(if(${endMs} - before.ms <= ${SPEED_AGE_MS}, before.bps, 0), ` +
    `if(after.ms - ${endMs} <= ${SPEED_AHEAD_MS}, after.bps, 0))`
  );
}
