import { describe, expect, it } from 'vitest';
import { cached } from './cached.ts';

/** A reading that ends when told, and knows how it was started and stopped. */
function reading() {
  const started: { readonly signal: AbortSignal; readonly end: (value: number) => void }[] = [];
  const read = (signal: AbortSignal): Promise<number> =>
    new Promise((resolve, reject) => {
      started.push({ signal, end: resolve });
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  return { started, read };
}

describe('cached', () => {
  it('reads once for all who ask at once, and keeps the result while it is fresh', async () => {
    let nowMs = 0;
    const { started, read } = reading();
    const ask = cached(100, () => nowMs, read);
    const both = Promise.all([ask(), ask()]);
    expect(started).toHaveLength(1);
    started[0]?.end(7);
    expect(await both).toEqual([7, 7]);
    nowMs = 99;
    expect(await ask()).toBe(7);
    nowMs = 100;
    void ask();
    expect(started).toHaveLength(2);
  });

  it('goes on for the others when one leaves, and ends with the last', async () => {
    const { started, read } = reading();
    const ask = cached(100, () => 0, read);
    const [first, second, third] = [new AbortController(), new AbortController(), new AbortController()];
    const leaving = ask(first.signal);
    const staying = ask(second.signal);
    first.abort(new Error('gone'));
    await expect(leaving).rejects.toThrow('gone');
    expect(started[0]?.signal.aborted).toBe(false);
    second.abort(new Error('gone too'));
    await expect(staying).rejects.toThrow('gone too');
    expect(started[0]?.signal.aborted).toBe(true);
    const next = ask(third.signal);
    expect(started).toHaveLength(2);
    started[1]?.end(8);
    expect(await next).toBe(8);
  });

  it('returns what is still usable at once, and reads anew for the next', async () => {
    let nowMs = 0;
    const { started, read } = reading();
    const ask = cached(100, () => nowMs, read, 300);
    const first = ask();
    started[0]?.end(7);
    expect(await first).toBe(7);
    nowMs = 250;
    expect(await ask(new AbortController().signal)).toBe(7);
    expect(await ask()).toBe(7);
    expect(started).toHaveLength(2);
    nowMs = 300;
    const waits = ask();
    started[1]?.end(8);
    expect(await waits).toBe(8);
    // As old as when its reading began.
    nowMs = 349;
    expect(await ask()).toBe(8);
    expect(started).toHaveLength(2);
  });

  it('gives up a reading that does not end, once it is waited for and nobody waits any more', async () => {
    let nowMs = 0;
    const { started, read } = reading();
    const ask = cached(100, () => nowMs, read, 300);
    const first = ask();
    started[0]?.end(7);
    await first;
    nowMs = 250;
    const early = new AbortController();
    expect(await ask(early.signal)).toBe(7);
    early.abort(new Error('gone'));
    expect(started[1]?.signal.aborted).toBe(false);
    nowMs = 300;
    const leaving = new AbortController();
    const left = ask(leaving.signal);
    leaving.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    expect(started[1]?.signal.aborted).toBe(true);
    const waits = ask();
    started[2]?.end(8);
    expect(await waits).toBe(8);
  });

  it('waits for another reading when the one meanwhile fails', async () => {
    let nowMs = 0;
    let fails = false;
    let reads = 0;
    const ask = cached(
      100,
      () => nowMs,
      async () => {
        reads++;
        if (fails) throw new Error('away');
        return reads;
      },
      300,
    );
    expect(await ask()).toBe(1);
    fails = true;
    nowMs = 200;
    expect(await ask()).toBe(1);
    nowMs = 301;
    await expect(ask()).rejects.toThrow('away');
    fails = false;
    expect(await ask()).toBe(3);
  });

  it('starts nothing for one who has left already', async () => {
    const { started, read } = reading();
    await expect(cached(100, () => 0, read)(AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
    expect(started).toHaveLength(0);
  });
});
