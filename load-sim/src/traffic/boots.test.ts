import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_FAULTS } from '../faults/plan.ts';
import { createBootSchedule } from './boots.ts';

const ORIGIN = Date.UTC(2026, 0, 1);
const DAY_MS = 86_400_000;

describe('a boot schedule', () => {
  it('gives the last boot before every time, whatever was asked before', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.array(fc.integer({ min: ORIGIN - 300 * DAY_MS, max: ORIGIN + 300 * DAY_MS }), { minLength: 2 }),
        (key, times) => {
          const asked = createBootSchedule(key, ORIGIN, NO_FAULTS);
          for (const at of times) {
            const boot = asked.at(at);
            expect(boot).toEqual(createBootSchedule(key, ORIGIN, NO_FAULTS).at(at));
            expect(Number.isInteger(boot.atMs)).toBe(true);
            expect(boot.atMs).toBeLessThanOrEqual(at);
            expect(at - boot.atMs).toBeLessThan(40 * DAY_MS);
            expect(asked.at(boot.atMs)).toEqual(boot);
            expect(asked.at(boot.atMs - 1).number).toBe(boot.number - 1);
          }
        },
      ),
    );
  });
});
