import { expect, it } from 'vitest';
import type { Fate } from '../writer/writer.ts';
import { createRecentBatches } from './recent.ts';

const STORED: Fate = { status: 'stored', rows: 1 };

it('remembers so many batches and no more, the oldest forgotten first', () => {
  const recent = createRecentBatches(100);
  for (let sequence = 1n; sequence <= 10_000n; sequence++) recent.add('fra1', 7n, sequence, sequence, STORED);
  const known = Array.from({ length: 10_000 }, (_, index) => BigInt(index + 1)).filter(
    (sequence) => recent.fateOf('fra1', 7n, sequence, sequence) !== undefined,
  );
  expect([known.length, known[0], known.at(-1)]).toEqual([100, 9901n, 10_000n]);
});

it('knows a batch by its agent, epoch, sequence and bytes together', () => {
  const recent = createRecentBatches(100);
  recent.add('fra1', 7n, 1n, 9n, STORED);
  expect(recent.fateOf('fra1', 7n, 1n, 9n)).toEqual(STORED);
  expect(recent.fateOf('fra2', 7n, 1n, 9n)).toBeUndefined();
  expect(recent.fateOf('fra1', 8n, 1n, 9n)).toBeUndefined();
  expect(recent.fateOf('fra1', 7n, 2n, 9n)).toBeUndefined();
  expect(recent.fateOf('fra1', 7n, 1n, 8n)).toBeUndefined();
});
