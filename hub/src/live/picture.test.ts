import { RouterState } from '@poplar/proto/live/v1/live';
import { describe, expect, it } from 'vitest';
import type { FleetSnapshot } from '../api/fleet.ts';
import { keyOf } from '../api/fleet-routers.ts';
import type { InterfaceSummary, RouterSummary } from '../api/schemas.ts';
import { drawPicture, messageBetween, type Picture } from './picture.ts';

const FLEET = { kind: 'fleet' } as const;
const ONE = { kind: 'router', key: keyOf('fra1', 'r1') } as const;

function summary(router: string, polledAtMs: number, changes: Partial<RouterSummary> = {}): RouterSummary {
  return {
    site: 'fra1',
    router,
    identity: null,
    state: 'up',
    since_ms: null,
    outcome: 'ok',
    error: '',
    address: '',
    agent: 'a1',
    board: '',
    version: '',
    architecture: '',
    polled_at_ms: polledAtMs,
    interval_ms: 10_000,
    answered_at_ms: polledAtMs,
    cpu_load_pct: null,
    memory_used_ratio: null,
    uptime_ms: null,
    rx_bps: null,
    tx_bps: null,
    radio_clients: null,
    ...changes,
  };
}

function picture(
  atMs: number,
  summaries: readonly RouterSummary[],
  previous?: Picture,
  interfaces: readonly InterfaceSummary[] = [],
): Picture {
  const routers = summaries.map((entry) => ({ summary: entry, sampleIntervalMs: 10_000, radioPollMs: undefined }));
  const snapshot: FleetSnapshot = {
    atMs,
    routers,
    byKey: new Map(routers.map((router) => [keyOf(router.summary.site, router.summary.router), router])),
    talkers: [],
    rateRange: { from_ms: 0, to_ms: 0 },
  };
  return drawPicture(snapshot, new Map(interfaces.length > 0 ? [[ONE.key, interfaces]] : []), 5, previous);
}

function port(name: string, rx: number | null): InterfaceSummary {
  return {
    interface: name,
    type: 'ether',
    comment: '',
    mac: null,
    running: true,
    disabled: null,
    rx_bps: rx,
    tx_bps: null,
    speed_bps: null,
    utilisation_ratio: null,
    rx_errors: null,
    tx_errors: null,
    rx_drops: null,
    tx_drops: null,
    link_downs: null,
    polled_at_ms: 1000,
  };
}

describe('messageBetween', () => {
  it('starts with a snapshot of all routers and the fleet', () => {
    const message = messageBetween(
      FLEET,
      undefined,
      picture(1000, [summary('r1', 900), summary('r2', 900, { state: 'down', rx_bps: 8 })]),
    );
    expect(message.snapshot).toBe(true);
    expect(message.hubTimeMs).toBe(1000n);
    expect(message.routers.map(({ router, state }) => [router, state])).toEqual([
      ['r1', RouterState.UP],
      ['r2', RouterState.DOWN],
    ]);
    expect(message.fleet).toMatchObject({ routersUp: 1, routersDown: 1, rowsPerSecond: 5, rxBps: 8 });
  });

  it('then holds only what changed, and an absent value stays absent', () => {
    const first = picture(1000, [summary('r1', 900, { cpu_load_pct: 4 }), summary('r2', 900, { cpu_load_pct: 0 })]);
    const second = picture(2000, [summary('r1', 1900), summary('r2', 900, { cpu_load_pct: 0 })], first);
    const message = messageBetween(FLEET, first, second);
    expect(message.snapshot).toBe(false);
    expect(message.routers.map(({ router }) => router)).toEqual(['r1']);
    expect(message.routers[0]?.cpuLoadPct).toBeUndefined();
    expect(second.routers.get(keyOf('fra1', 'r2'))?.cpuLoadPct).toBe(0);
  });

  it('merges several pictures into one change', () => {
    const first = picture(1000, [summary('r1', 900), summary('r2', 900)]);
    const second = picture(2000, [summary('r1', 1900), summary('r2', 900)], first);
    const third = picture(3000, [summary('r1', 1900), summary('r2', 2900)], second);
    expect(messageBetween(FLEET, first, third).routers.map(({ router }) => router)).toEqual(['r1', 'r2']);
  });

  it('is a snapshot again when a router is gone', () => {
    const first = picture(1000, [summary('r1', 900), summary('r2', 900)]);
    const message = messageBetween(FLEET, first, picture(2000, [summary('r1', 900)], first));
    expect(message.snapshot).toBe(true);
    expect(message.routers).toHaveLength(1);
  });

  it('shows a router’s own feed its interfaces and no other router', () => {
    const first = picture(1000, [summary('r1', 900), summary('r2', 900)], undefined, [port('ether1', 1), port('ether2', null)]);
    const start = messageBetween(ONE, undefined, first);
    expect(start.routers.map(({ router }) => router)).toEqual(['r1']);
    expect(start.interfaces.map(({ interface: name, rxBps, running }) => [name, rxBps, running])).toEqual([
      ['ether1', 1, true],
      ['ether2', undefined, true],
    ]);
    expect(start.fleet).toBeUndefined();
    const second = picture(2000, [summary('r1', 900), summary('r2', 1900)], first, [port('ether1', 2), port('ether2', null)]);
    const change = messageBetween(ONE, first, second);
    expect(change.routers).toEqual([]);
    expect(change.interfaces.map(({ interface: name }) => name)).toEqual(['ether1']);
  });
});
