import type { Gap } from '@poplar/hub/api/gap-schemas';
import { describe, expect, it } from 'vitest';
import { groupGaps } from './group.ts';

const gap = (fields: Partial<Gap>): Gap => ({
  site: 'fra1',
  router: 'r1',
  from_ms: 1000,
  to_ms: 31_000,
  open: false,
  cause: 'router',
  detail: 'timeout',
  agent: 'a1',
  failed_polls: 3,
  missing_polls: 0,
  ...fields,
});

describe('groupGaps', () => {
  it('puts together what has one site and one cause, what is open first', () => {
    const groups = groupGaps([
      gap({ detail: 'refused', from_ms: 500 }),
      gap({}),
      gap({ router: 'r2', to_ms: 61_000 }),
      gap({ site: 'lon1', cause: 'agent', detail: 'silent', open: true }),
      gap({ cause: 'overrun', detail: 'overrun' }),
    ]);
    expect(groups.map(({ site, cause }) => [site, cause])).toEqual([
      ['lon1', 'agent'],
      ['fra1', 'router'],
      ['fra1', 'overrun'],
    ]);
    expect(groups[1]).toMatchObject({
      gaps: 3,
      routers: 2,
      open: 0,
      longestMs: 60_000,
      sinceMs: 500,
      details: ['timeout', 'refused'],
    });
    expect(groups[2]?.details).toEqual([]);
  });

  it('makes nothing of nothing', () => {
    expect(groupGaps([])).toEqual([]);
  });
});
