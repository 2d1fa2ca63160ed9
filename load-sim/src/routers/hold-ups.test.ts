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
  const noted: [number, number][] = [];
  const journal = { heldUp: (fromMs: number, toMs: number): void => void noted.push([fromMs, toMs]) };
  using _ = watchHoldUps({ nowMs: () => 5_000 + performance.now() + behindMs, journal });
  const startMs = 5_000 + performance.now();
  vi.advanceTimersByTime(1_000);
  behindMs = 900;
  vi.advanceTimersByTime(1_000);
  expect(noted).toEqual([]);
  behindMs += 14_000;
  vi.advanceTimersByTime(1_000);
  expect(noted).toEqual([[startMs + 2_900, startMs + 17_000]]);
  behindMs -= 60_000;
  vi.advanceTimersByTime(1_000);
  expect(noted).toHaveLength(1);
});
