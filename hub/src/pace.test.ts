import { expect, it } from 'vitest';
import { createPace, ratioWithin } from './pace.ts';

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

it('rests less where work is long, so that it is done in time, and never less than so much', () => {
  const ratioOf = (workMs: number): number => ratioWithin(workMs, { togetherMs: 15_000, least: 3, most: 9 });
  expect([0, 500, 1500, 2500, 3750, 10_000].map(ratioOf)).toEqual([9, 9, 9, 5, 3, 3]);
});

it('rests on while rows wait, but not for ever', async () => {
  let nowMs = 0;
  let waiting = 1;
  const restFor = async (rowsWait: () => boolean): Promise<number> => {
    const pace = createPace({ ratio: 1, leastMs: 1, giveWayMs: 1000 }, () => nowMs, undefined, rowsWait);
    nowMs += 10;
    await pace.rest(new AbortController().signal);
    return pace.restedMs;
  };
  expect(await restFor(() => waiting-- > 0)).toBe(510);
  expect(await restFor(() => true)).toBe(1010);
});
