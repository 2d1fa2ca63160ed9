import type { PoplarEvent } from '@poplar/hub/api/event-schemas';
import { expect, test } from 'vitest';
import { groupEvents } from './group.ts';

function event(seconds: number, router: string, change: Partial<PoplarEvent> = {}): PoplarEvent {
  return {
    ts_ms: seconds * 1000,
    site: 'fra1',
    kind: 'router_state',
    router,
    object: '',
    old: 'suspect',
    new: 'down',
    cause: 'timeout',
    detail: {},
    lasted_ms: null,
    ...change,
  };
}

const sizes = (events: readonly PoplarEvent[]): [string, number][] =>
  groupEvents(events).map(({ events: [first, ...more] }) => [first.router, 1 + more.length]);

test('three routers of a site to which the same happens at once are one line', () => {
  expect(sizes([event(50, 'c'), event(40, 'x', { new: 'up' }), event(30, 'b'), event(10, 'a')])).toEqual([
    ['c', 3],
    ['x', 1],
  ]);
});

test('routers that come back are another line than routers that are new', () => {
  const up = (seconds: number, router: string, old: string): PoplarEvent => event(seconds, router, { old, new: 'up', cause: '' });
  const back = ['a', 'b', 'c'].map((router) => up(40, router, 'down'));
  expect(sizes([...back, ...['d', 'e', 'f'].map((router) => up(30, router, 'unknown'))])).toEqual([
    ['a', 3],
    ['d', 3],
  ]);
});

test('two routers, other causes and sites, and what comes a while later are lines of their own', () => {
  expect(sizes([event(50, 'b'), event(30, 'a')])).toEqual([
    ['b', 1],
    ['a', 1],
  ]);
  expect(sizes([event(50, 'c', { cause: 'refused' }), event(30, 'b', { site: 'lon2' }), event(10, 'a')])).toHaveLength(3);
  expect(sizes([event(200, 'c'), event(60, 'b'), event(0, 'a')])).toHaveLength(3);
});

test('an interface that flaps over and over is no site that fails', () => {
  const flaps = [40, 30, 20, 10].map((seconds) => event(seconds, 'a', { kind: 'interface_flapped', object: 'ether1' }));
  expect(sizes(flaps)).toHaveLength(4);
});
