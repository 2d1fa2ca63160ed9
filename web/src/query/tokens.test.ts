import type { RouterSummary } from '@poplar/hub/api/schemas';
import { describe, expect, test } from 'vitest';
import { compareVersion, matchesQuery, parseQuery, toggleFilter } from './tokens.ts';

const ROUTER: RouterSummary = {
  site: 'fra1',
  router: 'r0001',
  identity: 'core-fra',
  state: 'up',
  since_ms: 0,
  outcome: 'ok',
  error: '',
  address: '10.1.0.1:8728',
  agent: 'fra',
  board: 'RB4011iGS+',
  version: '7.16.2 (stable)',
  architecture: 'arm',
  polled_at_ms: 0,
  interval_ms: 10_000,
  answered_at_ms: 0,
  cpu_load_pct: 81,
  memory_used_ratio: 0.5,
  uptime_ms: 13 * 3_600_000,
  rx_bps: 150e6,
  tx_bps: null,
  radio_clients: null,
};

function finds(text: string, change: Partial<RouterSummary> = {}): boolean {
  const query = parseQuery(text);
  expect(query.problems).toEqual([]);
  return matchesQuery(query, { ...ROUTER, ...change });
}

describe('a query', () => {
  test('that is empty finds everything', () => expect(finds('  ')).toBe(true));

  test('wants all its terms', () => {
    expect(finds('site:fra1 state:up model:RB* ros:7 cpu:>80')).toBe(true);
    expect(finds('site:fra1 state:down')).toBe(false);
  });

  test('takes words from name, identity, site, address, model and problem, in any case', () => {
    for (const word of ['R0001', 'core', 'fra1', '10.1.0', 'rb4011', 'refused'])
      expect(finds(word, { error: 'connection refused' })).toBe(true);
    expect(finds('r0002')).toBe(false);
  });

  test('takes a comma for or, a minus for not, quotes for spaces', () => {
    expect(finds('state:down,up')).toBe(true);
    expect(finds('-site:fra1')).toBe(false);
    expect(finds('-site:lon2')).toBe(true);
    expect(finds('problem:"no answer"', { error: 'There was no answer' })).toBe(true);
  });

  test('compares sites whole and models in part, both with patterns', () => {
    expect(finds('site:fra')).toBe(false);
    expect(finds('site:fr?1')).toBe(true);
    expect(finds('model:4011')).toBe(true);
    expect(finds('model:*+')).toBe(true);
    expect(finds('model:CCR*')).toBe(false);
  });

  test('takes a special character as itself', () => {
    expect(finds('iGS+')).toBe(true);
    expect(finds('model:iGS.')).toBe(false);
  });

  test('compares versions by their parts', () => {
    expect(finds('ros:7.16')).toBe(true);
    expect(finds('ros:<7.16')).toBe(false);
    expect(finds('ros:<7.17')).toBe(true);
    expect(finds('ros:>=7.9')).toBe(true);
    expect(finds('ros:6')).toBe(false);
    expect(finds('ros:7', { version: '' })).toBe(false);
  });

  test('compares figures with SI and time suffixes', () => {
    expect(finds('in:>100M')).toBe(true);
    expect(finds('in:>0.2G')).toBe(false);
    expect(finds('memory:<=50%')).toBe(true);
    expect(finds('uptime:>12h')).toBe(true);
    expect(finds('uptime:>1d')).toBe(false);
  });

  test('does not find a figure that is not known', () => {
    expect(finds('out:<1G')).toBe(false);
    expect(finds('clients:0')).toBe(false);
  });

  test('ignores a filter that is still being typed', () => expect(finds('site:')).toBe(true));

  test('says what it cannot understand', () => {
    expect(parseQuery('cpu:high').problems).toEqual(['“cpu:high” wants a number, for example cpu:>80']);
    expect(parseQuery('ros:new').problems[0]).toContain('wants a version');
    expect(parseQuery('colour:red').problems[0]).toContain('“colour:” is not a filter');
  });
});

test('versions compare as numbers', () => {
  expect(compareVersion('7.9', '7.16')).toBeLessThan(0);
  expect(compareVersion('7.16.2', '7.16')).toBe(0);
  expect(compareVersion('6.49.17 (long-term)', '6.49.2')).toBeGreaterThan(0);
  expect(compareVersion('', '7')).toBeNull();
});

test('a filter is put in place of the one of its key, and taken out when pressed again', () => {
  expect(toggleFilter('', 'state', 'down')).toBe('state:down');
  expect(toggleFilter('site:fra1 state:up', 'state', 'down')).toBe('site:fra1 state:down');
  expect(toggleFilter('site:fra1 state:down', 'state', 'down')).toBe('site:fra1');
});
