import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBootWatch } from './boot-watch.ts';

const HOUR_MS = 3_600_000;

describe('createBootWatch', () => {
  it('sees uptime fall', () => {
    const watch = createBootWatch();
    expect(watch.rebooted(HOUR_MS, 0, 5)).toBe(false);
    expect(watch.rebooted(8000, 10_000, 10_005)).toBe(true);
    expect(watch.rebooted(18_000, 20_000, 20_005)).toBe(false);
  });

  it('sees a reboot in a long silence, though uptime has grown', () => {
    const watch = createBootWatch();
    watch.rebooted(60_000, 0, 5);
    expect(watch.rebooted(300_000, 600_000, 600_005)).toBe(true);
  });

  it('never takes an answer that was slow, or an uptime cut to seconds, for a reboot', () => {
    const visit = fc.record({ pauseMs: fc.nat(3_600_000), delayMs: fc.nat(5000), answerMs: fc.nat(5000) });
    fc.assert(
      fc.property(fc.array(visit), fc.double({ min: 0.999_5, max: 1.000_5, noNaN: true }), (visits, speed) => {
        const watch = createBootWatch();
        let nowMs = 1_000_000;
        for (const { pauseMs, delayMs, answerMs } of visits) {
          const sentMs = (nowMs += pauseMs);
          const readMs = sentMs + delayMs;
          nowMs = readMs + answerMs;
          const uptimeMs = Math.floor((readMs * speed) / 1000) * 1000;
          expect(watch.rebooted(uptimeMs, sentMs, nowMs)).toBe(false);
        }
      }),
    );
  });
});
