import { expect, it } from 'vitest';
import { DAY_MS, floorOf, partitionSpan } from './tiers.ts';

const NOON = Date.UTC(2026, 2, 31, 12);

it('a floor is the start of the first day that is kept', () => {
  expect(floorOf(1, NOON)).toBe(Date.UTC(2026, 2, 30));
  expect(floorOf(30, NOON)).toBe(Date.UTC(2026, 2, 1));
  expect(floorOf(30, Date.UTC(2026, 2, 31))).toBe(Date.UTC(2026, 2, 1));
  expect([floorOf(null, NOON), floorOf(36_500, NOON), floorOf(1, 0)]).toEqual([0, 0, 0]);
});

it('a partition spans what its id names', () => {
  const span = (id: string): (number | undefined)[] => [partitionSpan(id)?.fromMs, partitionSpan(id)?.toMs];
  expect(span('20260228')).toEqual([Date.UTC(2026, 1, 28), Date.UTC(2026, 2, 1)]);
  expect(span('20261231')).toEqual([Date.UTC(2026, 11, 31), Date.UTC(2027, 0, 1)]);
  expect(span('202612')).toEqual([Date.UTC(2026, 11, 1), Date.UTC(2027, 0, 1)]);
  expect(span('2026')).toEqual([Date.UTC(2026, 0, 1), Date.UTC(2027, 0, 1)]);
  for (const id of ['all', '', '20260', 'd41d8cd98f00b204', '2026-01-01']) expect(partitionSpan(id), id).toBeUndefined();
  expect(DAY_MS).toBe(86_400_000);
});
