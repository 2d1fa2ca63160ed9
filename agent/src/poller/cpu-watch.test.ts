import { expect, it } from 'vitest';
import { createCpuWatch } from './cpu-watch.ts';

function busyAfter(...loads: number[]): number | undefined {
  const watch = createCpuWatch(90);
  for (const load of loads) watch.note(load);
  return watch.busyPct;
}

it.each([
  ['at the limit', [90, 90, 90, 90], undefined],
  ['for two readings', [97, 97], undefined],
  ['with a rest in between', [97, 97, 40, 97, 97], undefined],
  ['for three readings', [95, 96, 97], 97],
  ['and a little less', [97, 97, 97, 81, 85, 90], 97],
  ['and less for two readings', [97, 97, 97, 80, 80, 81, 80, 80], 97],
  ['and less for three readings', [97, 97, 97, 80, 10, 0], undefined],
] as const)('a CPU above the limit %s', (_, loads, busy) => {
  expect(busyAfter(...loads)).toBe(busy);
});

it('is never busy with the limit at 100 %', () => {
  const watch = createCpuWatch(100);
  for (let reading = 0; reading < 10; reading++) watch.note(100);
  expect(watch.busyPct).toBeUndefined();
});
