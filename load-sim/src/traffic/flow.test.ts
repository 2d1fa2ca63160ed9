import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { baseVolume, burstVolume, createFlow, flowRate } from './flow.ts';

const KEYS = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const PEAKS = fc.double({ min: 0.01, max: 3_125_000, noNaN: true });
const TIMES = fc.integer({ min: Date.UTC(2024, 0), max: Date.UTC(2030, 0) });
const LENGTHS = fc.integer({ min: 0, max: 40 * 86_400_000 });

function volume(...args: Parameters<typeof baseVolume>): number {
  return baseVolume(...args) + burstVolume(...args);
}

describe('a flow', () => {
  it('never has a rate below zero or above its peak', () => {
    fc.assert(
      fc.property(KEYS, PEAKS, TIMES, (key, peak, at) => {
        const rate = flowRate(createFlow(key, peak), at);
        expect(rate).toBeGreaterThan(0);
        expect(rate).toBeLessThanOrEqual(peak * 1.000001);
      }),
      { numRuns: 2000 },
    );
  });

  it('carries the integral of its rate', () => {
    fc.assert(
      fc.property(KEYS, TIMES, fc.integer({ min: 1_000, max: 3_600_000 }), (key, from, length) => {
        const flow = createFlow(key, 1000);
        const steps = 2_000;
        let sum = 0;
        for (let step = 0; step < steps; step++) sum += flowRate(flow, from + ((step + 0.5) * length) / steps);
        const numeric = (sum * length) / steps;
        expect(Math.abs(volume(flow, from, from + length) - numeric) / numeric).toBeLessThan(1e-3);
      }),
      { numRuns: 100 },
    );
  });

  it('carries over two times what it carries over each', () => {
    fc.assert(
      fc.property(KEYS, PEAKS, TIMES, LENGTHS, LENGTHS, (key, peak, from, first, second) => {
        const flow = createFlow(key, peak);
        const whole = volume(flow, from, from + first + second);
        const parts = volume(flow, from, from + first) + volume(flow, from + first, from + first + second);
        expect(Math.abs(whole - parts)).toBeLessThanOrEqual(1e-9 * (whole + peak * 86_400_000));
      }),
    );
  });
});
