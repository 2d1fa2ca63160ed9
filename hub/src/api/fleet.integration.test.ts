import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createFleet } from './fleet.ts';
import { createReader } from './reader.ts';
import type { RouterSummary } from './schemas.ts';
import { interfaceRow, pollRow, startTestStore, type TestRow, type TestStore } from './testing.ts';

const NOW = Date.UTC(2026, 0, 1, 12, 0, 3);
const STEP = 10_000;
/** Start of the poll that was due `back` intervals before the newest one. */
const ago = (back: number): number => NOW - 3000 - back * STEP;

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

const readFleet = () => createFleet({ reader: createReader(store.client), now: () => NOW }).read();

async function summaries(): Promise<RouterSummary[]> {
  return (await readFleet()).routers.map(({ summary }) => summary);
}

/** Polls of one router, the newest last: true answered. */
function history(router: string, answers: readonly boolean[], extra: TestRow = {}): TestRow[] {
  return answers.map((answered, index) =>
    pollRow({
      router,
      ts: ago(answers.length - 1 - index),
      outcome: answered ? 'ok' : 'timeout',
      error: answered ? '' : 'no answer',
      interface_rows: answered ? 1 : 0,
      ...extra,
    }),
  );
}

describe('the ports that carry most', () => {
  it('are ten of all routers, by their busier direction, and none without a rate', async () => {
    const ports = [...Array(15).keys()].map((index) => ({
      router: index % 7 === 6 ? 'r1' : 'r0',
      interface: `ether${String(index).padStart(2, '0')}`,
      index,
    }));
    await store.insert(
      'polls',
      ['r0', 'r1'].flatMap((router) => history(router, [true, true])),
    );
    await store.insert(
      'interface_counters',
      ports.flatMap(({ index, ...port }) => [
        interfaceRow({ ...port, ts: ago(1), rx_bytes: 0, tx_bytes: 0 }),
        // Odd ports receive, even ones send; the two of a pair are equally busy.
        interfaceRow({ ...port, ts: ago(0), ...busy(index) }),
      ]),
    );
    await store.insert('interface_counters', [
      interfaceRow({ router: 'r0', interface: 'new', ts: ago(0), rx_bytes: 1e9, tx_bytes: 1e9 }),
    ]);
    const { talkers } = await readFleet();
    expect(talkers.map(({ router, interface: port, rx_bps, tx_bps }) => [router, port, rx_bps, tx_bps])).toEqual([
      ['r0', 'ether14', 0, 6400],
      ['r0', 'ether12', 0, 5600],
      ['r1', 'ether13', 5600, 0],
      ['r0', 'ether10', 0, 4800],
      ['r0', 'ether11', 4800, 0],
      ['r0', 'ether08', 0, 4000],
      ['r0', 'ether09', 4000, 0],
      ['r0', 'ether07', 3200, 0],
      ['r1', 'ether06', 0, 3200],
      ['r0', 'ether04', 0, 2400],
    ]);
  });

  it('are none where nothing is polled', async () => {
    expect((await readFleet()).talkers).toEqual([]);
  });
});

/** Counters after a step in which the pair's direction grew. */
function busy(index: number): TestRow {
  const bytes = (Math.floor(index / 2) + 1) * 1000;
  return index % 2 === 1 ? { rx_bytes: bytes, tx_bytes: 0 } : { rx_bytes: 0, tx_bytes: bytes };
}

