import { describe, expect, it } from 'vitest';
import { createLanes } from './lanes.ts';

function harness(answering: number, silent: number) {
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  const lanes = createLanes<string>(
    (lane) => (lane === 'answering' ? answering : silent),
    (item) => {
      started.push(item);
      return new Promise((resolve) => ends.set(item, resolve));
    },
  );
  return { lanes, started, end: (item: string) => ends.get(item)?.() };
}

describe('createLanes', () => {
  it('runs as many as a lane holds, the rest in the order they came', async () => {
    const { lanes, started, end } = harness(2, 1);
    for (const item of ['a', 'b', 'c', 'c', 'd']) lanes.add(item, 'answering');
    expect(started).toEqual(['a', 'b']);
    expect(lanes).toMatchObject({ running: 2, waiting: 2 });
    end('b');
    await expect.poll(() => started).toEqual(['a', 'b', 'c']);
  });

  it('never lets one lane delay the other', () => {
    const { lanes, started } = harness(1, 1);
    for (const item of ['dead1', 'dead2', 'dead3']) lanes.add(item, 'silent');
    lanes.add('living', 'answering');
    expect(started).toEqual(['dead1', 'living']);
  });

  it('forgets what waits, and says when nothing is left', async () => {
    const { lanes, started, end } = harness(1, 1);
    await lanes.drained();
    lanes.add('a', 'answering');
    lanes.add('b', 'answering');
    lanes.add('c', 'silent');
    lanes.add('d', 'silent');
    expect(lanes.remove('b')).toBe(true);
    expect(lanes.remove('a')).toBe(false);
    lanes.clear();
    const drained = lanes.drained();
    end('a');
    end('c');
    await drained;
    expect(started).toEqual(['a', 'c']);
    expect(lanes).toMatchObject({ running: 0, waiting: 0 });
  });
});
