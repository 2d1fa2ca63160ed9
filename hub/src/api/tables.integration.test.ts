import { Collector } from '@poplar/proto/telemetry/v1/payload';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { createFleet } from './fleet.ts';
import { type FleetRouter, keyOf } from './fleet-routers.ts';
import {
  bgpPeers,
  clock,
  modems,
  neighbors,
  ospfNeighbors,
  queues,
  type RouterTable,
  radios,
  w60gLinks,
  watchedHosts,
} from './queries/router-tables.ts';
import { createReader } from './reader.ts';
import { readCollectors, readCounts, readPorts, readTable, type TableNow } from './tables.ts';
import { pollRow, startTestStore, type TestRow, type TestStore } from './testing.ts';

const NOW = Date.UTC(2026, 0, 1, 12, 0, 30);
const MINUTE = 60_000;
/** Start of the poll so many minutes ago; some lie in the hour before. */
const ago = (minutes: number): number => NOW - 3000 - minutes * MINUTE;
const signal = new AbortController().signal;
const OF_ROUTER = { site: 'fra1', router: 'r1', agent: 'a1', rank: 1 };

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

const bits = (...collectors: readonly number[]): bigint => collectors.reduce((all, bit) => all | (1n << BigInt(bit)), 0n);

/** A poll in which the router answered these collectors. */
function answered(minutesAgo: number, collectors: readonly number[], extra: TestRow = {}): TestRow {
  return pollRow({ ts: ago(minutesAgo), interval_ms: MINUTE, answered_collectors: bits(...collectors), ...extra });
}

async function router(): Promise<FleetRouter> {
  const fleet = await createFleet({ reader: createReader(store.client), now: () => NOW }).read();
  const found = fleet.byKey.get(keyOf('fra1', 'r1'));
  return found ?? Promise.reject(new Error('the router is missing'));
}

async function read<Row extends z.ZodType>(table: RouterTable<Row>): Promise<TableNow<z.output<Row>>> {
  return readTable(createReader(store.client), await router(), table, signal);
}

