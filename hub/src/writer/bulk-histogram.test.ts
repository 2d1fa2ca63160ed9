import fc from 'fast-check';
import { Histogram, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { createBulkHistogram } from './bulk-histogram.ts';

const CONFIG = { name: 'age_seconds', help: 'Ages', buckets: [0.1, 0.25, 1, 30] };

describe('the bulk histogram', () => {
  it('tells Prometheus what prom-client would', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.array(fc.oneof(fc.integer({ min: -10, max: 40_000 }), fc.constantFrom(0, 100, 250, 1000, 30_000)), {
            maxLength: 20,
          }),
          { maxLength: 5 },
        ),
        async (calls) => {
          const ours = new Registry();
          const theirs = new Registry();
          const bulk = createBulkHistogram(CONFIG, ours);
          const single = new Histogram({ ...CONFIG, registers: [theirs] });
          const untilMs = 1_700_000_000_000;
          for (const agesMs of calls) {
            bulk.observeSince(
              Float64Array.from(agesMs, (age) => untilMs - age),
              untilMs,
            );
            for (const age of agesMs) single.observe(Math.max(0, age) / 1000);
          }
          const text = (await ours.metrics()).replace(/_sum .*/, '');
          expect(text).toBe((await theirs.metrics()).replace(/_sum .*/, ''));
          expect(sumOf(await ours.metrics())).toBeCloseTo(sumOf(await theirs.metrics()), 6);
        },
      ),
    );
  });

  it('starts anew with its registry', async () => {
    const registry = new Registry();
    const bulk = createBulkHistogram(CONFIG, registry);
    bulk.observeSince(Float64Array.of(0), 500);
    expect(await registry.metrics()).toContain('age_seconds_count 1');
    registry.resetMetrics();
    expect(await registry.metrics()).toContain('age_seconds_count 0');
    expect(sumOf(await registry.metrics())).toBe(0);
  });
});

function sumOf(text: string): number {
  return Number(/^age_seconds_sum (.*)$/m.exec(text)?.[1] ?? 'NaN');
}