describe('router states', () => {
  it('follow the newest polls, with the start of the state', async () => {
    await store.insert('polls', [
      ...history('down', [true, true, false, false, false]),
      ...history('suspect', [true, true, true, true, false]),
      ...history('up', [true, false, false, true, true]),
      ...history('silent', [true, true, true]).map((row) => ({ ...row, ts: Number(row['ts']) - 60_000 })),
    ]);
    const routers = await summaries();
    expect(
      routers.map(({ router, state, since_ms, answered_at_ms, outcome }) => [router, state, since_ms, answered_at_ms, outcome]),
    ).toEqual([
      ['down', 'down', ago(2), ago(3), 'timeout'],
      ['silent', 'unknown', ago(6), ago(6), 'ok'],
      ['suspect', 'suspect', ago(0), ago(1), 'timeout'],
      ['up', 'up', ago(1), ago(0), 'ok'],
    ]);
  });

  it('say since when a router is down beyond the window of the newest polls', async () => {
    await store.insert('polls', history('r1', [true, ...Array<boolean>(200).fill(false)]));
    const [router] = await summaries();
    expect(router).toMatchObject({ state: 'down', since_ms: ago(199), answered_at_ms: ago(200) });
  });

  it('say since when a router is down that never answered', async () => {
    await store.insert('polls', [...history('long', Array<boolean>(200).fill(false)), ...history('new', [false, false, false])]);
    expect((await summaries()).map(({ router, state, since_ms }) => [router, state, since_ms])).toEqual([
      ['long', 'down', ago(199)],
      ['new', 'down', ago(2)],
    ]);
  });

  it('say since when a router is up again', async () => {
    await store.insert('polls', history('r1', [true, true, false, ...Array<boolean>(200).fill(true)]));
    expect((await summaries())[0]).toMatchObject({ state: 'up', since_ms: ago(199) });
  });

  it('do not change when the polls come twice and in another order', async () => {
    const rows = [...history('r1', [true, false, false]), ...history('r2', [false, true])];
    await store.insert('polls', rows);
    const once = await summaries();
    await store.insert('polls', rows.toReversed());
    expect(await summaries()).toEqual(once);
    expect(once.map(({ state }) => state)).toEqual(['suspect', 'up']);
  });

  it('keep a router that nobody polls any more as unknown', async () => {
    await store.insert(
      'polls',
      history('r1', [true]).map((row) => ({ ...row, ts: NOW - 40 * 24 * 3600_000 })),
    );
    expect(await summaries()).toMatchObject([
      { router: 'r1', state: 'unknown', polled_at_ms: NOW - 40 * 24 * 3600_000, agent: 'a1' },
    ]);
  });

  it('never take a time in the future for now', async () => {
    const nextYear = NOW + 365 * 24 * 3600_000;
    await store.insert('polls', [
      ...history('r1', [true, false, false, false]),
      pollRow({ router: 'r1', ts: nextYear }),
      pollRow({ router: 'r2', ts: nextYear }),
    ]);
    await store.insert('device_resources', [
      { site: 'fra1', router: 'r1', agent: 'a1', ts: nextYear, cpu_load_pct: 99, version: '7.15' },
      { site: 'fra1', router: 'r1', agent: 'a1', ts: ago(3), cpu_load_pct: 7, version: '7.15' },
    ]);
    const [first, second] = await summaries();
    expect(first).toMatchObject({ state: 'down', since_ms: ago(2), polled_at_ms: ago(0), answered_at_ms: ago(3) });
    expect(second).toMatchObject({ state: 'unknown', polled_at_ms: null, answered_at_ms: null });
  });

  it('keep names, versions and answers current after one row from the future', async () => {
    const nextYear = NOW + 365 * 24 * 3600_000;
    const device = (ts: number, version: string): TestRow => ({
      site: 'fra1',
      router: 'r1',
      agent: 'a1',
      ts,
      version,
      board: version,
    });
    const named = (ts: number, identity: string): TestRow => ({ site: 'fra1', router: 'r1', agent: 'a1', ts, identity });
    await store.insert('device_resources', [device(nextYear, 'future')]);
    await store.insert('router_identities', [named(nextYear, 'future')]);
    await store.insert('polls', [pollRow({ ts: nextYear, address: 'future' })]);
    // Nothing better is known yet.
    expect(await summaries()).toMatchObject([{ state: 'unknown', version: 'future', identity: 'future', polled_at_ms: null }]);
    const before = NOW - 8 * 3600_000;
    await store.insert('device_resources', [device(before - STEP, '7.14'), device(before, '7.15')]);
    await store.insert('router_identities', [named(before - STEP, 'old'), named(before, 'new')]);
    await store.insert('polls', [pollRow({ ts: before - STEP, address: 'old' }), pollRow({ ts: before, address: 'new' })]);
    expect(await summaries()).toMatchObject([
      {
        version: '7.15',
        board: '7.15',
        identity: 'new',
        state: 'unknown',
        address: 'new',
        polled_at_ms: before,
        answered_at_ms: before,
      },
    ]);
  });

  it('are those of the agent that reaches the router, when two poll it', async () => {
    await store.insert('polls', [
      ...history('r1', [false, false, false], { agent: 'a1' }),
      ...history('r1', [true, true, true], { agent: 'a2', address: '127.75.0.9:8728' }),
    ]);
    expect(await summaries()).toMatchObject([{ state: 'up', agent: 'a2', address: '127.75.0.9:8728' }]);
  });
});

