import { describe, expect, it } from 'vitest';
import { createAgentTime, RIGHT_TIME } from './agent-time.ts';

const HOUR = 3_600_000;

describe("an agent's time", () => {
  it('is true where its clock was right', () => {
    expect(RIGHT_TIME.trueMs(5_000)).toBe(5_000);
    expect(createAgentTime([]).trueMs(5_000)).toBe(5_000);
  });

  it('is found by what its clock said, back and forth, and rounding at the ends of a stretch does no harm', () => {
    const time = createAgentTime([
      { fromMs: 5 * HOUR, toMs: 5 * HOUR + 1_000, offsetMs: 0 },
      { fromMs: 5 * HOUR + 1_000, toMs: 5 * HOUR + 2_000, offsetMs: -HOUR },
      { fromMs: 5 * HOUR + 2_000, toMs: 5 * HOUR + 3_000, offsetMs: 0 },
      { fromMs: 5 * HOUR + 3_000, toMs: 5 * HOUR + 4_000, offsetMs: 60_000 },
      { fromMs: 5 * HOUR + 4_000, toMs: 5 * HOUR + 50_000, offsetMs: 0 },
    ]);
    expect(time.trueMs(5 * HOUR + 500)).toBe(5 * HOUR + 500);
    expect(time.trueMs(4 * HOUR + 1_500)).toBe(5 * HOUR + 1_500);
    expect(time.trueMs(4 * HOUR + 995)).toBe(5 * HOUR + 995);
    expect(time.trueMs(5 * HOUR + 63_500)).toBe(5 * HOUR + 3_500);
    expect(time.trueMs(5 * HOUR + 49_000)).toBe(5 * HOUR + 49_000);
    expect(time.behindMaxMs).toBe(HOUR);
  });

  it('tells when its clock stepped', () => {
    const time = createAgentTime([
      { fromMs: 0, toMs: 1_000, offsetMs: 0 },
      { fromMs: 1_000, toMs: 2_000, offsetMs: -HOUR },
      { fromMs: 2_500, toMs: 3_000, offsetMs: -HOUR },
      { fromMs: 3_000, toMs: 4_000, offsetMs: 0 },
    ]);
    expect([time.stepped(0, 999), time.stepped(900, 1_000), time.stepped(1_000, 1_100)]).toEqual([false, true, true]);
    // Another run of the agent, by the same clock.
    expect(time.stepped(1_001, 2_999)).toBe(false);
    expect(time.stepped(2_999, 3_001)).toBe(true);
    expect(RIGHT_TIME.stepped(0, HOUR)).toBe(false);
  });

  it('cannot be found where the clock said the same twice', () => {
    const stretches = [
      { fromMs: 10_000, toMs: 20_000, offsetMs: 0 },
      { fromMs: 20_000, toMs: 21_000, offsetMs: -5_000 },
    ];
    expect(() => createAgentTime(stretches)).toThrow('at two offsets, 0 and -5000 ms');
  });
});
