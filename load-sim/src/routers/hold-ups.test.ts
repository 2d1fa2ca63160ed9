import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { watchHoldUps } from './hold-ups.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('notes when the clock went on and the simulator did not, for more than a second', () => {
  let behindMs = 0;
  const heldUp = vi.fn<(fromMs: number, toMs: number) => void>();
  using _ = watchHoldUps({ nowMs: () => 5_000 + performance.now() + behindMs, journal: { heldUp } });
  const startMs = 5_000 + performance.now();
  vi.advanceTimersByTime(1_000);
  behindMs = 900;
  vi.advanceTimersByTime(1_000);
  expect(heldUp).not.toHaveBeenCalled();
  behindMs += 14_000;
  vi.advanceTimersByTime(1_000);
  expect(heldUp.mock.calls).toEqual([[startMs + 2_900, startMs + 17_000]]);
  behindMs -= 60_000;
  vi.advanceTimersByTime(1_000);
  expect(heldUp).toHaveBeenCalledTimes(1);
});
