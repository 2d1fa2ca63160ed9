import type { Incident } from '@poplar/hub/api/alert-schemas';
import type { RootCause } from '@poplar/hub/api/schemas';
import { expect, test } from 'vitest';
import { incidentLines, quietWords, unexplained, unexplainedFaults } from './incidents.ts';

const incident = (id: string, more: Partial<Incident> = {}): Incident => ({
  id,
  rule: 'router_down',
  severity: 'warning',
  site: 'fra1',
  router: 'r1',
  object: '',
  summary: id,
  started_ms: 1,
  detected_ms: 2,
  closed_ms: null,
  close_reason: '',
  value: 1,
  closing_value: null,
  unit: '',
  detail: {},
  suppressed_by: '',
  announced: true,
  ...more,
});

test('what an open incident explains is counted on its line; the worst and the latest come first', () => {
  const open = [
    incident('weak', { severity: 'info', started_ms: 9 }),
    incident('site', { severity: 'critical', router: '' }),
    incident('a', { suppressed_by: 'site' }),
    incident('b', { suppressed_by: 'site' }),
    incident('old', { started_ms: 1 }),
    incident('new', { started_ms: 5, suppressed_by: 'maintenance:upgrade' }),
  ];
  expect(incidentLines(open).map(({ incident: { id }, covered }) => [id, covered])).toEqual([
    ['site', 2],
    ['new', 0],
    ['old', 0],
    ['weak', 0],
  ]);
  expect(['maintenance:upgrade', 'rule:site_down', 'site', ''].map(quietWords)).toEqual([
    'maintenance: upgrade',
    'site_down may be opening',
    null,
    null,
  ]);
});

const cause = (site: string | null, router: string | null, agent: string | null = null): RootCause => ({
  kind: agent !== null ? 'agent_silent' : router === null ? 'site_unreachable' : 'router',
  site,
  router,
  agent,
  state: 'down',
  outcome: 'timeout',
  routers: 1,
  since_ms: 1,
  text: '',
});

test('causes and faults that an incident is about are not told twice', () => {
  const causes = [cause('fra1', 'r1'), cause('fra1', 'r2'), cause('ams1', null), cause(null, null, 'lon2')];
  const left = (open: Incident[]): unknown[] => unexplained(causes, open).map(({ site, router }) => `${site}/${router}`);
  expect(left([incident('a')])).toEqual(['fra1/r2', 'ams1/null', 'null/null']);
  expect(left([incident('a', { site: 'ams1', router: '' })])).toEqual(['fra1/r1', 'fra1/r2', 'null/null']);
  expect(left([incident('a', { site: 'lon2', router: '', object: 'lon2' })])).toEqual(['fra1/r1', 'fra1/r2', 'ams1/null']);
  // A hot sensor does not explain a router that is down.
  expect(left([incident('a', { object: 'cpu' })])).toHaveLength(4);
  const fault = { site: 'fra1', router: 'r1', kind: 'bgp' as const, item: 'transit', what: 'active', since_ms: 1 };
  expect(unexplainedFaults([fault], [incident('a', { object: 'transit' })])).toEqual([]);
  expect(unexplainedFaults([fault], [incident('a')])).toEqual([fault]);
});
