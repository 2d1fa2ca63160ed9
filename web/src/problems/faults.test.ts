import type { Overview } from '@poplar/hub/api/schemas';
import { expect, test } from 'vitest';
import { groupFaults } from './faults.ts';

type Fault = Overview['faults'][number];

const fault = (kind: Fault['kind'], router: string, item: string, since_ms: number | null = null): Fault => ({
  site: 'fra1',
  router,
  kind,
  item,
  what: 'down',
  since_ms,
});

const summary = (faults: readonly Fault[]) =>
  groupFaults(faults).map(({ kind, router, title, sinceMs }) => [kind, router, title, sinceMs]);

test('faults of one router are one line, with the newest beginning', () => {
  const faults = [fault('bgp', 'r1', 'p1', 5), fault('bgp', 'r1', 'p2', 9), fault('bgp', 'r2', 'p1')];
  expect(summary(faults)).toEqual([
    ['bgp', 'r1', '2 BGP peers down', 9],
    ['bgp', 'r2', '1 BGP peer down', null],
  ]);
  expect(groupFaults(faults)[0]?.details).toBe('p1: down, p2: down');
});

test('three routers of a site with the same kind of fault are one line that names them', () => {
  const faults = ['r1', 'r2', 'r3'].map((router) => fault('poe', router, 'ether2'));
  expect(summary(faults)).toEqual([['poe', null, '3 ports cannot feed their devices', null]]);
  expect(groupFaults(faults)[0]?.details).toContain('r2 ether2: down');
});

test('routing comes before modules, and clocks come last', () => {
  const faults = [fault('clock', 'r1', 'clock', 9), fault('module', 'r1', 'sfp1', 7), fault('ospf', 'r1', 'n1')];
  expect(summary(faults).map(([kind, , title]) => [kind, title])).toEqual([
    ['ospf', '1 OSPF neighbour not Full'],
    ['module', '1 module in the dark or faulty'],
    ['clock', '1 clock off'],
  ]);
});
