import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextSlotMs, phaseMs, retryAfterMs } from './schedule.ts';

const INTERVAL_MS = 10_000;

describe('phaseMs', () => {
  it('spreads the routers of a fleet evenly over the interval', () => {
    const tenths = Array.from({ length: 10 }, () => 0);
    for (let router = 1; router <= 1000; router++) {
      const phase = phaseMs(`site${router % 5}`, `r${String(router).padStart(4, '0')}`, INTERVAL_MS);
      const tenth = Math.floor((phase / INTERVAL_MS) * 10);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    expect(Math.min(...tenths)).toBeGreaterThan(70);
    expect(Math.max(...tenths)).toBeLessThan(130);
  });

  it('depends on site and router and nothing else', () => {
    expect(phaseMs('a', 'r1', INTERVAL_MS)).toBe(phaseMs('a', 'r1', INTERVAL_MS));
    expect(phaseMs('a', 'r1', INTERVAL_MS)).not.toBe(phaseMs('b', 'r1', INTERVAL_MS));
    expect(phaseMs('ab', 'c', INTERVAL_MS)).not.toBe(phaseMs('a', 'bc', INTERVAL_MS));
  });
});

describe('nextSlotMs', () => {
  it('is the first slot of the grid after the given time', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.nat(9_999), fc.integer({ min: -10_000, max: 10_000_000 }), (start, phase, after) => {
        const slot = nextSlotMs(start, phase, INTERVAL_MS, after);
        expect((slot - start - phase) % INTERVAL_MS).toBe(0);
        expect(slot).toBeGreaterThan(after);
        expect(slot).toBeGreaterThanOrEqual(start + phase);
        expect(slot).toBeLessThanOrEqual(Math.max(start + phase, after + INTERVAL_MS));
      }),
    );
  });
});

describe('retryAfterMs', () => {
  it('is one interval at least and less than two, however many failures there were', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), fc.double({ min: 0, max: 0.999_999, noNaN: true }), (failures, chance) => {
        const delay = retryAfterMs(failures, INTERVAL_MS, () => chance);
        expect(delay).toBeGreaterThanOrEqual(INTERVAL_MS);
        expect(delay).toBeLessThan(2 * INTERVAL_MS);
      }),
    );
  });

  it('grows with the failures in a row', () => {
    const delays = [1, 2, 3, 4, 5].map((failures) => retryAfterMs(failures, INTERVAL_MS, () => 0.5));
    expect(delays).toEqual([10_625, 11_250, 12_500, 15_000, 15_000]);
  });
});
