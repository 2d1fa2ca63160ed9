/** Every default rule on the real engine: it fires and clears on rows made for it, and says nothing of healthy ones. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { interfaceRow, pollRow, type TestRow } from '../api/testing.ts';
import { type AlertBench, defaultBook, startAlertBench } from './testing.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const T0 = Date.UTC(2026, 0, 15, 12, 0, 0);
const BOOK = defaultBook();

let bench: AlertBench;
beforeAll(async () => {
  bench = await startAlertBench();
});
afterAll(() => bench[Symbol.asyncDispose]());
beforeEach(() => bench.store.clear());

const IDENTITY = { site: 'fra1', router: 'r1', agent: 'a1', rank: 1 } as const;
type Series = (at: number) => TestRow[];

/** How a rule's rows look while all is well, and while it is not. */
interface Case {
  readonly table: string;
  /** Between two readings, ms. */
  readonly every: number;
  readonly healthy: Series;
  readonly broken: Series;
  readonly object?: string;
  /** How long the trouble lasts, ms. */
  readonly lasts?: number;
  readonly summary: string;
}

const device =
  (values: TestRow): Series =>
  (at) => [{ ts: at, ...IDENTITY, uptime_ms: at - T0 + 1e9, version: '7.18', ...values }];
const sensor =
  (sensor: string, values: TestRow): Series =>
  (at) => [{ ts: at, ...IDENTITY, sensor, ...values }];
const port =
  (values: TestRow): Series =>
  (at) => [{ ts: at, ...IDENTITY, baseline: 1, interface: 'sfp1', status: 'link-ok', module_present: 1, ...values }];
const peer =
  (values: TestRow): Series =>
  (at) => [{ ts: at, ...IDENTITY, baseline: 1, peer: 'transit', remote_address: '192.0.2.1', ...values }];
const client =
  (signal: number): Series =>
  (at) => [{ ts: at, ...IDENTITY, baseline: 1, interface: 'wlan1', mac: 0x4c5e0c000001, radio_name: 'cpe1', signal_dbm: signal }];
const counters =
  (values: (at: number) => TestRow): Series =>
  (at) => [interfaceRow({ ...values(at), ts: at })];
/** Steps of ten seconds since the trouble began. */
const steps = (at: number): number => (at - T0) / (10 * SECOND);

