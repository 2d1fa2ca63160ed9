import { describe, expect, it } from 'vitest';
import { planFleet } from '../../fleet.ts';
import { createWorld } from '../../traffic/world.ts';
import { BGP_PEERS } from './bgp-peers.ts';

const START = Date.UTC(2026, 5, 1, 12);
const CONNECTION = '/routing/bgp/connection';
const SESSION = '/routing/bgp/session';

describe('the truth of BGP peers', () => {
  it('has the sessions of when they were asked for, not of the later answer that they are joined with', () => {
    const world = createWorld(planFleet({ routers: 180, sites: 1, seed: 1, startMs: START, mix: 'all' }));
    const core = world.routers.find(({ board, dialect }) => board.name === 'ccr2004' && dialect.major === 7);
    const menu = BGP_PEERS.menus.find(({ path }) => path === CONNECTION);
    if (core === undefined || menu === undefined) throw new Error('no such router or menu');
    const rowsAt = (atMs: number, sessionsMs: number) =>
      menu.rows(core, atMs, (path) => (path === SESSION ? sessionsMs : atMs), { aheadMs: 0, stepped: false });
    const early = rowsAt(START, START);
    expect(early.size).toBeGreaterThan(0);
    expect(rowsAt(START + 3_600_000, START)).toEqual(early);
    expect(rowsAt(START + 3_600_000, START + 3_600_000)).not.toEqual(early);
  });
});
