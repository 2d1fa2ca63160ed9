import { expect, it } from 'vitest';
import { joinSites } from './sites.ts';

it('joins sites whose ranges are the same, as many as a request can name', () => {
  const range = (site: string, fromMs: number, toMs: number) => ({ site, fromMs, toMs });
  expect(joinSites([range('ams1', 0, 10), range('fra1', 5, 10), range('lon1', 0, 10)])).toEqual([
    { sites: ['ams1', 'lon1'], fromMs: 0, toMs: 10 },
    { sites: ['fra1'], fromMs: 5, toMs: 10 },
  ]);
  const many = Array.from({ length: 1000 }, (_, number) => range(`site${number}`, 0, 10));
  const parts = joinSites(many);
  expect(parts.length).toBeGreaterThan(1);
  expect(parts.flatMap(({ sites }) => sites)).toEqual(many.map(({ site }) => site));
});
