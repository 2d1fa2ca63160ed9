import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createClock } from './clock.ts';

function steppedSources() {
  const sources = { wall: 1_750_000_000_000, monotonic: 5_000 };
  return {
    wallMs: () => sources.wall,
    monotonicMs: () => sources.monotonic,
    advance(wall: number, monotonic = wall) {
      sources.wall += wall;
      sources.monotonic += monotonic;
    },
  };
}

test('time runs with the monotonic clock from the wall clock', () => {
  const sources = steppedSources();
  const clock = createClock(sources);
  expect(clock.nowMs()).toBe(1_750_000_000_000);
  sources.advance(1234.5);
  expect(clock.nowMs()).toBe(1_750_000_001_234.5);
  expect(clock.monotonicMs()).toBe(6234.5);
  expect(clock.generation()).toBe(0);
});

test('a small step back does not turn time back and is made up for slowly', () => {
  const sources = steppedSources();
  const clock = createClock(sources);
  sources.advance(-400, 0);
  expect(clock.nowMs()).toBe(1_750_000_000_000);
  sources.advance(10_000);
  expect(clock.nowMs()).toBe(1_750_000_009_900);
  for (let i = 0; i < 5; i++) {
    sources.advance(10_000);
    clock.nowMs();
  }
  expect(clock.nowMs()).toBe(sources.wallMs());
  expect(clock.generation()).toBe(0);
});

test('a step of the wall clock in either direction starts a generation at the new time', () => {
  const sources = steppedSources();
  const clock = createClock(sources);
  sources.advance(3_600_000, 0);
  expect(clock.nowMs()).toBe(sources.wallMs());
  expect(clock.generation()).toBe(1);
  sources.advance(-7_200_000, 0);
  expect(clock.generation()).toBe(2);
  expect(clock.nowMs()).toBe(sources.wallMs());
});

test.each([
  ['before', 0],
  ['after', 1],
])(
  'a process that is held up while it reads the clocks, %s the wall clock is read, takes that for no difference of theirs',
  (_when, ahead) => {
    let holdsUp = false;
    const sources = steppedSources();
    const clock = createClock({
      ...sources,
      wallMs() {
        if (!holdsUp) return sources.wallMs();
        sources.advance(40 * (1 - ahead));
        const wallMs = sources.wallMs();
        sources.advance(40 * ahead);
        return wallMs;
      },
    });
    sources.advance(10_000);
    expect(clock.nowMs()).toBe(sources.wallMs());
    sources.advance(10_000);
    holdsUp = true;
    expect(clock.nowMs()).toBe(sources.wallMs());
    holdsUp = false;
    expect(clock.nowMs()).toBe(sources.wallMs());
    expect(clock.generation()).toBe(0);
  },
);

test.each([400, 600])(
  'a process that is held up for %d ms between the two clocks when it starts, or sees a step, reads them again',
  (heldUpMs) => {
    const sources = steppedSources();
    let holdUps = 1;
    const heldUp = {
      ...sources,
      wallMs() {
        const wallMs = sources.wallMs();
        if (holdUps-- > 0) sources.advance(heldUpMs);
        return wallMs;
      },
    };
    const clock = createClock(heldUp);
    expect(clock.nowMs()).toBe(sources.wallMs());
    sources.advance(3_600_000, 10_000);
    holdUps = 1;
    expect(clock.nowMs()).toBe(sources.wallMs());
    sources.advance(10_000);
    expect(clock.nowMs()).toBe(sources.wallMs());
    expect(clock.generation()).toBe(1);
  },
);

test('a suspended machine, whose monotonic clock stood still, starts a generation', () => {
  const sources = steppedSources();
  const clock = createClock(sources);
  sources.advance(60_000, 10);
  expect(clock.generation()).toBe(1);
});

test.each([
  ['by 0.05 %, as under NTP', 60_030],
  ['by 0.5 % forward, where the monotonic clock is wrong', 60_300],
  ['by 0.5 % back', 59_700],
])('a wall clock that drifts %s is followed without a step for a month', (_how, wallMs) => {
  const sources = steppedSources();
  const clock = createClock(sources);
  for (let i = 0; i < 30 * 24 * 60; i++) {
    sources.advance(wallMs, 60_000);
    expect(Math.abs(clock.nowMs() - sources.wallMs())).toBeLessThan(1);
  }
  expect(clock.generation()).toBe(0);
});

test('time never goes back within a generation, whatever the wall clock does', () => {
  const step = fc.record({ wall: fc.integer({ min: -2000, max: 5000 }), monotonic: fc.integer({ min: 0, max: 3000 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const sources = steppedSources();
      const clock = createClock(sources);
      let previous = { nowMs: clock.nowMs(), generation: clock.generation() };
      for (const { wall, monotonic } of steps) {
        sources.advance(wall, monotonic);
        const next = { nowMs: clock.nowMs(), generation: clock.generation() };
        const stepped = next.generation !== previous.generation;
        expect(stepped ? next.nowMs === sources.wallMs() : next.nowMs >= previous.nowMs).toBe(true);
        previous = next;
      }
    }),
  );
});