const CASES: Readonly<Record<string, Case>> = {
  router_down: {
    table: 'polls',
    every: 10 * SECOND,
    healthy: (at) => [pollRow({ ts: at })],
    broken: (at) => [pollRow({ ts: at, outcome: 'timeout', error: 'no answer' })],
    summary: 'Router r1 of fra1 is down: timeout no answer',
  },
  site_down: {
    table: 'polls',
    every: 10 * SECOND,
    healthy: (at) => ['r1', 'r2', 'r3'].map((router) => pollRow({ ts: at, router })),
    broken: (at) => ['r1', 'r2', 'r3'].map((router) => pollRow({ ts: at, router, outcome: 'timeout' })),
    summary: 'Site fra1 is down: 3 of 3 routers do not answer',
  },
  cpu_high: {
    table: 'device_resources',
    every: 10 * SECOND,
    healthy: device({ cpu_load_pct: 70 }),
    broken: device({ cpu_load_pct: 96 }),
    summary: 'CPU of r1 at 96 %',
  },
  memory_high: {
    table: 'device_resources',
    every: 10 * SECOND,
    healthy: device({ memory_total_bytes: 1000, memory_free_bytes: 300 }),
    broken: device({ memory_total_bytes: 1000, memory_free_bytes: 30 }),
    summary: 'Memory of r1 used to 97 %',
  },
  disk_full: {
    table: 'device_resources',
    every: 10 * SECOND,
    healthy: device({ disk_total_bytes: 1000, disk_free_bytes: 100 }),
    broken: device({ disk_total_bytes: 1000, disk_free_bytes: 5 }),
    summary: 'Flash of r1 used to 99.5 %',
  },
  temperature_high: {
    table: 'sensors',
    every: MINUTE,
    healthy: sensor('cpu-temperature', { value: 55, unit: 'C' }),
    broken: sensor('cpu-temperature', { value: 85, unit: 'C' }),
    object: 'cpu-temperature',
    summary: 'cpu-temperature of r1 at 85 °C',
  },
  voltage_low: {
    table: 'sensors',
    every: MINUTE,
    healthy: sensor('voltage', { value: 24.2, unit: 'V' }),
    broken: sensor('voltage', { value: 21, unit: 'V' }),
    object: 'voltage',
    summary: 'voltage of r1 at 21 V, 12.5 % below 24 V',
  },
  hardware_failed: {
    table: 'sensors',
    every: MINUTE,
    healthy: sensor('psu1-state', { state: 'ok' }),
    broken: sensor('psu1-state', { state: 'fail' }),
    object: 'psu1-state',
    summary: 'psu1-state of r1 has failed',
  },
  signal_weak: {
    table: 'radio_clients',
    every: 10 * SECOND,
    healthy: client(-65),
    broken: client(-84),
    object: 'wlan1 4C:5E:0C:00:00:01',
    lasts: 15 * MINUTE,
    summary: 'wlan1 4C:5E:0C:00:00:01 cpe1 at r1 with -84 dBm',
  },
  link_errors: {
    table: 'interface_counters',
    every: 10 * SECOND,
    healthy: counters((at) => ({ rx_errors: at < T0 ? 5 : 1_000_000, tx_errors: 0 })),
    broken: counters((at) => ({ rx_errors: 5 + 100 * (steps(at) + 1), tx_errors: 0 })),
    object: 'ether1',
    summary: 'ether1 of r1 has 600 errors a minute',
  },
  link_flapping: {
    table: 'interface_counters',
    every: 10 * SECOND,
    healthy: counters((at) => ({ link_downs: at < T0 ? 5 : 65 })),
    broken: counters((at) => ({ link_downs: 5 + steps(at) + 1 })),
    object: 'ether1',
    summary: 'ether1 of r1 went down 10 times in 10 minutes',
  },
  optics_weak: {
    table: 'ethernet_ports',
    every: MINUTE,
    healthy: port({ module_rx_power_dbm: -9 }),
    broken: port({ module_rx_power_dbm: -28.5 }),
    object: 'sfp1',
    summary: 'sfp1 of r1 receives -28.5 dBm',
  },
  optics_failed: {
    table: 'ethernet_ports',
    every: MINUTE,
    healthy: port({ module_tx_fault: 0 }),
    broken: port({ module_tx_fault: 1 }),
    object: 'sfp1',
    summary: 'The transmitter of sfp1 of r1 has failed',
  },
  bgp_down: {
    table: 'bgp_peers',
    every: MINUTE,
    healthy: peer({ established: 1, state: 'established' }),
    broken: peer({ established: 0, state: 'active' }),
    object: 'transit',
    summary: 'BGP session transit of r1 is down: active',
  },
  rebooted: {
    table: 'device_resources',
    every: 10 * SECOND,
    healthy: (at) => device({ uptime_ms: at < T0 ? at - T0 + 1e9 : at - T0 })(at),
    broken: device({ uptime_ms: 0 }),
    lasts: 10 * SECOND,
    summary: 'r1 of fra1 has rebooted',
  },
  version_changed: {
    table: 'device_resources',
    every: 10 * SECOND,
    healthy: (at) => device({ version: at < T0 ? '7.18' : '7.20' })(at),
    broken: device({ version: '7.20' }),
    lasts: 10 * SECOND,
    summary: 'r1 of fra1 went from 7.18 to 7.20',
  },
};

const LASTS = 10 * MINUTE;
const AFTER = 25 * MINUTE;

async function insert({ table, every }: Case, series: Series, fromMs: number, toMs: number): Promise<void> {
  const rows: TestRow[] = [];
  for (let at = fromMs; at < toMs; at += every) rows.push(...series(at));
  await bench.store.insert(table, rows);
}

/** Evaluates one rule at some moments, as a hub that is slow to come round. */
async function evaluate(fromMs: number, toMs: number, only: string): Promise<void> {
  const rules = BOOK.rules.filter(({ name }) => name === only);
  const hub = bench.evaluator({ rules, maintenance: [] });
  for (let at = fromMs; at < toMs; at += 150 * SECOND) await hub.at(at + 5 * SECOND);
  await hub.at(toMs + 5 * SECOND);
}

