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
  return new Times();
}

class Times implements TakenTimes {
  #times = new Uint32Array(FIRST_CAPACITY);
  #size = 0;
  #oldest = 0;

  take(nowMs: number, keep: number): number {
    let tsMs = Math.floor(nowMs);
    while (this.#isTaken(tsMs)) tsMs++;
    this.#note(tsMs, keep);
    return tsMs;
  }

  #isTaken(tsMs: number): boolean {
    const at = this.#times.indexOf(tsMs % TWO_32);
    return at >= 0 && at < this.#size;
  }

  #note(tsMs: number, keep: number): void {
    if (this.#size >= keep) {
      this.#times[this.#oldest] = tsMs % TWO_32;
      this.#oldest = (this.#oldest + 1) % this.#size;
      return;
    }
    if (this.#size === this.#times.length) {
      const grown = new Uint32Array(Math.min(keep, 2 * this.#size));
      grown.set(this.#times);
      this.#times = grown;
    }
    this.#times[this.#size++] = tsMs % TWO_32;
  }
}
