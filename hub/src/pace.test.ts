import { expect, it } from 'vitest';
import { createPace } from './pace.ts';

it('rests so many times as long as the work took, once it is worth it', async () => {
  let nowMs = 1000;
  let rests = 0;
  const pace = createPace(
    { ratio: 3, leastMs: 30 },
    () => nowMs,
    () => Promise.resolve(rests++),
  );
  nowMs += 9;
  await pace.rest(new AbortController().signal);
  expect([pace.restedMs, pace.owedMs()]).toEqual([0, 27]);
  expect(rests).toBe(0);
  nowMs += 3;
  await pace.rest(new AbortController().signal);
  expect([pace.restedMs, pace.owedMs()]).toEqual([36, 0]);
  expect(rests).toBe(1);
});

it('rests no longer than until it is stopped', async () => {
  let nowMs = 0;
  const pace = createPace({ ratio: 1000, leastMs: 1 }, () => nowMs);
  nowMs += 1000;
  await expect(pace.rest(AbortSignal.abort(new Error('enough')))).rejects.toThrow('aborted');
});
