import { Collector } from '@poplar/proto/telemetry/v1/payload';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { faultsOfReached, readFaults } from './faults.ts';
import { createFleet } from './fleet.ts';
import { createReader } from './reader.ts';
import { pollRow, startTestStore, type TestRow, type TestStore } from './testing.ts';

const NOW = Date.UTC(2026, 0, 1, 12, 3, 30);
const MINUTE = 60_000;
/** Some of these lie in the hour before. */
const ago = (minutes: number): number => NOW - 3000 - minutes * MINUTE;
const READ = [Collector.ETHERNET, Collector.POE, Collector.BGP, Collector.OSPF, Collector.CLOCK].reduce(
  (all, bit) => all | (1n << BigInt(bit)),
  0n,
);

let store: TestStore;
beforeAll(async () => {
  store = await startTestStore();
});
afterAll(async () => {
  await store[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await store.clear();
});

const at = (minutes: number, extra: TestRow): TestRow => ({
  site: 'fra1',
  router: 'r1',
  agent: 'a1',
  rank: 1,
  ts: ago(minutes),
  ...extra,
});

async function polls(minutes: readonly number[], extra: TestRow = {}): Promise<void> {
  await store.insert(
    'polls',
    minutes.map((back) => pollRow({ ts: ago(back), interval_ms: MINUTE, answered_collectors: READ, ...extra })),
  );
}

async function faults(): Promise<(string | number | null)[][]> {
  const reader = createReader(store.client);
  const now = () => NOW;
  const [found, snapshot] = await Promise.all([
    readFaults({ reader, now }, new AbortController().signal),
    createFleet({ reader, now }).read(),
  ]);
  return faultsOfReached(found, snapshot).map(({ router, kind, item, what, since_ms }) => [router, kind, item, what, since_ms]);
}

describe('readFaults', () => {
  it('finds what the newest answers say, and since when', async () => {
    await polls([20, 10, 5, 1, 0]);
    const peer = { peer: 'transit', remote_address: '192.0.2.1' };
    await store.insert('bgp_peers', [
      at(10, { ...peer, established: 1 }),
      at(5, { ...peer, established: 0, state: 'idle' }),
      at(0, { ...peer, established: 0, state: 'active' }),
      at(0, { peer: 'off', established: 0, disabled: 1 }),
      at(0, { peer: '', remote_address: '192.0.2.7', established: 0 }),
      at(0, { peer: 'unknown', established: null }),
    ]);
    await store.insert('ospf_neighbors', [
      at(0, { router_id: '192.0.2.2', interface: 'ether1', state: 'ExStart' }),
      at(0, { router_id: '192.0.2.3', state: 'Full' }),
      at(0, { router_id: '192.0.2.4', state: '2-Way', designated: '192.0.2.3', backup: '192.0.2.5' }),
      at(0, { router_id: '192.0.2.5', state: '2-Way', designated: '192.0.2.3', backup: '192.0.2.5' }),
      at(0, { router_id: '192.0.2.6', state: '2-Way' }),
    ]);
    await store.insert('ethernet_ports', [
      at(0, { interface: 'sfp1', module_present: 1, module_rx_loss: 1 }),
      at(0, { interface: 'sfp2', module_present: 1, module_rx_loss: 1, module_tx_fault: 1 }),
      at(0, { interface: 'sfp3', module_present: 0, module_rx_loss: 1 }),
      at(0, { interface: 'sfp4', module_present: 1, module_rx_loss: 1 }),
      at(0, { interface: 'ether1', module_rx_loss: null }),
    ]);
    await store.insert('interface_counters', [
      at(0, { interface: 'sfp1', disabled: 0 }),
      at(0, { interface: 'sfp4', disabled: 1 }),
    ]);
    await store.insert('poe_ports', [
      at(0, { interface: 'ether2', status: 'short-circuit' }),
      at(0, { interface: 'ether3', status: 'waiting-for-load' }),
    ]);
    await store.insert('collector_states', [
      at(10, { collector: 'routes', state: 'shed', reason: 'too slow' }),
      at(10, { collector: 'arp', state: 'shed', reason: 'too slow' }),
      at(2, { collector: 'arp', state: 'running' }),
      at(2, { collector: 'lte', state: 'absent' }),
    ]);
    expect(await faults()).toEqual([
      ['r1', 'bgp', '192.0.2.7', 'not established', null],
      ['r1', 'bgp', 'transit', 'active', ago(5)],
      ['r1', 'ospf', '192.0.2.2 on ether1', 'ExStart', null],
      ['r1', 'ospf', '192.0.2.5', '2-Way', null],
      ['r1', 'ospf', '192.0.2.6', '2-Way', null],
      ['r1', 'module', 'sfp1', 'no light', null],
      ['r1', 'module', 'sfp2', 'transmitter failed', null],
      ['r1', 'poe', 'ether2', 'short-circuit', null],
      ['r1', 'collector', 'routes', 'too slow', null],
    ]);
  });

  it('forgets what has recovered, gone or not been heard of for long', async () => {
    await polls([20, 1, 0]);
    await store.insert('bgp_peers', [
      at(1, { peer: 'recovered', established: 0 }),
      at(0, { peer: 'recovered', established: 1 }),
      at(1, { peer: 'gone', established: 0 }),
    ]);
    await store.insert('poe_ports', [at(1, { interface: 'the last one', status: 'overload' })]);
    await store.insert('collector_states', [at(20, { collector: 'routes', state: 'shed' })]);
    expect(await faults()).toEqual([]);
  });

  it('finds clocks that are off whatever the round trip, or were never set', async () => {
    const clock = (router: string, minutes: number, offset_ms: number | null, extra: TestRow = {}): TestRow =>
      at(minutes, { router, clock_ms: ago(minutes) + (offset_ms ?? 0), offset_ms, round_trip_us: 20_000, ...extra });
    const routers = ['right', 'just', 'ahead', 'behind', 'far', 'unset', 'unknown', 'mended'];
    for (const router of routers) await polls([5, 0], { router });
    await store.insert('router_clocks', [
      clock('right', 0, -999),
      // Its second is not over: it may be as little as 10 s behind.
      clock('just', 0, -11_009),
      clock('ahead', 5, 10_000),
      clock('ahead', 0, 10_011),
      clock('behind', 5, -192_000),
      clock('behind', 0, -194_000),
      clock('far', 0, 10_400, { round_trip_us: 1_000_000 }),
      clock('unset', 0, null, { clock_ms: Date.UTC(1970, 0, 2, 3) }),
      clock('unknown', 0, null),
      clock('mended', 5, 3_600_000),
      clock('mended', 0, 0),
    ]);
    expect(await faults()).toEqual([
      ['ahead', 'clock', 'clock', '10 seconds ahead of its agent', ago(0)],
      ['behind', 'clock', 'clock', '3 minutes and 14 seconds behind its agent', null],
      ['unset', 'clock', 'clock', 'never set: it shows 1970-01-02', null],
    ]);
  });

  it('says nothing about a router that is not reached', async () => {
    await polls([5, 4]);
    await polls([3, 2, 1, 0], { outcome: 'timeout', answered_collectors: null });
    await store.insert('bgp_peers', [at(4, { peer: 'p1', established: 0 })]);
    expect(await faults()).toEqual([]);
  });
});
