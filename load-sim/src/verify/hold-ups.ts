/** When the simulator was held up: nobody is to blame for what came late then. Pure. */
import type { Range } from './range.ts';

export interface HoldUps {
  /** How much of this time the simulator was held up, ms. */
  heldUpMs(range: Range): number;
  /** Whether one touches this time, or lies within a second of it. */
  touch(range: Range): boolean;
  /** How much of this time lies further than a second from them all, ms. */
  runningMs(range: Range): number;
}

/** Others, which were held up with the simulator, run again a little later than it does, and stopped a little earlier. */
const AROUND_MS = 1_000;

/** `heldUp`: in Unix ms. */
export function createHoldUps(heldUp: readonly Range[]): HoldUps {
  const exact = merged(heldUp);
  const around = merged(heldUp.map(({ fromMs, toMs }) => ({ fromMs: fromMs - AROUND_MS, toMs: toMs + AROUND_MS })));
  return {
    heldUpMs: (range) => sharedMs(exact, range),
    touch: ({ fromMs, toMs }) => around.some((one) => one.fromMs <= toMs && one.toMs >= fromMs),
    runningMs: (range) => range.toMs - range.fromMs - sharedMs(around, range),
  };
}

/** How much of a time lies in ranges, which do not overlap, ms. */
function sharedMs(ranges: readonly Range[], { fromMs, toMs }: Range): number {
  return ranges.reduce((sum, one) => sum + Math.max(0, Math.min(toMs, one.toMs) - Math.max(fromMs, one.fromMs)), 0);
}

export const NO_HOLD_UPS = createHoldUps([]);

/** The same time in ranges that do not overlap. */
function merged(ranges: readonly Range[]): Range[] {
  const apart: Range[] = [];
  for (const range of ranges.toSorted((a, b) => a.fromMs - b.fromMs)) {
    const last = apart.at(-1);
    if (last === undefined || last.toMs < range.fromMs) apart.push(range);
    else apart[apart.length - 1] = { fromMs: last.fromMs, toMs: Math.max(last.toMs, range.toMs) };
  }
  return apart;
}
