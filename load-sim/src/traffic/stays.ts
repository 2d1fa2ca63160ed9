/** Places in a table that are taken and freed again in turns: leases, sessions, neighbours. */
import { between, derive, mix, unit } from './random.ts';

/** One use of a place: from `startMs` until just before `endMs`, Unix milliseconds. */
export interface Stay {
  /** Tells the uses of a place apart. */
  readonly number: number;
  readonly startMs: number;
  readonly endMs: number;
}

/** The use that a place is in, or undefined while it is free. Its turns last between these times, taken for this share of them. */
export function stayAt(key: number, atMs: number, turnMinMs: number, turnMaxMs: number, share: number): Stay | undefined {
  const turnMs = Math.floor(between(derive(key, 'turn'), turnMinMs, turnMaxMs));
  const shifted = atMs + Math.floor(unit(derive(key, 'turn phase')) * turnMs);
  const number = Math.floor(shifted / turnMs);
  const beginMs = atMs - (shifted - number * turnMs);
  const lengthMs = Math.floor(turnMs * Math.min(1, share * between(mix(key, number), 0.9, 1.1)));
  if (atMs >= beginMs + lengthMs) return undefined;
  return { number, startMs: beginMs, endMs: beginMs + lengthMs };
}

/** How many of a thing a router has, at most `most`: from a third of it on. */
export function countUpTo(key: number, most: number): number {
  return Math.round(most * between(key, 0.34, 1));
}

/** How many of the numbers from 0 to just below `size` pass a test. */
export function countWhere(size: number, test: (index: number) => boolean): number {
  let count = 0;
  for (let index = 0; index < size; index++) if (test(index)) count++;
  return count;
}
