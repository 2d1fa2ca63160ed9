/** When which fault happens: a pure function of the seed. */
import { between, derive, mix, shuffled, wholeBetween } from '../traffic/random.ts';
import { type FaultKind, LANES } from './kinds.ts';

export interface PlannedFault {
  readonly kind: FaultKind;
  /** After the first poll, ms. */
  readonly atMs: number;
  /** How long it lasts; ms. What has no length of its own (a kill) leaves the part down for so long. */
  readonly forMs: number;
  /** Decides everything else about it. */
  readonly key: number;
}

export interface ScheduleConfig {
  readonly seed: number;
  /** Length of the run, ms. */
  readonly forMs: number;
  readonly kinds: readonly FaultKind[];
}

/** Quiet before the first fault and behind the last one, as shares of the run. */
const LEAD = 0.06;
const TAIL = 0.94;
/** A fault and the recovery from it. Longest ones outlast every timeout of the hub and the agent. */
const SLOT_MIN_MS = 10_000;
const SLOT_MAX_MS = 120_000;

/** The faults of each lane, in the order of time: every kind once before any comes again, as often as there is time. */
export function planSchedule({ seed, forMs, kinds }: ScheduleConfig): PlannedFault[][] {
  return LANES.map((lane, number) => {
    const own = lane.filter((kind) => kinds.includes(kind));
    return own.length === 0 ? [] : planLane(own, mix(derive(seed, 'fault run'), number), forMs);
  }).filter((lane) => lane.length > 0);
}

function planLane(kinds: readonly FaultKind[], laneKey: number, forMs: number): PlannedFault[] {
  const endMs = TAIL * forMs;
  const faults: PlannedFault[] = [];
  // Whatever the slots are drawn to be, one of each kind has room.
  const share = (endMs - LEAD * forMs) / kinds.length;
  for (let round = 0, fromMs = LEAD * forMs; ; round++) {
    const roundKey = mix(laneKey, round);
    for (const [position, kind] of shuffled(kinds, roundKey).entries()) {
      const key = mix(derive(roundKey, kind), position);
      const slotMs = Math.min(share, wholeBetween(derive(key, 'slot'), SLOT_MIN_MS, SLOT_MAX_MS));
      // A rounding error of the last slot of the first round is no reason to leave it out.
      if (fromMs + slotMs > endMs + 1) return faults;
      const atMs = Math.round(fromMs + between(derive(key, 'delay'), 0, 0.2) * slotMs);
      faults.push({ kind, atMs, forMs: Math.round(between(derive(key, 'length'), 0.3, 0.6) * slotMs), key });
      fromMs += slotMs;
    }
  }
}
