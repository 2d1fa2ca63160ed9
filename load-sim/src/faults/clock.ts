/** How wrong the clock of a router is. */
import type { FaultTrack } from './plan.ts';

const CLOCK_JUMP_S = 86_400;

/** What a router adds to every date that it tells, milliseconds. */
export function clockErrorMs(faults: FaultTrack, atMs: number): number {
  const fault = faults.at(atMs);
  return fault?.kind === 'clock_jump' ? (fault.settings.by_s ?? CLOCK_JUMP_S) * 1000 : 0;
}
