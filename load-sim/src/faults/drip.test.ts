import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createDrippingSender } from './drip.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function dripping(rate: { perS: number | undefined }) {
  const log: string[] = [];
  const inner = {
    send: (bytes: Buffer) => void log.push(bytes.toString()),
    whenWritable: (resume: () => void) => resume(),
    end: () => void log.push('END'),
  };
  return { log, sender: createDrippingSender(inner, () => rate.perS) };
}

describe('a dripping sender', () => {
  it('sends at once while there is no rate', () => {
    const { log, sender } = dripping({ perS: undefined });
    sender.send(Buffer.from('all of it'));
    sender.whenWritable(() => log.push('more'));
    sender.end();
    expect(log).toEqual(['all of it', 'more', 'END']);
  });

  it('sends so many bytes a second, in order, and ends after them', () => {
    const { log, sender } = dripping({ perS: 20 });
    sender.send(Buffer.from('abc'));
    sender.send(Buffer.from('de'));
    sender.whenWritable(() => log.push('more'));
    sender.end();
    vi.advanceTimersByTime(100);
    expect(log).toEqual(['a', 'b']);
    vi.advanceTimersByTime(1_000);
    expect(log).toEqual(['a', 'b', 'c', 'd', 'e', 'more', 'END']);
  });

  it('sends several bytes at a time when the rate is high', () => {
    const { log, sender } = dripping({ perS: 1_000 });
    sender.send(Buffer.alloc(25, 'x'));
    vi.advanceTimersByTime(30);
    expect(log).toEqual(['x'.repeat(10), 'x'.repeat(10), 'x'.repeat(5)]);
  });

  it('lets go of the rest when the rate ends, and keeps the order', () => {
    const rate: { perS: number | undefined } = { perS: 20 };
    const { log, sender } = dripping(rate);
    sender.send(Buffer.from('abcd'));
    vi.advanceTimersByTime(50);
    rate.perS = undefined;
    sender.send(Buffer.from('ef'));
    vi.advanceTimersByTime(50);
    expect(log).toEqual(['a', 'bcdef']);
    sender.send(Buffer.from('g'));
    expect(log.at(-1)).toBe('g');
  });

  it('forgets what is waiting when it is stopped', () => {
    const { log, sender } = dripping({ perS: 20 });
    sender.send(Buffer.from('abcd'));
    sender.end();
    sender.stop();
    vi.advanceTimersByTime(1_000);
    expect(log).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
