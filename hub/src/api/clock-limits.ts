/**
 * From when on a clock counts as off. The times of all samples are their agent's: at half of the usual interval between polls they land
 * beside those of other agents. A router's clock only stamps what the router itself writes down, and it tells whole seconds.
 */
export const AGENT_CLOCK_OFF_MS = 5_000;
export const ROUTER_CLOCK_OFF_MS = 10_000;

/** A router's clock before this was never set: RouterOS starts in 1970, Poplar began later. */
export const NEVER_SET_BEFORE_MS = Date.UTC(2010, 0, 1);

/** True when an agent's clock is off by its measured offset to the hub; false also when none is known. */
export function isAgentClockOff(offsetMs: number | null): boolean {
  return offsetMs !== null && Math.abs(offsetMs) > AGENT_CLOCK_OFF_MS;
}
