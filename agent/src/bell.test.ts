import { expect, test } from 'vitest';
import { createBell, pause } from './bell.ts';

const never = new AbortController().signal;

test('a ring wakes the one who waits', async () => {
  const bell = createBell();
  const woken = bell.wait(never).then(() => 'woken');
  bell.ring();
  expect(await woken).toBe('woken');
});

test('rings while nobody waits are remembered as one', async () => {
  const bell = createBell();
  bell.ring();
  bell.ring();
  await bell.wait(never);
  const second = bell.wait(never, 5).then(() => 'after the time');
  expect(await second).toBe('after the time');
});

test('an abort ends a wait, also one that begins later', async () => {
  const stop = new AbortController();
  const waits = [createBell().wait(stop.signal), pause(60_000, stop.signal)];
  stop.abort();
  await Promise.all(waits);
  await expect(pause(60_000, stop.signal)).resolves.toBeUndefined();
});
