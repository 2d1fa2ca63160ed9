import { expect, it } from 'vitest';
import { quarters, watchMemory } from './memory.ts';
import { rssMb } from './usage.ts';

it('quarters of a run are the medians of its looks', () => {
  expect(quarters([9, 1, 2, 2, 2, 40, 3, 3, 3, 4, 4, 90])).toEqual([2, 2, 3, 4]);
  expect(quarters([1, 2, 3, 4, 5])).toEqual([1, 2, 3, 4.5]);
  expect(quarters([401.2, 401.4, 0.1, 0.2, 7, 7, 8, 8])).toEqual([401.3, 0.2, 7, 8]);
  expect(quarters([1, 2, 3])).toBeNull();
});

it.skipIf(rssMb(process.pid) === null)(
  'a process is looked at again and again, and one that is not there has no quarters',
  async () => {
    const watch = watchMemory([process.pid, -1]);
    await expect.poll(() => watch.quartersMb(process.pid), { timeout: 30_000 }).not.toBeNull();
    watch.stop();
    const own = watch.quartersMb(process.pid) ?? [];
    expect(own).toHaveLength(4);
    for (const mb of own) expect(mb).toBeGreaterThan(10);
    expect(watch.quartersMb(-1)).toBeNull();
  },
);