describe('a table of a router', () => {
  it('is what the newest poll that read it found, however long ago that was', async () => {
    await store.insert('polls', [
      answered(40, [Collector.NEIGHBORS]),
      answered(35, [Collector.NEIGHBORS]),
      answered(30, [Collector.RESOURCE]),
      answered(0, [Collector.RESOURCE]),
    ]);
    const neighbor = { ...OF_ROUTER, interface: 'ether1', port: 'ether24', identity: 'sw1', uptime_ms: 5000 };
    await store.insert('neighbors', [
      { ...neighbor, ts: ago(40), mac: 0x020000000001n },
      { ...neighbor, ts: ago(40), mac: 0x020000000002n },
      { ...neighbor, ts: ago(35), mac: 0x020000000002n },
      { ...neighbor, ts: ago(35), mac: 0x020000000002n },
      { ...neighbor, ts: ago(35), mac: 0x020000000003n, router: 'r2' },
    ]);
    const { polled_at_ms, rows } = await read(neighbors);
    expect(polled_at_ms).toBe(ago(35));
    expect(rows.map(({ mac }) => mac)).toEqual(['02:00:00:00:00:02']);
    expect(rows[0]).toMatchObject({ interface: 'ether1', port: 'ether24', identity: 'sw1', uptime_ms: 5000, age_ms: null });
  });

  it('is empty, with its time, when the router has nothing of the kind', async () => {
    await store.insert('polls', [answered(1, [Collector.OSPF]), answered(0, [Collector.OSPF])]);
    await store.insert('ospf_neighbors', [{ ...OF_ROUTER, ts: ago(1), address: '192.0.2.1', state: 'Full' }]);
    expect(await read(ospfNeighbors)).toEqual({ polled_at_ms: ago(0), rows: [] });
  });

  it('has no time when nobody asked, or when an answer stopped half way', async () => {
    await store.insert('polls', [
      answered(1, [Collector.RESOURCE], { answered_collectors: null }),
      answered(0, [Collector.RESOURCE], { outcome: 'partial' }),
    ]);
    await store.insert('bgp_peers', [{ ...OF_ROUTER, ts: ago(0), peer: 'p1', established: 1 }]);
    expect(await read(bgpPeers)).toEqual({ polled_at_ms: null, rows: [] });
  });

  it('is that of the agent whose answer is the newest', async () => {
    await store.insert('polls', [answered(1, [Collector.NETWATCH]), answered(0, [Collector.NETWATCH], { agent: 'a2' })]);
    const host = { ...OF_ROUTER, host: '192.0.2.9', type: 'icmp' };
    await store.insert('netwatch_hosts', [
      { ...host, ts: ago(1), status: 'up' },
      { ...host, ts: ago(0), status: 'down', agent: 'a2', rtt_avg_us: 1500, disabled: 0 },
      { ...host, ts: ago(0), status: 'unknown', agent: 'a1' },
    ]);
    const { rows } = await read(watchedHosts);
    expect(rows).toMatchObject([{ host: '192.0.2.9', status: 'down', rtt_avg_us: 1500, disabled: false, http_status: null }]);
  });

  it('judges the clock of the router by what the round trip allows', async () => {
    const judged = async (row: TestRow) => {
      await store.clear();
      await store.insert('polls', [answered(0, [Collector.CLOCK])]);
      await store.insert('router_clocks', [{ ...OF_ROUTER, ts: ago(0), time_zone: 'UTC', gmt_offset_s: 0, ...row }]);
      return (await read(clock)).rows;
    };
    const clock_ms = ago(0) - (ago(0) % 1000);
    expect(await judged({ clock_ms, offset_ms: -400, round_trip_us: 21_500 })).toEqual([
      { state: 'right', offset_ms: -400, round_trip_ms: 21.5, clock_ms, time_zone: 'UTC', gmt_offset_s: 0 },
    ]);
    expect(await judged({ clock_ms, offset_ms: 60_000, round_trip_us: 21_500 })).toMatchObject([{ state: 'off' }]);
    expect(await judged({ clock_ms, offset_ms: -11_005, round_trip_us: 10_000 })).toMatchObject([{ state: 'right' }]);
    expect(await judged({ clock_ms, offset_ms: -11_006, round_trip_us: 10_000 })).toMatchObject([{ state: 'off' }]);
    expect(await judged({ clock_ms: 86_400_000, offset_ms: null, gmt_offset_s: -18_000 })).toMatchObject([
      { state: 'never_set', offset_ms: null, round_trip_ms: null, gmt_offset_s: -18_000 },
    ]);
    expect(await judged({ clock_ms: null, offset_ms: null, gmt_offset_s: null })).toMatchObject([
      { state: 'unknown', clock_ms: null, gmt_offset_s: null },
    ]);
  });

  it('tells absent values from zero and from false', async () => {
    await store.insert('polls', [answered(0, [Collector.RADIOS, Collector.MODEMS, Collector.W60G, Collector.BGP])]);
    const at = { ...OF_ROUTER, ts: ago(0) };
    await store.insert('radios', [
      { ...at, interface: 'wlan1', mac: 0x020000000001n, running: 1, disabled: 0, noise_floor_dbm: -105, registered_clients: 0 },
      { ...at, interface: 'wlan2', mac: null, running: null, disabled: null },
    ]);
    await store.insert('modems', [{ ...at, interface: 'lte1', roaming: 0, rsrp_dbm: -96.5, cell_id: 12_345_678n }]);
    await store.insert('w60g_links', [
      { ...at, interface: 'wlan60-1', connected: 1, remote_mac: 0x02aa00000001n, distance_m: 812.4 },
    ]);
    await store.insert('bgp_peers', [{ ...at, peer: 'p1', remote_as: 64_512, established: 0, disabled: null, prefixes: 0 }]);
    const [wireless, lte, links, peers] = await Promise.all([read(radios), read(modems), read(w60gLinks), read(bgpPeers)]);
    expect(wireless.rows).toMatchObject([
      {
        interface: 'wlan1',
        mac: '02:00:00:00:00:01',
        running: true,
        disabled: false,
        noise_floor_dbm: -105,
        registered_clients: 0,
      },
      { interface: 'wlan2', mac: null, running: null, disabled: null, noise_floor_dbm: null, registered_clients: null },
    ]);
    expect(lte.rows).toMatchObject([
      { interface: 'lte1', roaming: false, rsrp_dbm: -96.5, nr_rsrp_dbm: null, cell_id: 12_345_678 },
    ]);
    expect(links.rows).toMatchObject([{ connected: true, remote_mac: '02:AA:00:00:00:01', distance_m: 812.4 }]);
    expect(peers.rows).toMatchObject([{ remote_as: 64_512, established: false, disabled: null, prefixes: 0, uptime_ms: null }]);
  });
});

