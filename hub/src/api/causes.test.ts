import { describe, expect, it } from 'vitest';
import { type Adjacency, rootCauses } from './causes.ts';
import type { RouterState, RouterSummary } from './schemas.ts';

type Member = Parameters<typeof rootCauses>[0][number];

const member = (site: string, router: string, state: RouterState, more: Partial<RouterSummary> = {}): Member => ({
  site,
  router,
  state,
  agent: site,
  since_ms: 1000,
  outcome: state === 'up' || state === 'unknown' ? 'ok' : 'timeout',
  error: '',
  ...more,
});
const several = (count: number, site: string, state: RouterState, more: Partial<RouterSummary> = {}): Member[] =>
  Array.from({ length: count }, (_, index) => member(site, `r${index + 1}`, state, { since_ms: 5000 - index, ...more }));

const reporting = (...agents: string[]) => agents.map((agent) => ({ agent, lag_ms: 1200 }));
const texts = (routers: readonly Member[], agents = reporting('fra1', 'lon2'), ways: readonly Adjacency[] = []): string[] =>
  rootCauses(routers, agents, ways).map(({ text }) => text);

describe('rootCauses', () => {
  it('are none while all routers are up', () => {
    expect(texts(several(3, 'fra1', 'up'))).toEqual([]);
  });

  it('are one for a site whose agent is silent: its uplink, or the agent', () => {
    const [cause, ...more] = rootCauses(
      [...several(37, 'lon2', 'unknown'), ...several(3, 'fra1', 'up')],
      [...reporting('fra1'), { agent: 'lon2', lag_ms: 40_000 }],
      [],
    );
    expect(more).toEqual([]);
    expect(cause).toEqual({
      kind: 'agent_silent',
      text: 'uplink of site lon2 down, or agent lon2 stopped: 37 routers unknown',
      state: 'unknown',
      site: 'lon2',
      router: null,
      agent: 'lon2',
      routers: 37,
      outcome: '',
      since_ms: 5000 - 36,
    });
  });

  it('are one for an agent that is silent about several sites, or about part of one', () => {
    const away = [...several(2, 'ams1', 'unknown', { agent: 'a9' }), ...several(2, 'lon2', 'unknown', { agent: 'a9' })];
    expect(texts([...away, member('lon2', 'r3', 'up')])).toEqual(['agent a9 silent: 4 routers unknown at ams1, lon2']);
    expect(texts([...several(2, 'lon2', 'unknown', { agent: 'a9' }), member('lon2', 'r3', 'up')])).toEqual([
      'agent a9 silent: 2 routers unknown at lon2',
    ]);
  });

  it('blame no agent that reports: it does not poll the site, or does not reach it', () => {
    const others = several(2, 'fra1', 'up', { agent: 'fra1' });
    expect(texts([...others, ...several(2, 'lon2', 'unknown', { agent: 'fra1' })])).toEqual([
      'site lon2 is not polled: 2 routers unknown',
    ]);
    expect(texts([...others, ...several(4, 'lon2', 'down'), member('lon2', 'r9', 'suspect', { outcome: 'closed' })])).toEqual([
      'site lon2 does not answer (timeout, closed): 4 routers down, 1 suspect',
    ]);
  });

  it('are the router that all ways lead over, for those behind it', () => {
    const site = [
      member('fra1', 'core', 'up'),
      member('fra1', 'tower', 'down', { since_ms: 3000 }),
      member('fra1', 'ap1', 'down'),
      member('fra1', 'ap2', 'suspect', { since_ms: 4000 }),
      member('fra1', 'cpe', 'down'),
      member('fra1', 'other', 'down', { outcome: 'auth', error: 'wrong password' }),
    ];
    const ways = [
      ['tower', 'core'],
      ['ap1', 'tower'],
      ['tower', 'ap2'],
      ['cpe', 'ap2'],
    ].map(([router = '', neighbor = '']) => ({ site: 'fra1', router, neighbor }));
    const found = rootCauses(site, reporting('fra1'), ways);
    expect(found.map(({ text }) => text)).toEqual([
      'router tower is down (timeout), and with it 2 routers down, 1 suspect behind it',
      'router other at fra1 is down: auth: wrong password',
    ]);
    expect(found[0]).toMatchObject({ kind: 'router_behind', router: 'tower', routers: 4, since_ms: 1000, state: 'down' });
    // With a second way in, nobody can tell.
    expect(texts(site, reporting('fra1'), [...ways, { site: 'fra1', router: 'ap2', neighbor: 'core' }])).toEqual([
      '3 routers down at fra1: timeout',
      'router other at fra1 is down: auth: wrong password',
      'router ap2 at fra1 is suspect: timeout',
    ]);
  });

  it('join three that share site, state and outcome, and leave two for themselves', () => {
    expect(texts([...several(3, 'fra1', 'down'), member('fra1', 'r9', 'up')])).toEqual(['3 routers down at fra1: timeout']);
    expect(texts([...several(2, 'fra1', 'down'), member('fra1', 'r9', 'up')])).toEqual([
      'router r1 at fra1 is down: timeout',
      'router r2 at fra1 is down: timeout',
    ]);
    expect(texts([member('fra1', 'r1', 'unknown'), member('fra1', 'r9', 'up')])).toEqual([
      'router r1 at fra1 is unknown: no polls arrive: its agent no longer polls it',
    ]);
  });

  it('explain every router that is not up, once', () => {
    const routers = [
      ...several(5, 'ams1', 'unknown', { agent: 'a9' }),
      ...several(4, 'lon2', 'down'),
      ...several(3, 'fra1', 'suspect'),
      member('fra1', 'x', 'up'),
      member('fra1', 'y', 'unknown'),
    ];
    const found = rootCauses(routers, reporting('fra1', 'lon2'), []);
    expect(found.reduce((sum, cause) => sum + cause.routers, 0)).toBe(routers.length - 1);
  });
});
