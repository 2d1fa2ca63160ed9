import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ClockStretch, createAgentTime } from '../verify/agent-time.ts';
import { leapOf } from './clock-leap.ts';

const START = 1_750_000_000_000;
const END = START + 600_000;

describe('the leaps of a clock', () => {
  it('never say one time twice, however many there are', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 1, maxLength: 12 }), (keys) => {
        const stretches: ClockStretch[] = [];
        let fromMs = START;
        for (const key of keys) {
          const nowMs = fromMs + 20_000;
          stretches.push({ fromMs, toMs: nowMs, offsetMs: 0 });
          const rest = { fromMs: nowMs, toMs: END, offsetMs: 0 };
          const offsetMs = leapOf({ key, nowMs, forMs: 10_000, stretches: [...stretches, rest] });
          expect(Math.abs(offsetMs ?? 0)).toBeGreaterThanOrEqual(60_000);
          expect(Math.abs(offsetMs ?? 0)).toBeLessThan(3_600_000);
          stretches.push({ fromMs: nowMs, toMs: nowMs + 10_000, offsetMs: offsetMs ?? 0 });
          fromMs = nowMs + 10_000;
        }
        stretches.push({ fromMs, toMs: END, offsetMs: 0 });
        expect(createAgentTime(stretches).trueMs(END - 1_000)).toBe(END - 1_000);
      }),
    );
  });

  it('go back and forth', () => {
    const stretches = [{ fromMs: START, toMs: END, offsetMs: 0 }];
    const leaps = Array.from({ length: 20 }, (_, key) => leapOf({ key, nowMs: START + 1_000, forMs: 1, stretches }) ?? 0);
    expect(Math.min(...leaps)).toBeLessThan(0);
    expect(Math.max(...leaps)).toBeGreaterThan(0);
  });

  it('are not made where the run takes all of the time around', () => {
    const stretches = [{ fromMs: START, toMs: START + 7_300_000, offsetMs: 0 }];
    expect(leapOf({ key: 1, nowMs: START + 3_600_000, forMs: 1, stretches })).toBeUndefined();
  });
});
