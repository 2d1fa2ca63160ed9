/** Tells a router whose CPU is at its limit from one that was busy for a moment. */

/** Readings in a row that it takes to call the CPU busy, and to call it idle again. */
const READINGS = 3;
/** How far below the limit the CPU must be for that: percentage points. */
const RETURN_PCT = 10;

export interface CpuWatch {
  /** The load at a visit, percent. */
  note(loadPct: number): void;
  /** The load at which the CPU was found busy, percent; undefined while it is not. */
  readonly busyPct: number | undefined;
}

export function createCpuWatch(maxPct: number): CpuWatch {
  let busyPct: number | undefined;
  let readings = 0;
  return {
    note(loadPct) {
      const turns = busyPct === undefined ? loadPct > maxPct : loadPct <= maxPct - RETURN_PCT;
      readings = turns ? readings + 1 : 0;
      if (readings < READINGS) return;
      busyPct = busyPct === undefined ? loadPct : undefined;
      readings = 0;
    },
    get busyPct() {
      return busyPct;
    },
  };
}
