import { expect, it } from 'vitest';
import { planFleet } from '../../fleet.ts';
import { createWorld } from '../../traffic/world.ts';
import { compareRows } from '../compare.ts';
import { ROUTER_CLOCKS } from './router-clocks.ts';

const START = Date.UTC(2026, 0, 1);
const HOUR_MS = 3_600_000;

it("an offset is against the agent's clock, also where that one is wrong", () => {
  const [model] = createWorld(planFleet({ routers: 1, sites: 1, seed: 1, startMs: START, routerNet: '127.64.0.0/16' })).routers;
  const [menu] = ROUTER_CLOCKS.menus;
  if (model === undefined || menu === undefined) throw new Error('no router or menu');
  const truth = menu.rows(model, START, () => START, -HOUR_MS);
  const [told, zone, gmtOffset] = truth.get('') ?? [];
  const stored = (agentMs: number) =>
    [told, zone, gmtOffset, String(agentMs), String(agentMs)].map((value) => (typeof value === 'string' ? value : null));
  const faults = (agentMs: number) => compareRows(ROUTER_CLOCKS.columns, truth, [{ object: '', values: stored(agentMs) }]);
  expect(faults(START - HOUR_MS)).toEqual([]);
  expect(faults(START)).toHaveLength(1);
});
