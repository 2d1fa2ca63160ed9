import { expect, test } from 'vitest';
import { groupProblems, type Problem } from './group.ts';

function problem(site: string, router: string, change: Partial<Problem> = {}): Problem {
  return { site, router, state: 'down', since_ms: 1000, outcome: 'timeout', error: 'no answer', ...change };
}

function several(count: number, site: string, change: Partial<Problem>): Problem[] {
  return Array.from({ length: count }, (_, index) => problem(site, `r${index}`, { since_ms: 5000 - index, ...change }));
}

test('routers of a site that went quiet together are one line, with the first time of them', () => {
  const [group, ...more] = groupProblems(
    several(37, 'lon2', { state: 'unknown', outcome: 'ok', error: '' }),
    new Map([['lon2', 37]]),
  );
  expect(more).toEqual([]);
  expect(group).toMatchObject({ site: 'lon2', router: null, count: 37, state: 'unknown', wholeSite: true, sinceMs: 5000 - 36 });
  expect(group?.query).toBe('site:lon2 state:unknown');
});

test('two routers stay two lines, each with its own cause', () => {
  const groups = groupProblems(several(2, 'fra1', {}), new Map([['fra1', 100]]));
  expect(groups.map((group) => [group.router, group.cause])).toEqual([
    ['r0', 'timeout: no answer'],
    ['r1', 'timeout: no answer'],
  ]);
});

test('different causes at one site are different lines', () => {
  const groups = groupProblems([...several(3, 'fra1', {}), ...several(3, 'fra1', { outcome: 'auth' })], new Map([['fra1', 100]]));
  expect(groups.map((group) => group.query)).toEqual([
    'site:fra1 state:down outcome:timeout',
    'site:fra1 state:down outcome:auth',
  ]);
});

test('whole sites come first, then groups, then the worst state and the newest', () => {
  const groups = groupProblems(
    [
      problem('fra1', 'a', { state: 'suspect', outcome: 'auth' }),
      problem('fra1', 'b', { since_ms: 1 }),
      problem('fra1', 'c', { since_ms: 9 }),
      ...several(3, 'mad1', { outcome: 'refused' }),
      ...several(4, 'lon2', { state: 'unknown' }),
    ],
    new Map([
      ['fra1', 50],
      ['mad1', 50],
      ['lon2', 4],
    ]),
  );
  expect(groups.map((group) => group.router ?? group.site)).toEqual(['lon2', 'mad1', 'c', 'b', 'a']);
});
