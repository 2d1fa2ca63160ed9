import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestStore, type TestStore } from '../api/testing.ts';
import { random, shuffled } from '../rollup/testing.ts';
import { DERIVATIONS } from './derivations/all.ts';
import { deliver } from './script/deliver.ts';
import { EXPECTED, HOUR } from './script/golden-hour.ts';
import { play } from './script/world.ts';
import { makeAll, storedEvents, testEvents } from './testing.ts';

const NOW = HOUR.startMs + (HOUR.minutes + 10) * 60_000;

let store: TestStore;
beforeAll(async () => {
  store = await startTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

const clock = (ms: number): string =>
  [Math.floor(ms / 60_000), Math.floor(ms / 1000) % 60].map((part) => String(part).padStart(2, '0')).join(':');

/** The stored events in the words of the list. */
async function told(): Promise<string[]> {
  const lines = (await storedEvents(store)).map(({ ts, site, router, kind, object, old, new: now, cause, lasted_ms: lasted }) => {
    const place = router === '' ? site : `${site}/${router}`;
    const parts = [clock(ts - HOUR.startMs), place, kind, ...(object === '' ? [] : [object])];
    return [...parts, old || '-', '→', now || '-', cause || '-', lasted === null ? '-' : clock(lasted)].join(' ');
  });
  return lines.sort();
}

it('yields exactly the transitions that were written down for it', { timeout: 120_000 }, async () => {
  await deliver(store, play(HOUR), 20, NOW);
  await makeAll(testEvents(store, DERIVATIONS, NOW));
  expect(await told()).toEqual([...EXPECTED].sort());
});

it('yields the same however its batches come: shuffled, twice, over two hubs that make events meanwhile', {
  timeout: 240_000,
}, async () => {
  const batches = play(HOUR);
  await fc.assert(
    fc.asyncProperty(fc.nat(), async (seed) => {
      await store.clear();
      const draw = random(seed);
      const mixed = shuffled([...batches, ...batches], draw);
      const half = draw(mixed.length);
      const [one, other] = [testEvents(store, DERIVATIONS, NOW), testEvents(store, DERIVATIONS, NOW, { holder: 'h2' })];
      await Promise.all([
        deliver(store, mixed.slice(0, half), 1 + draw(40), NOW).then(() => one.turn(new AbortController().signal)),
        deliver(store, mixed.slice(half), 1 + draw(40), NOW).then(() => other.turn(new AbortController().signal)),
      ]);
      await makeAll(one);
      expect(await told()).toEqual([...EXPECTED].sort());
    }),
    { numRuns: 2 },
  );
});
