import { expect, test } from 'vitest';
import type { SpoolItem } from '../spool/spool.ts';
import { createSuspects } from './suspects.ts';

const item = (position: number): SpoolItem => ({ position, epoch: 7n, sequence: position, contentHash: 0n, bytes: 100 });
const items = (from: number, to: number): SpoolItem[] => Array.from({ length: to - from + 1 }, (_, index) => item(from + index));
const positions = (list: readonly SpoolItem[]): number[] => list.map(({ position }) => position);

test('a batch is held back after three streams that ended over it', () => {
  const suspects = createSuspects();
  suspects.blame([item(1), item(2)]);
  suspects.blame([item(2)]);
  expect(suspects.heldBack).toEqual([]);
  suspects.blame([item(2), item(3)]);
  expect(positions(suspects.heldBack)).toEqual([2]);
});

test('of a thousand suspects the one that ends every stream is found in as many trials as a thousand has halves', () => {
  const suspects = createSuspects();
  const waiting = new Map(items(1, 1000).map((one) => [one.position, one]));
  for (let ends = 0; ends < 3; ends++) suspects.blame([...waiting.values()]);
  const poison = 777;
  let convicted: SpoolItem | undefined;
  let streams = 0;
  while (convicted === undefined && streams < 100) {
    streams++;
    suspects.keep(({ position }) => waiting.has(position));
    const held = [...suspects.heldBack];
    while (held.length > 0) {
      const trial = held.splice(0, suspects.trialMax);
      if (trial.some(({ position }) => position === poison)) {
        convicted = suspects.blame(trial);
        break;
      }
      for (const { position } of trial) waiting.delete(position);
    }
  }
  expect(convicted?.position).toBe(poison);
  expect(streams).toBeLessThanOrEqual(11);
});

test('a batch that no longer waits is forgotten, and no more than 1024 are watched', () => {
  const suspects = createSuspects();
  for (let ends = 0; ends < 3; ends++) suspects.blame(items(1, 2000));
  expect(suspects.heldBack).toHaveLength(1024);
  suspects.keep(({ position }) => position > 1000);
  expect(positions(suspects.heldBack)).toEqual(positions(items(1001, 1024)));
});
