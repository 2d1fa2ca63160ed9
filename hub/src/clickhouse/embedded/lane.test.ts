import { describe, expect, it } from 'vitest';
import { createLane } from './lane.ts';

describe('a lane', () => {
  it('runs as many as it has slots, the others in their order', async () => {
    const lane = createLane({ name: 'queries', slots: 2, waitingMax: 10 });
    const { signal } = new AbortController();
    const order: number[] = [];
    let running = 0;
    const work = (id: number) => async () => {
      running += 1;
      expect(running).toBeLessThanOrEqual(2);
      order.push(id);
      await new Promise(setImmediate);
      running -= 1;
    };
    await Promise.all([1, 2, 3, 4, 5].map((id) => lane.run(signal, work(id))));
    expect(order).toEqual([1, 2, 3, 4, 5]);
  });

  it('refuses more than may wait, with ClickHouse code 202', async () => {
    const lane = createLane({ name: 'queries', slots: 1, waitingMax: 1 });
    const { signal } = new AbortController();
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const first = lane.run(signal, () => held);
    const second = lane.run(signal, () => Promise.resolve('second'));
    await expect(lane.run(signal, () => Promise.resolve())).rejects.toMatchObject({ code: 202 });
    release();
    await first;
    expect(await second).toBe('second');
  });

  it('forgets a caller that stops waiting, and gives its place to the next', async () => {
    const lane = createLane({ name: 'queries', slots: 1, waitingMax: 2 });
    const leaving = new AbortController();
    const { signal } = new AbortController();
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const first = lane.run(signal, () => held);
    const second = lane.run(leaving.signal, () => Promise.resolve());
    const third = lane.run(signal, () => Promise.resolve('third'));
    leaving.abort(new Error('gone'));
    await expect(second).rejects.toThrow('gone');
    release();
    await first;
    expect(await third).toBe('third');
  });

  it('gives the slot back when the work fails', async () => {
    const lane = createLane({ name: 'queries', slots: 1, waitingMax: 0 });
    const { signal } = new AbortController();
    await expect(lane.run(signal, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    expect(await lane.run(signal, () => Promise.resolve(1))).toBe(1);
  });
});