describe('default rules', () => {
  it('all have a test here', () => {
    expect([...Object.keys(CASES), 'agent_silent'].toSorted()).toEqual(BOOK.rules.map(({ name }) => name).toSorted());
  });

  it.each(Object.entries(CASES))('%s fires and clears', { timeout: 60_000 }, async (rule, of) => {
    const { lasts = LASTS, healthy, broken, object = '', summary } = of;
    await insert(of, healthy, T0 - 30 * MINUTE, T0);
    await insert(of, broken, T0, T0 + lasts);
    const subject = { rule, site: 'fra1', object };
    await evaluate(T0 - MINUTE, T0 + lasts, rule);
    const [opened, ...others] = await bench.incidents();
    expect(others).toEqual([]);
    expect(opened).toMatchObject({ ...subject, closed_ms: null, summary, announced: 1 });
    expect(opened?.started_ms).toBeGreaterThanOrEqual(T0);
    expect(opened?.started_ms).toBeLessThan(T0 + MINUTE);
    await insert(of, healthy, T0 + lasts, T0 + lasts + AFTER);
    await evaluate(T0 + lasts, T0 + lasts + AFTER, rule);
    const [closed, ...more] = await bench.incidents();
    expect(more).toEqual([]);
    expect(closed).toMatchObject({ ...subject, id: opened?.id, close_reason: 'cleared', announced: 2 });
    expect(closed?.closed_ms).toBeGreaterThanOrEqual(T0 + lasts - MINUTE);
    expect(closed?.closed_ms).toBeLessThan(T0 + lasts + 12 * MINUTE);
  });

  it('agent_silent fires and clears', { timeout: 60_000 }, async () => {
    const batch = (at: number, sequence: number): TestRow => ({
      agent: 'a1',
      epoch: 1,
      sequence,
      content_hash: sequence,
      state: 2,
      sealed_at: at - 500,
      received_at: at,
      stored_at: at,
      clock_offset_ms: 0,
      polls: 1,
    });
    await bench.store.insert('polls', [pollRow({ ts: T0 - MINUTE })]);
    await bench.store.insert('batches', [batch(T0 - MINUTE, 1), batch(T0, 2)]);
    await evaluate(T0, T0 + MINUTE, 'agent_silent');
    expect(await bench.incidents()).toEqual([]);
    await evaluate(T0 + 2 * MINUTE, T0 + 3 * MINUTE, 'agent_silent');
    expect(await bench.incidents()).toMatchObject([
      { rule: 'agent_silent', site: 'fra1', router: '', object: 'a1', started_ms: T0, closed_ms: null, announced: 1 },
    ]);
    await bench.store.insert('batches', [batch(T0 + 10 * MINUTE, 3)]);
    await evaluate(T0 + 10 * MINUTE, T0 + 10 * MINUTE, 'agent_silent');
    expect(await bench.incidents()).toMatchObject([
      { started_ms: T0, closed_ms: T0 + 10 * MINUTE, close_reason: 'cleared', announced: 2 },
    ]);
  });

  it('say nothing of healthy rows', { timeout: 60_000 }, async () => {
    const healthyFrom = T0 - 30 * MINUTE;
    // Rows of one table that say all that its rules ask.
    const series: readonly (readonly [string, number, Series])[] = [
      [
        'polls',
        10 * SECOND,
        (at) => ['r1', 'r2'].map((router) => pollRow({ ts: at, router, outcome: steps(at) % 30 === 0 ? 'timeout' : 'ok' })),
      ],
      [
        'device_resources',
        10 * SECOND,
        device({ cpu_load_pct: 89, memory_total_bytes: 100, memory_free_bytes: 20, disk_total_bytes: 100, disk_free_bytes: 5 }),
      ],
      ['sensors', MINUTE, sensor('cpu-temperature', { value: 70, unit: 'C' })],
      ['sensors', MINUTE, sensor('voltage', { value: 12.1, unit: 'V' })],
      ['sensors', MINUTE, sensor('fan1-state', { state: 'ok' })],
      ['radio_clients', 10 * SECOND, client(-79)],
      [
        'interface_counters',
        10 * SECOND,
        counters((at) => ({
          rx_errors: Math.floor((at - healthyFrom) / MINUTE),
          tx_errors: 3,
          link_downs: at < T0 - 15 * MINUTE ? 1 : 2,
        })),
      ],
      ['ethernet_ports', MINUTE, port({ module_rx_power_dbm: -22, module_tx_fault: 0 })],
      ['ethernet_ports', MINUTE, (at) => port({ interface: 'sfp2', status: 'no-link', module_rx_power_dbm: -40 })(at)],
      ['bgp_peers', MINUTE, peer({ established: 1, state: 'established' })],
      ['bgp_peers', MINUTE, peer({ peer: 'off', established: 0, state: 'idle', disabled: 1 })],
    ];
    for (const [table, every, rows] of series) {
      const all: TestRow[] = [];
      for (let at = healthyFrom; at < T0; at += every) all.push(...rows(at));
      await bench.store.insert(table, all);
    }
    await bench.store.insert('batches', [
      {
        agent: 'a1',
        epoch: 1,
        sequence: 1,
        content_hash: 1,
        state: 2,
        sealed_at: T0 - 2000,
        received_at: T0 - 1000,
        stored_at: T0 - 900,
        clock_offset_ms: 0,
        polls: 1,
      },
    ]);
    const hub = bench.evaluator(BOOK);
    for (let at = T0 - 5 * MINUTE; at <= T0; at += MINUTE) await hub.at(at);
    expect(await bench.incidents()).toEqual([]);
    const states = await bench.store.client.query({
      query: "SELECT rule, error FROM alert_rule_states FINAL WHERE error != '' ORDER BY rule",
      format: 'JSONEachRow',
    });
    expect(await states.json()).toEqual([]);
  });
});
