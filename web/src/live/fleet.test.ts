import type { RouterSummary } from '@poplar/hub/api/schemas';
import { expect, test } from 'vitest';
import { createFleet, withChange, withChanges } from './fleet.ts';
import type { FeedMessage, RouterChange } from './message.ts';

function router(name: string, change: Partial<RouterSummary> = {}): RouterSummary {
  return {
    site: 'fra1',
    router: name,
    identity: `id-${name}`,
    state: 'up',
    since_ms: 100,
    outcome: 'ok',
    error: '',
    address: '10.0.0.1:8728',
    agent: 'fra1',
    board: 'hAP ac2',
    version: '7.16',
    architecture: 'arm',
    polled_at_ms: 1000,
    interval_ms: 10_000,
    answered_at_ms: 1000,
    cpu_load_pct: 1,
    memory_used_ratio: 0.1,
    uptime_ms: 5,
    rx_bps: 1,
    tx_bps: 1,
    radio_clients: null,
    ...change,
  };
}

function change(name: string, more: Partial<RouterChange> = {}): RouterChange {
  return {
    site: 'fra1',
    router: name,
    state: 'up',
    polled_at_ms: 2000,
    outcome: 'ok',
    error: '',
    cpu_load_pct: 7,
    memory_used_ratio: 0.2,
    uptime_ms: 6,
    rx_bps: 9,
    tx_bps: 8,
    radio_clients: 3,
    ...more,
  };
}

const message = (...routers: RouterChange[]): FeedMessage => ({ hubTimeMs: 0, snapshot: false, routers, ports: [], fleet: null });

test('a change moves what moves and leaves what was only in the list', () => {
  expect(withChange(router('a'), change('a'))).toMatchObject({
    identity: 'id-a',
    cpu_load_pct: 7,
    since_ms: 100,
    answered_at_ms: 2000,
  });
});

test('a new state begins with the poll that showed it, and a failed poll is no answer', () => {
  const down = withChange(router('a'), change('a', { state: 'suspect', outcome: 'timeout' }));
  expect(down).toMatchObject({ state: 'suspect', since_ms: 2000, answered_at_ms: 1000 });
});

test('routers that did not change stay the same objects', () => {
  const before = [router('a'), router('b')];
  const { routers, strangers } = withChanges(before, [change('b')]);
  expect(routers[0]).toBe(before[0]);
  expect(routers[1]).not.toBe(before[1]);
  expect(strangers).toBe(false);
});

test('a router that the list lacks makes it read again, but not at every message', async () => {
  let reads = 0;
  let nowMs = 0;
  const lists = [[router('a')], [router('a'), router('b')]];
  const fleet = createFleet({
    list: async () => lists[Math.min(reads++, 1)] ?? [],
    signal: new AbortController().signal,
    nowMs: () => nowMs,
  });
  await fleet.refresh();
  fleet.take(message(change('b')));
  expect(reads).toBe(1);
  nowMs = 6000;
  fleet.take(message(change('b')));
  await fleet.refresh();
  expect(reads).toBe(2);
  expect(fleet.routers.value?.map((each) => each.router)).toEqual(['a', 'b']);
});

test('a list that cannot be read keeps the one before and says since when', async () => {
  let failing = false;
  let nowMs = 1;
  const fleet = createFleet({
    list: async () => {
      if (failing) throw new TypeError('network');
      return [router('a')];
    },
    signal: new AbortController().signal,
    nowMs: () => nowMs,
  });
  await fleet.refresh();
  failing = true;
  nowMs = 2;
  await fleet.refresh();
  nowMs = 3;
  await fleet.refresh();
  expect(fleet.routers.value).toHaveLength(1);
  expect(fleet.failingSinceMs.value).toBe(2);
  expect(fleet.freshAtMs.value).toBe(1);
});
