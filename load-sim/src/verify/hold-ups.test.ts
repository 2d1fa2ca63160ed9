import { describe, expect, it } from 'vitest';
import { createHoldUps, NO_HOLD_UPS } from './hold-ups.ts';

const range = (fromMs: number, toMs: number) => ({ fromMs, toMs });

describe('hold-ups', () => {
  it('reach a second around them, for those that were held up with the simulator', () => {
    const holdUps = createHoldUps([range(10_000, 24_000)]);
    expect(holdUps.heldUpMs(range(0, 30_000))).toBe(14_000);
    expect(holdUps.heldUpMs(range(0, 11_000))).toBe(1_000);
    expect(
      [range(0, 8_999), range(0, 9_000), range(25_000, 26_000), range(25_001, 26_000)].map((one) => holdUps.touch(one)),
    ).toEqual([false, true, true, false]);
  });

  it('do not count as time, each moment once', () => {
    const holdUps = createHoldUps([range(30_000, 40_000), range(10_000, 20_000), range(21_000, 25_000)]);
    expect(holdUps.runningMs(range(0, 50_000))).toBe(9_000 + 3_000 + 9_000);
    expect(holdUps.runningMs(range(15_000, 24_000))).toBe(0);
    expect(holdUps.runningMs(range(5_000, 12_000))).toBe(4_000);
    expect(holdUps.runningMs(range(0, Number.POSITIVE_INFINITY))).toBe(Number.POSITIVE_INFINITY);
    expect(NO_HOLD_UPS.runningMs(range(5, 12))).toBe(7);
  });
});
