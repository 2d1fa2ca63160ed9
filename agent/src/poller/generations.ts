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
  return new InterfaceGenerations(max);
}

class InterfaceGenerations implements Generations {
  readonly #max: number;
  readonly #known = new Map<string, Known>();
  /** Names not known start here: above every generation of a name that was forgotten. */
  #floor = 0;
  #highest = 0;
  #print = 1;
  #seen = 0;

  constructor(max: number) {
    this.#max = max;
  }

  of(name: string, id: string | undefined, mac: number | undefined): number {
    const before = this.#known.get(name);
    if (before === undefined) {
      this.#known.set(name, { id, mac, generation: this.#floor, print: this.#print });
      this.#seen++;
      return this.#floor;
    }
    if (before.print !== this.#print) this.#seen++;
    before.print = this.#print;
    if (differs(before.id, id) || differs(before.mac, mac)) before.generation++;
    before.id = id ?? before.id;
    before.mac = mac ?? before.mac;
    this.#highest = Math.max(this.#highest, before.generation);
    return before.generation;
  }

  endPrint(): void {
    if (this.#known.size > this.#seen + NAMES_SPARE) {
      for (const [name, { print: last, generation }] of this.#known) {
        if (last === this.#print) continue;
        this.#known.delete(name);
        this.#floor = Math.max(this.#floor, generation + 1);
      }
      this.#highest = Math.max(this.#highest, this.#floor);
    }
    this.#print++;
    this.#seen = 0;
  }

  get exhausted(): boolean {
    return this.#highest >= this.#max - 1;
  }

  reset(): void {
    this.#known.clear();
    this.#floor = 0;
    this.#highest = 0;
  }

  get size(): number {
    return this.#known.size;
  }
}

function differs<T>(before: T | undefined, now: T | undefined): boolean {
  return before !== undefined && now !== undefined && before !== now;
}
