import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLatencyHistogram } from './latency.ts';

describe('the latency histogram', () => {
  it('tells quantiles within 1.6 percent', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 1, max: 1e12, noNaN: true }), { minLength: 1 }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (values, share) => {
          const histogram = createLatencyHistogram({ periodMs: 1000 }, { nowMs: () => 0 });
          const negated = Float64Array.from(values, (value) => -value);
          histogram.observeSince(negated, 0);
          const exact = values.toSorted((a, b) => a - b)[Math.ceil(share * values.length) - 1] ?? Number.NaN;
          const told = histogram.quantile(share) ?? Number.NaN;
          expect(told).toBeGreaterThanOrEqual(exact * 0.999_999);
          expect(told).toBeLessThanOrEqual(exact * 1.016);
        },
      ),
    );
  });

  it('has none before the first observation', () => {
    expect(createLatencyHistogram({ periodMs: 1000 }, { nowMs: () => 0 }).quantile(0.5)).toBeNull();
  });

  it('forgets what is older than two periods', () => {
    let now = 0;
    const histogram = createLatencyHistogram({ periodMs: 1000 }, { nowMs: () => now });
    histogram.observeSince(Float64Array.of(1000), 6000);
    now = 1500;
    histogram.observeSince(Float64Array.of(1000), 1010);
    expect(histogram.quantile(1)).toBeGreaterThan(4000);
    now = 2600;
    expect(histogram.quantile(1)).toBeLessThan(11);
    now = 9000;
    expect(histogram.quantile(1)).toBeNull();
  });
});
