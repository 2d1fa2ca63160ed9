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
  return new Watch(maxPct);
}

class Watch implements CpuWatch {
  readonly #maxPct: number;
  #busyPct: number | undefined;
  #readings = 0;

  constructor(maxPct: number) {
    this.#maxPct = maxPct;
  }

  note(loadPct: number): void {
    const turns = this.#busyPct === undefined ? loadPct > this.#maxPct : loadPct <= this.#maxPct - RETURN_PCT;
    this.#readings = turns ? this.#readings + 1 : 0;
    if (this.#readings < READINGS) return;
    this.#busyPct = this.#busyPct === undefined ? loadPct : undefined;
    this.#readings = 0;
  }

  get busyPct(): number | undefined {
    return this.#busyPct;
  }
}
