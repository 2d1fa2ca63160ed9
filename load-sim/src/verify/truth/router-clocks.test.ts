import { expect, it } from 'vitest';
import { planFleet } from '../../fleet.ts';
import { createWorld } from '../../traffic/world.ts';
import { compareRows } from '../compare.ts';
import { ROUTER_CLOCKS } from './router-clocks.ts';
import type { AgentClock } from './table-truth.ts';

const START = Date.UTC(2026, 0, 1);
const HOUR_MS = 3_600_000;

const [model] = createWorld(planFleet({ routers: 1, sites: 1, seed: 1, startMs: START, routerNet: '127.64.0.0/16' })).routers;
const [menu] = ROUTER_CLOCKS.menus;

/** What is wrong with a row that has its offset against this time of the agent's; null: it has none. */
function faults(clock: AgentClock, agentMs: number | null) {
  if (model === undefined || menu === undefined) throw new Error('no router or menu');
  const truth = menu.rows(model, START, () => START, clock);
  const [told, zone, gmtOffset] = truth.get('') ?? [];
  const said = agentMs === null ? null : String(agentMs);
  const values = [told, zone, gmtOffset, said, said].map((value) => (typeof value === 'string' ? value : null));
  return compareRows(ROUTER_CLOCKS.columns, truth, [{ object: '', values }]);
}

it("an offset is against the agent's clock, also where that one is wrong", () => {
  const clock = { aheadMs: -HOUR_MS, stepped: false };
  expect(faults(clock, START - HOUR_MS)).toEqual([]);
  expect(faults(clock, START)).toHaveLength(1);
});

it('no offset is right only where the clock stepped in the visit, and none to the clock after the step is', () => {
  expect(faults({ aheadMs: 0, stepped: true }, null)).toEqual([]);
  expect(faults({ aheadMs: 0, stepped: true }, START)).toEqual([]);
  expect(faults({ aheadMs: 0, stepped: true }, START - HOUR_MS)).toHaveLength(1);
  expect(faults({ aheadMs: 0, stepped: false }, null)).toHaveLength(1);
});
