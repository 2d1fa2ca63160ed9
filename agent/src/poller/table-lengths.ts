/** How long a router's tables are, so that none is printed that is too long for it. */

/** A table does not grow from half of its limit beyond it within this time; after it, its length is asked for again. */
export const LENGTH_BELIEVED_MS = 600_000;
/** A table that was too long is printed again once it is this part of its limit: one around the limit would come and go. */
const RETURN_SHARE = 0.9;

export interface TableLengths {
  /**
   * True when the router is to count the table before it prints it: its length is not known, or not of late, or was more
   * than half of the limit. Whoever prints a short table learns its length by that, and needs no count the next time.
   */
  mustCount(path: string, rowsMax: number, nowMs: number): boolean;
  /** Takes a length, counted or printed. Returns whether the table is too long to be printed. */
  note(path: string, rows: number, rowsMax: number, nowMs: number): boolean;
}

export function createTableLengths(): TableLengths {
  return new Lengths();
}

interface Length {
  readonly rows: number;
  readonly atMs: number;
  readonly tooLong: boolean;
}

class Lengths implements TableLengths {
  readonly #known = new Map<string, Length>();

  mustCount(path: string, rowsMax: number, nowMs: number): boolean {
    const length = this.#known.get(path);
    return length === undefined || length.rows > rowsMax / 2 || nowMs - length.atMs >= LENGTH_BELIEVED_MS;
  }

  note(path: string, rows: number, rowsMax: number, nowMs: number): boolean {
    const limit = this.#known.get(path)?.tooLong === true ? rowsMax * RETURN_SHARE : rowsMax;
    const tooLong = rows > limit;
    this.#known.set(path, { rows, atMs: nowMs, tooLong });
    return tooLong;
  }
}
