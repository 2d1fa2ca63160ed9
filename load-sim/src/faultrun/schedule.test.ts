import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shuffled } from '../traffic/random.ts';
import { FAULT_KINDS, LANES } from './kinds.ts';
import { planSchedule } from './schedule.ts';

const runs = fc.record({
  seed: fc.integer({ min: 0, max: 2 ** 31 }),
  forMs: fc.integer({ min: 20_000, max: 3_600_000 }),
  kinds: fc.subarray([...FAULT_KINDS], { minLength: 1 }),
});

describe('the schedule of a fault run', () => {
  it('is a function of its seed', () => {
    const config = { seed: 7, forMs: 300_000, kinds: FAULT_KINDS };
    expect(planSchedule(config)).toEqual(planSchedule(config));
    expect(planSchedule(config)).not.toEqual(planSchedule({ ...config, seed: 8 }));
  });

  it('has every wanted kind at least once and no other, whatever the seed and the length', () => {
    fc.assert(
      fc.property(runs, (config) => {
        const kinds = new Set(planSchedule(config).flatMap((lane) => lane.map(({ kind }) => kind)));
        expect(kinds).toEqual(new Set(config.kinds));
      }),
    );
  });

  it('ends every fault before the next one of its lane begins, and before the run ends', () => {
    fc.assert(
      fc.property(runs, (config) => {
        for (const lane of planSchedule(config)) {
          for (const [index, { atMs, forMs }] of lane.entries()) {
            expect(forMs).toBeGreaterThan(0);
            expect(atMs + forMs).toBeLessThan(lane[index + 1]?.atMs ?? config.forMs);
          }
        }
      }),
    );
  });

  it('repeats a kind only after all of its lane', () => {
    for (const lane of planSchedule({ seed: 3, forMs: 3_600_000, kinds: FAULT_KINDS })) {
      const kinds = LANES.find((one) => one.some((kind) => kind === lane[0]?.kind)) ?? [];
      expect(lane.length).toBeGreaterThan(kinds.length);
      expect(new Set(lane.slice(0, kinds.length).map(({ kind }) => kind)).size).toBe(kinds.length);
    }
  });

  it('shuffles without losing or repeating', () => {
    const list = Array.from({ length: 100 }, (_, index) => index);
    expect(shuffled(list, 5)).not.toEqual(list);
    expect(shuffled(list, 5).toSorted((a, b) => a - b)).toEqual(list);
  });
});
