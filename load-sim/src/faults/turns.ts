/**
 * Faults at random that keep a share of the fleet faulty at any time.
 *
 * The share is as many lines of faults, each of which goes through its own part of the routers: turn n of a line begins when
 * turn n-1 ends, at `from + (phase + n - 1) · mean + (1 ± 1) · (most - least) / 4`, so that each turn lasts between least and most; only
 * the first one, under way when everything begins, may be shorter. It hits the router at `(offset + n · stride) mod size` of the
 * line's part. The kinds are dealt out in shuffled rounds over all lines.
 */
import { derive, mix, shuffled, unit } from '../traffic/random.ts';
import { type FaultKind, type FaultSite, faultSpec } from './kinds.ts';
import type { RandomFaults } from './scenario.ts';
import { type Fault, type FaultSource, greatestDivisor } from './source.ts';

/** A router that may be hit, with its position in the fleet. */
export interface TurnRouter extends FaultSite {
  readonly index: number;
}

interface Line {
  readonly key: number;
  readonly size: number;
}

/** The faults of each of these routers, by its position in the fleet. `lines`: how many are faulty at any time. */
export function turnSources(
  routers: readonly TurnRouter[],
  lines: number,
  random: RandomFaults,
  seed: number,
  startMs: number,
): Map<number, FaultSource> {
  const key = derive(random.seed ?? seed, 'faults');
  const sources = new Map<number, FaultSource>();
  const parts = Map.groupBy(routers.entries(), ([position]) => position % lines);
  for (const [number, entries] of parts) {
    const part = entries.map(([, router]) => router);
    const line: Line = { key: mix(derive(key, 'line'), number), size: part.length };
    for (const [first, position] of orderOf(line).entries()) {
      const router = part[position];
      if (router === undefined || !random.kinds.some((kind) => faultSpec(kind).possibleOn(router))) continue;
      const kindOf = (turn: number): FaultKind => kindAt(turn * lines + number, router);
      sources.set(router.index, turnSource(line, first, kindOf, random, startMs));
    }
  }
  return sources;

  /** Number `dealt` of all faults of the fleet. What cannot happen to the router makes way for the next kind that can. */
  function kindAt(dealt: number, router: TurnRouter): FaultKind {
    const { kinds } = random;
    const round = shuffled(kinds, mix(derive(key, 'round'), Math.floor(dealt / kinds.length)));
    const first = dealt % kinds.length;
    const kind = [...round.slice(first), ...round].find((one) => faultSpec(one).possibleOn(router));
    if (kind === undefined) throw new Error(`BUG: no fault is possible on router ${router.index}`);
    return kind;
  }
}

/** Positions of a line's routers in the order of its turns: each once. */
function orderOf({ key, size }: Line): number[] {
  const offset = Math.floor(unit(derive(key, 'offset')) * size);
  let stride = 1 + Math.floor(unit(derive(key, 'stride')) * size);
  while (greatestDivisor(stride, size) !== 1) stride++;
  return Array.from({ length: size }, (_, turn) => (offset + turn * stride) % size);
}

/** The turns `first`, `first + size`, … of a line. */
function turnSource(
  line: Line,
  first: number,
  kindOf: (turn: number) => FaultKind,
  random: RandomFaults,
  startMs: number,
): FaultSource {
  const [least, most] = [random.for_s_min * 1000, random.for_s_max * 1000];
  const mean = (least + most) / 2;
  const beginningMs = startMs + random.from_s * 1000;
  const fromMs = beginningMs + (unit(derive(line.key, 'phase')) - 1) * mean + (most - least) / 4;
  const jitterKey = derive(line.key, 'jitter');

  function beginMs(turn: number): number {
    if (turn === 0) return Math.round(beginningMs);
    return Math.round(fromMs + turn * mean + ((unit(mix(jitterKey, turn)) - 0.5) * (most - least)) / 2);
  }
  function fault(turn: number): Fault {
    return { kind: kindOf(turn), fromMs: beginMs(turn), toMs: beginMs(turn + 1), settings: {} };
  }
  /** The last turn of this router that began at or before a time; below `first` when none did. */
  function turnAt(atMs: number): number {
    // Jitter moves a beginning by less than half of the mean.
    const newest = Math.ceil((atMs - fromMs) / mean);
    let turn = first + Math.floor((newest - first) / line.size) * line.size;
    while (turn >= first && beginMs(turn) > atMs) turn -= line.size;
    return turn;
  }

  return {
    before(atMs, kind) {
      if (kind !== undefined && !random.kinds.includes(kind)) return undefined;
      for (let turn = turnAt(atMs); turn >= first; turn -= line.size) {
        const one = fault(turn);
        if (kind === undefined || one.kind === kind) return one;
      }
      return undefined;
    },
    after: (atMs) => fault(Math.max(first, turnAt(atMs) + line.size)),
  };
}
