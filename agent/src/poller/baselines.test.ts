import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createClock } from '../clock.ts';
import { createBaselines } from './baselines.ts';

const START_MS = Date.UTC(2026, 0, 1);
const HOUR_MS = 3_600_000;

/** A clock that runs and steps by hand. */
function handClock() {
  const hand = { wallMs: START_MS, monotonicMs: 0 };
  const clock = createClock({ wallMs: () => hand.wallMs, monotonicMs: () => hand.monotonicMs });
  return {
    clock,
    run: (ms: number): void => {
      hand.wallMs += ms;
      hand.monotonicMs += ms;
    },
    step: (ms: number): void => {
      hand.wallMs += ms;
    },
  };
}

it.each([10_000, 1000])(
  'polls on a grid of %d ms have a time of their own though the clock is set back by just an hour',
  (intervalMs) => {
    const { clock, run, step } = handClock();
    const baselines = createBaselines({ epoch: 1n, intervalMs }, clock);
    const polls = (count: number): { tsMs: number; baseline: bigint }[] =>
      Array.from({ length: count }, () => {
        run(intervalMs);
        return { tsMs: baselines.nextTsMs(), baseline: baselines.baseline };
      });
    const hour = HOUR_MS / intervalMs;
    const before = polls(hour);
    step(-HOUR_MS);
    const again = polls(hour);
    expect(new Set([...before, ...again].map(({ tsMs }) => tsMs)).size).toBe(2 * hour);
    // Nothing is misplaced by more than the millisecond that it takes.
    expect(again.map(({ tsMs }, index) => tsMs - (before[index]?.tsMs ?? 0))).toEqual(before.map(() => 1));
    expect(new Set([...before, ...again].map(({ baseline }) => baseline)).size).toBe(2);
  },
);

it('times rise within a baseline and repeat in none, whatever the clock does', () => {
  const move = fc.oneof(
    fc.record({ runMs: fc.constantFrom(0, 0.4, 1, 100, 10_000) }),
    fc.record({ stepMs: fc.constantFrom(-HOUR_MS, -10_000, -600, 600, HOUR_MS) }),
  );
  fc.assert(
    fc.property(fc.array(move, { maxLength: 200 }), (moves) => {
      const { clock, run, step } = handClock();
      const baselines = createBaselines({ epoch: 1n, intervalMs: 1000 }, clock);
      const taken = new Set<number>();
      let newest = { tsMs: 0, baseline: 0n };
      for (const one of moves) {
        if ('stepMs' in one) step(one.stepMs);
        else run(one.runMs);
        const tsMs = baselines.nextTsMs();
        expect(taken.has(tsMs)).toBe(false);
        expect(tsMs - clock.nowMs()).toBeLessThan(moves.length);
        taken.add(tsMs);
        expect(baselines.baseline !== newest.baseline || tsMs > newest.tsMs).toBe(true);
        newest = { tsMs, baseline: baselines.baseline };
      }
    }),
  );
});

it('a clock that was set back while a router had no visitor does not hold its polls in the future', () => {
  const { clock, run, step } = handClock();
  const first = createBaselines({ epoch: 1n, intervalMs: 1000 }, clock);
  const before = first.nextTsMs();
  step(-HOUR_MS);
  run(1000);
  const next = createBaselines({ epoch: 1n, intervalMs: 1000 }, clock, { ...first.past, generation: first.past.generation + 2 });
  expect(next.nextTsMs()).toBe(before - HOUR_MS + 1000);
  expect(next.baseline).not.toBe(first.baseline);
});
