import type { RootCause } from '@poplar/hub/api/schemas';
import { expect, test } from 'vitest';
import { problemLines } from './causes.ts';

function cause(change: Partial<RootCause>): RootCause {
  return {
    kind: 'router',
    text: 'a sentence',
    state: 'down',
    site: 'fra1',
    router: null,
    agent: null,
    routers: 1,
    outcome: '',
    since_ms: 1000,
    ...change,
  };
}

test('a cause is a line that leads to the routers it explains', () => {
  const lines = problemLines([
    cause({ kind: 'agent_silent', state: 'unknown', site: 'lon2', agent: 'lon2', routers: 37 }),
    cause({ kind: 'agent_silent', state: 'unknown', site: null, agent: 'a9', routers: 1 }),
    cause({ kind: 'site_unreachable', routers: 4 }),
    cause({ kind: 'router_behind', router: 'tower', routers: 4 }),
    cause({ kind: 'routers', routers: 3, outcome: 'timeout' }),
    cause({ kind: 'routers', state: 'unknown', routers: 3 }),
    cause({ router: 'r/1', state: 'suspect' }),
  ]);
  expect(lines.map(({ name, what, href }) => [name, what, decodeURIComponent(href)])).toEqual([
    ['lon2', '37 routers unknown', '/routers?q=agent:lon2 state:unknown'],
    ['a9', '1 router unknown', '/routers?q=agent:a9 state:unknown'],
    ['fra1', '4 routers down', '/routers?q=site:fra1'],
    ['tower', 'down, 3 behind it · fra1', '/routers/fra1/tower'],
    ['fra1', '3 routers down', '/routers?q=site:fra1 state:down outcome:timeout'],
    ['fra1', '3 routers unknown', '/routers?q=site:fra1 state:unknown'],
    ['r/1', 'suspect · fra1', '/routers/fra1/r/1'],
  ]);
  expect(new Set(lines.map(({ key }) => key)).size).toBe(lines.length);
});