describe('router values', () => {
  const samples = (router: string, rx: readonly (number | bigint | null)[], extra: TestRow = {}): TestRow[] =>
    rx.map((bytes, index) =>
      interfaceRow({ router, ts: ago(rx.length - 1 - index), rx_bytes: bytes, tx_bytes: bytes, ...extra }),
    );

  it('sum the rates of physical ports over the last two polls', async () => {
    await store.insert('polls', history('r1', [true, true, true]));
    await store.insert('interface_counters', [
      ...samples('r1', [0, 99_000, 99_000 + 1250]),
      ...samples('r1', [0, 0, 3750], { interface: 'wlan1', type: 'wlan' }),
      ...samples('r1', [0, 0, 12_500_000], { interface: 'bridge', type: 'bridge' }),
    ]);
    expect(await summaries()).toMatchObject([{ rx_bps: 4000, tx_bps: 4000 }]);
  });

  it('leave out resets, new baselines, gaps and impossible rates', async () => {
    const last = (router: string, baseline: number, bytes: number | bigint) =>
      interfaceRow({ router, ts: ago(0), rx_bytes: bytes, tx_bytes: bytes, baseline });
    for (const router of ['reset', 'reboot', 'gap', 'spike', 'good'])
      await store.insert('polls', history(router, [true, true, true, true]));
    await store.insert('interface_counters', [
      // Only what was received fell: the router may have cleared what it sent as well.
      ...samples('reset', [9000, 10_000, 5]).map((row) => ({ ...row, tx_bytes: Number(row['ts']) })),
      ...samples('reboot', [1000, 2000]).map((row) => ({ ...row, ts: Number(row['ts']) - STEP })),
      last('reboot', 2, 9000),
      interfaceRow({ router: 'gap', ts: ago(3), rx_bytes: 0, tx_bytes: 0 }),
      last('gap', 1, 9000),
      ...samples('spike', [0, 0, 10n ** 15n]),
      ...samples('good', [0, 1250, 2500]),
    ]);
    const routers = await summaries();
    const rates = Object.fromEntries(routers.map(({ router, rx_bps }) => [router, rx_bps]));
    expect(rates).toEqual({ reset: null, reboot: null, gap: null, spike: null, good: 1000 });
    expect(routers.find(({ router }) => router === 'reset')?.tx_bps).toBeNull();
  });

  it('come for any number of routers whose interfaces are read on every third visit only', async () => {
    const routers = 12_000;
    const visit = `fromUnixTimestamp64Milli(${ago(0)} - ${STEP} * intDiv(number, ${routers}), 'UTC')`;
    const who = `'a-site-with-a-long-name' AS site, concat('router-with-a-long-name-', toString(number % ${routers})) AS router, 'a1' AS agent`;
    await store.client.command({
      query: `INSERT INTO polls (ts, site, router, agent, outcome, interval_ms, interface_rows)
        SELECT ${visit}, ${who}, 'ok', ${STEP}, intDiv(number, ${routers}) % 3 = 0 FROM numbers(${9 * routers})`,
    });
    await store.client.command({
      query: `INSERT INTO interface_counters (ts, site, router, agent, interface, type, rx_bytes, tx_bytes)
        SELECT ${visit}, ${who}, 'ether1', 'ether', 1000000 - 1250 * intDiv(number, ${routers}), 0
        FROM numbers(${9 * routers}) WHERE intDiv(number, ${routers}) % 3 = 0`,
    });
    const snapshot = await readFleet();
    expect(snapshot.routers).toHaveLength(routers);
    expect(new Set(snapshot.routers.map(({ summary }) => summary.rx_bps))).toEqual(new Set([1000]));
    expect(new Set(snapshot.routers.map(({ sampleIntervalMs }) => sampleIntervalMs))).toEqual(new Set([3 * STEP]));
  });

  it('do not bridge a gap because a retired agent polled seldom', async () => {
    await store.insert('polls', [
      ...history('r1', [true, true, true, true, true]),
      pollRow({ ts: NOW - 2 * 3600_000, agent: 'retired', interval_ms: 300_000 }),
    ]);
    await store.insert('interface_counters', [
      interfaceRow({ ts: ago(4), rx_bytes: 0, tx_bytes: 0 }),
      interfaceRow({ ts: ago(0), rx_bytes: 5000, tx_bytes: 5000 }),
    ]);
    expect(await summaries()).toMatchObject([{ agent: 'a1', rx_bps: null }]);
  });

  it('do not double when two agents poll the router', async () => {
    await store.insert('polls', [...history('r1', [true, true, true]), ...history('r1', [true, true, true], { agent: 'a2' })]);
    await store.insert('interface_counters', [
      ...samples('r1', [0, 1250, 2500]),
      ...samples('r1', [0, 1250, 2500], { agent: 'a2' }),
    ]);
    expect(await summaries()).toMatchObject([{ rx_bps: 1000 }]);
  });

  it('come from the newest device row, and a newest NULL reads as NULL', async () => {
    await store.insert('polls', history('r1', [true, true]));
    await store.insert('device_resources', [
      {
        site: 'fra1',
        router: 'r1',
        agent: 'a1',
        ts: ago(1),
        cpu_load_pct: 80,
        memory_total_bytes: 1000,
        memory_free_bytes: 250,
        version: '7.15',
        board: 'RB5009',
        architecture: 'arm64',
      },
      {
        site: 'fra1',
        router: 'r1',
        agent: 'a1',
        ts: ago(0),
        cpu_load_pct: null,
        memory_total_bytes: 1000,
        memory_free_bytes: 250,
        version: '7.15',
        board: 'RB5009',
        architecture: 'arm64',
      },
    ]);
    await store.insert('router_identities', [{ site: 'fra1', router: 'r1', agent: 'a1', ts: ago(0), identity: 'core' }]);
    expect(await summaries()).toMatchObject([
      { cpu_load_pct: null, memory_used_ratio: 0.75, identity: 'core', board: 'RB5009', version: '7.15' },
    ]);
  });

  it('say nothing current about a router that is down', async () => {
    await store.insert('polls', history('r1', [true, false, false, false]));
    await store.insert('device_resources', [
      { site: 'fra1', router: 'r1', agent: 'a1', ts: ago(3), cpu_load_pct: 80, uptime_ms: 1000, version: '7.15' },
    ]);
    await store.insert(
      'interface_counters',
      samples('r1', [0, 1250]).map((row) => ({ ...row, ts: Number(row['ts']) - 3 * STEP })),
    );
    expect(await summaries()).toMatchObject([
      { state: 'down', cpu_load_pct: null, uptime_ms: null, rx_bps: null, version: '7.15' },
    ]);
  });

  it('tell an access point without clients from a router without radios', async () => {
    await store.insert('polls', [
      ...history('ap', [true, true, true]).map((row, index) => ({ ...row, radio_client_rows: index === 2 ? 0 : 5 })),
      ...history('core', [true, true, true]),
    ]);
    const clients = Object.fromEntries((await summaries()).map(({ router, radio_clients }) => [router, radio_clients]));
    expect(clients).toEqual({ ap: 0, core: null });
  });
});
