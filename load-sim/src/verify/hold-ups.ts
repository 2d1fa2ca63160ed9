/** When the simulator was held up: nobody is to blame for what came late then. Pure. */
import type { Range } from './stored.ts';

export interface HoldUps {
  /** All of them together, ms. */
  readonly totalMs: number;
  /** Whether one touches this time. */
  touch(range: Range): boolean;
  /** How much of this time was outside of hold-ups, ms. */
  runningMs(range: Range): number;
}

/** Others, which were held up with the simulator, run again a little later than it does, and stopped a little earlier. */
const AROUND_MS = 1_000;

/** `heldUp`: in Unix ms. */
export function createHoldUps(heldUp: readonly Range[]): HoldUps {
  const around = heldUp.map(({ fromMs, toMs }) => ({ fromMs: fromMs - AROUND_MS, toMs: toMs + AROUND_MS }));
  const apart = merged(around);
  return {
    totalMs: heldUp.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0),
    touch: ({ fromMs, toMs }) => apart.some((one) => one.fromMs <= toMs && one.toMs >= fromMs),
    runningMs: ({ fromMs, toMs }) =>
      apart.reduce((left, one) => left - Math.max(0, Math.min(toMs, one.toMs) - Math.max(fromMs, one.fromMs)), toMs - fromMs),
  };
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
