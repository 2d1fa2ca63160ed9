/** Tells one life of an interface from the next: a re-created interface counts from zero under its old name. */

interface Known {
  id: string | undefined;
  mac: number | undefined;
  generation: number;
  /** The print in which the name was seen last. */
  print: number;
}

/** Generations are added to a baseline whose router part advances in steps of this. */
export const GENERATIONS_MAX = 2 ** 20;
/** Names kept beyond those of the newest print: dynamic interfaces come back under their name. */
const NAMES_SPARE = 256;

export interface Generations {
  /**
   * The generation of the interface with this name: rises when it shows another `.id` or MAC than before. What is
   * undefined is not compared.
   */
  of(name: string, id: string | undefined, mac: number | undefined): number;
  /** To be called after each print: forgets names that are long gone, never so that a generation could repeat. */
  endPrint(): void;
  /** True when the numbers run out: the router's baseline must rise, then reset() be called. */
  readonly exhausted: boolean;
  reset(): void;
  /** Names kept. */
  readonly size: number;
}

export function createGenerations(max: number = GENERATIONS_MAX): Generations {
  const known = new Map<string, Known>();
  /** Names not known start here: above every generation of a name that was forgotten. */
  let floor = 0;
  let highest = 0;
  let print = 1;
  let seen = 0;

  return {
    of(name, id, mac) {
      const before = known.get(name);
      if (before === undefined) {
        known.set(name, { id, mac, generation: floor, print });
        seen++;
        return floor;
      }
      if (before.print !== print) seen++;
      before.print = print;
      if (differs(before.id, id) || differs(before.mac, mac)) before.generation++;
      before.id = id ?? before.id;
      before.mac = mac ?? before.mac;
      highest = Math.max(highest, before.generation);
      return before.generation;
    },
    endPrint() {
      if (known.size > seen + NAMES_SPARE) {
        for (const [name, { print: last, generation }] of known) {
          if (last === print) continue;
          known.delete(name);
          floor = Math.max(floor, generation + 1);
        }
        highest = Math.max(highest, floor);
      }
      print++;
      seen = 0;
    },
    get exhausted() {
      return highest >= max - 1;
    },
    reset() {
      known.clear();
      floor = 0;
      highest = 0;
    },
    get size() {
      return known.size;
    },
  };
}

function differs<T>(before: T | undefined, now: T | undefined): boolean {
  return before !== undefined && now !== undefined && before !== now;
}