describe('queues', () => {
  const queue = (minutesAgo: number, name: string, up: number | null, down: number | null, extra: TestRow = {}): TestRow => ({
    ...OF_ROUTER,
    ts: ago(minutesAgo),
    queue: name,
    baseline: 1,
    upload_bytes: up,
    download_bytes: down,
    ...extra,
  });

  async function rates(): Promise<(string | number | null)[][]> {
    const { rows } = await read(queues);
    return rows.map((row) => [row.queue, row.upload_bps, row.download_bps]);
  }

  it('have the rates between the last two answers, and none across a reset', async () => {
    await store.insert(
      'polls',
      [2, 1, 0].map((minutes) => answered(minutes, [Collector.QUEUES])),
    );
    await store.insert('queues', [
      queue(2, 'steady', 0, 0),
      queue(1, 'steady', 750_000, 7_500_000),
      queue(0, 'steady', 1_500_000, 22_500_000),
      queue(1, 'reset', 9_000_000, 750_000),
      queue(0, 'reset', 100, 1_500_000),
      queue(1, 'made anew', 0, 0),
      queue(0, 'made anew', 750_000, 750_000, { baseline: 2 }),
      queue(0, 'new', 10, 10),
      queue(1, 'silent', null, 5),
      queue(0, 'silent', null, 750_005),
      queue(1, 'gone', 1, 1),
      queue(0, 'impossible', 2 ** 50, 1),
      queue(1, 'impossible', 0, 1),
    ]);
    expect(await rates()).toEqual([
      ['impossible', null, 0],
      ['made anew', null, null],
      ['new', null, null],
      ['reset', null, 100_000],
      ['silent', null, 100_000],
      ['steady', 100_000, 2_000_000],
    ]);
  });

  it('have none when the answers lie too far apart or the router does not answer any more', async () => {
    await store.insert('polls', [answered(20, [Collector.QUEUES]), answered(0, [Collector.QUEUES])]);
    await store.insert('queues', [queue(20, 'q1', 0, 0), queue(0, 'q1', 750_000, 750_000)]);
    expect(await rates()).toEqual([['q1', null, null]]);
    await store.clear();
    const failed = [2, 1, 0].map((minutes) => answered(minutes, [], { outcome: 'timeout', answered_collectors: null }));
    await store.insert('polls', [answered(4, [Collector.QUEUES]), answered(3, [Collector.QUEUES]), ...failed]);
    await store.insert('queues', [queue(4, 'q1', 0, 0), queue(3, 'q1', 750_000, 750_000)]);
    expect(await rates()).toEqual([['q1', null, null]]);
  });
});

