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
  const start = fc.double({ min: 0, max: 1e10, noNaN: true });

  it('is the first slot of the grid after the given time', () => {
    fc.assert(
      fc.property(start, fc.nat(9_999), fc.double({ min: -10_000, max: 1e9, noNaN: true }), (startMs, phase, sinceMs) => {
        const slot = nextSlotMs(startMs, phase, INTERVAL_MS, startMs + sinceMs);
        expect((slot - Math.ceil(startMs) - phase) % INTERVAL_MS).toBe(0);
        expect(slot).toBeGreaterThanOrEqual(startMs + phase);
        expect(slot).toBeGreaterThanOrEqual(startMs + sinceMs);
        expect(slot).toBeLessThanOrEqual(Math.max(startMs + phase + 1, startMs + sinceMs + INTERVAL_MS + 1));
      }),
    );
  });

  it('goes from slot to slot, one interval each, for any interval', () => {
    fc.assert(
      fc.property(start, fc.string(), fc.integer({ min: 1, max: 1_000_000 }), (startMs, name, intervalMs) => {
        const phase = phaseMs('fra1', name, intervalMs);
        let slot = nextSlotMs(startMs, phase, intervalMs, startMs - intervalMs);
        for (let turn = 0; turn < 100; turn++) {
          const next = nextSlotMs(startMs, phase, intervalMs, slot);
          expect(next - slot).toBe(intervalMs);
          slot = next;
        }
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
