/**
 * The times of a router's newest polls. A poll is stored under its router and time: where the clock was set back by an hour, polls on the
 * same grid meet the very milliseconds of those before, and one of the two would be lost.
 */
export interface TakenTimes {
  /** The first whole millisecond from `nowMs` on that none of the newest `keep` polls has taken; takes it. */
  take(nowMs: number, keep: number): number;
}

/** Kept as 32 bits: times 49 days apart are taken for the same, which costs a millisecond. */
const TWO_32 = 2 ** 32;
const FIRST_CAPACITY = 16;

export function createTakenTimes(): TakenTimes {
  let times = new Uint32Array(FIRST_CAPACITY);
  let size = 0;
  let oldest = 0;

  function isTaken(tsMs: number): boolean {
    const at = times.indexOf(tsMs % TWO_32);
    return at >= 0 && at < size;
  }

  function note(tsMs: number, keep: number): void {
    if (size >= keep) {
      times[oldest] = tsMs % TWO_32;
      oldest = (oldest + 1) % size;
      return;
    }
    if (size === times.length) {
      const grown = new Uint32Array(Math.min(keep, 2 * size));
      grown.set(times);
      times = grown;
    }
    times[size++] = tsMs % TWO_32;
  }

  return {
    take(nowMs, keep) {
      let tsMs = Math.floor(nowMs);
      while (isTaken(tsMs)) tsMs++;
      note(tsMs, keep);
      return tsMs;
    },
  };
}