describe('readPorts', () => {
  it('joins what a port is with what it feeds, each from its own newest answer', async () => {
    await store.insert('polls', [answered(1, [Collector.ETHERNET, Collector.POE]), answered(0, [Collector.ETHERNET])]);
    const port = { ...OF_ROUTER, ts: ago(0), status: 'link-ok', rate_bps: 1_000_000_000, full_duplex: 1 };
    await store.insert('ethernet_ports', [
      { ...port, interface: 'ether1' },
      { ...port, interface: 'sfp1', module_present: 1, module_rx_loss: 0, module_rx_power_dbm: -4.5, module_type: 'SFP' },
    ]);
    const feeding = { ...OF_ROUTER, ts: ago(1), mode: 'auto-on', status: 'powered-on', power_w: 5.1 };
    await store.insert('poe_ports', [
      { ...feeding, interface: 'ether1' },
      { ...feeding, interface: 'ether2', status: 'waiting-for-load', power_w: null },
    ]);
    const ports = await readPorts(createReader(store.client), await router(), signal);
    expect(ports).toMatchObject({
      polled_at_ms: ago(0),
      poe_polled_at_ms: ago(1),
      rows: [
        { interface: 'ether1', speed_bps: 1_000_000_000, full_duplex: true, module_present: null, poe: { power_w: 5.1 } },
        { interface: 'sfp1', module_present: true, module_rx_loss: false, module_rx_power_dbm: -4.5, poe: null },
        { interface: 'ether2', status: '', speed_bps: null, poe: { status: 'waiting-for-load', power_w: null } },
      ],
    });
  });
});

describe('readCounts', () => {
  it('gives the newest count of each table and the last one of every five minutes', async () => {
    await store.insert('polls', [answered(0, [Collector.ARP])]);
    const count = (minutes: number, counted: string, entries: number): TestRow => ({
      ...OF_ROUTER,
      ts: ago(minutes),
      counted,
      entries,
    });
    await store.insert('table_counts', [
      count(7, 'arp_entries', 10),
      count(6, 'arp_entries', 11),
      count(1, 'arp_entries', 12),
      count(181, 'connections', 7),
      count(2, 'routes_active', 900_000),
    ]);
    const counts = await readCounts(createReader(store.client), await router(), signal);
    const five = (minutes: number): number => Math.floor(ago(minutes) / 300_000) * 300_000;
    expect(counts).toEqual([
      {
        counted: 'arp_entries',
        entries: 12,
        polled_at_ms: ago(1),
        history: [
          { ts_ms: five(6), entries: 11 },
          { ts_ms: five(1), entries: 12 },
        ],
      },
      { counted: 'routes_active', entries: 900_000, polled_at_ms: ago(2), history: [{ ts_ms: five(2), entries: 900_000 }] },
    ]);
  });
});

describe('readCollectors', () => {
  it('says what was answered, what it costs, and what is left alone and why', async () => {
    await store.insert('polls', [
      answered(2, [Collector.BGP], { bgp_peer_rows: 4 }),
      answered(1, [Collector.BGP, Collector.CONNECTIONS], { bgp_peer_rows: 3 }),
      answered(0, []),
    ]);
    const report = (minutes: number, collector: string, extra: TestRow): TestRow => ({
      ...OF_ROUTER,
      ts: ago(minutes),
      collector,
      state: 'running',
      interval_ms: MINUTE,
      ...extra,
    });
    await store.insert('collector_states', [
      report(100, 'bgp', { runs: 5, duration_us: 50_000, duration_max_us: 30_000 }),
      report(10, 'bgp', { runs: 5, duration_us: 10_000, duration_max_us: 4000 }),
      report(100, 'routes', { state: 'running', runs: 1, duration_us: 9_000_000, duration_max_us: 9_000_000 }),
      report(90, 'routes', { state: 'shed', reason: 'took 9 s', interval_ms: 0 }),
    ]);
    expect(await readCollectors(createReader(store.client), await router(), signal)).toEqual([
      {
        collector: 'bgp',
        state: 'running',
        reason: '',
        interval_ms: MINUTE,
        answered_at_ms: ago(1),
        rows: 3,
        duration_last_ms: 2,
        duration_mean_ms: 6,
        duration_max_ms: 30,
        runs: 10,
      },
      {
        collector: 'connections',
        state: '',
        reason: '',
        interval_ms: null,
        answered_at_ms: ago(1),
        rows: null,
        duration_last_ms: null,
        duration_mean_ms: null,
        duration_max_ms: null,
        runs: 0,
      },
      {
        collector: 'routes',
        state: 'shed',
        reason: 'took 9 s',
        interval_ms: 0,
        answered_at_ms: null,
        rows: null,
        duration_last_ms: 9000,
        duration_mean_ms: 9000,
        duration_max_ms: 9000,
        runs: 1,
      },
    ]);
  });
});
