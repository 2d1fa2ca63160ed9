/** Whatever befalls counters, no view and no answer tells of more than the link can carry: all of them are found by themselves. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { rebuild } from '../rollup/rebuild.ts';
import { createRollupStore } from '../rollup/store.ts';
import { createReader } from './reader.ts';
import { readSeries } from './series.ts';
import { interfaceRow, pollRow, startTestStore, type TestStore } from './testing.ts';
import { readWholeStore } from './whole-store.ts';

const STEP = 10_000;
const SAMPLES = 120;
const SPEED = 1_000_000_000;
/** What the moment of counting may add. */
const LIMIT = SPEED * 1.05;
/** Bytes of a step at 400 Mbit/s. */
const MOVED = 500_000_000n;
const HOUR = 3600_000;

let store: TestStore;
beforeAll(async () => {
  store = await startTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

/** A port's counter and what else tells one life of it from the next, at sample number `index`. */
interface Port {
  readonly rx: bigint;
  readonly baseline?: bigint;
  readonly name?: string;
  readonly mac?: number;
  readonly agent?: string;
}
type Misfortune = (index: number, since: number) => Port;

const honest = (index: number): bigint => 10n ** 12n + BigInt(index) * MOVED;
const anew = (index: number, since: number): bigint => BigInt(index - since) * MOVED;

/** What happens at sample number `since`, to a port that moved 400 Mbit/s before and does so after it. */
const MISFORTUNES: Readonly<Record<string, Misfortune>> = {
  'a reboot': (index, since) => (index < since ? { rx: honest(index) } : { rx: anew(index, since), baseline: 2n ** 20n }),
  'a reset that nobody noticed': (index, since) => ({ rx: index < since ? honest(index) : anew(index, since) }),
  'counters that were read as 32 bits': (index) => ({ rx: honest(index) % 2n ** 32n }),
  'counters that gain a carry': (index, since) => ({ rx: honest(index) + (index < since ? 0n : 2n ** 32n) }),
  'one reading that is out of line': (index, since) => ({ rx: honest(index) + (index === since ? 2n ** 40n : 0n) }),
  'another router of the same name, unnoticed': (index, since) => ({
    rx: honest(index) + (index < since ? 0n : 10n ** 13n),
    mac: index < since ? 1 : 2,
  }),
  'another router of the same name': (index, since) =>
    index < since ? { rx: honest(index), mac: 1 } : { rx: honest(index) + 10n ** 13n, mac: 2, baseline: 2n ** 21n },
  'a new name': (index, since) => ({ rx: honest(index), name: index < since ? 'ether1' : 'uplink' }),
  'a name that another port had': (index, since) =>
    index < since ? { rx: honest(index), mac: 1 } : { rx: honest(index) * 3n, mac: 2, baseline: 1n },
  'a port that is created anew': (index, since) =>
    index < since ? { rx: honest(index) } : { rx: anew(index, since), baseline: 1n },
  'a second agent that knows nothing of the first': (index, since) =>
    index < since ? { rx: honest(index) } : { rx: anew(index, since), agent: 'a2', baseline: 77n },
};

async function insert(router: string, befall: Misfortune, since: number, endMs: number): Promise<void> {
  const at = (index: number): number => endMs - (SAMPLES - 1 - index) * STEP;
  const ports = Array.from({ length: SAMPLES }, (_, index) => ({
    baseline: 0n,
    name: 'ether1',
    mac: 1,
    agent: 'a1',
    ...befall(index, since),
    index,
  }));
  await store.insert(
    'interface_counters',
    ports.map(({ rx, baseline, name, mac, agent, index }) =>
      interfaceRow({
        ts: at(index),
        router,
        agent,
        interface: name,
        mac,
        baseline: 2n ** 40n + baseline,
        rx_bytes: rx,
        tx_bytes: rx,
      }),
    ),
  );
  await store.insert(
    'ethernet_ports',
    ports
      .filter(({ index }) => index % 6 === 0 || index === since)
      .map(({ name, agent, index }) => ({
        site: 'fra1',
        router,
        interface: name,
        agent,
        rank: 1,
        ts: at(index),
        rate_bps: SPEED,
      })),
  );
  await store.insert(
    'polls',
    ports.map(({ agent, baseline, index }) =>
      pollRow({ ts: at(index), router, agent, baseline: 2n ** 40n + baseline, poll_number: index + 1 }),
    ),
  );
}

/** What is a rate of a link or a limit by itself, and no traffic. */
const NO_TRAFFIC = /^(?:rate_bps|speed_bps|.*_rate_bps|.*_limit_bps|max_rate_bps)$/;

/** Every rate in an answer, whatever its shape: where it stands, and the rate. */
function ratesIn(value: unknown, place: string, name = ''): [string, number][] {
  if (typeof value === 'number' || typeof value === 'string')
    return name.endsWith('_bps') && !NO_TRAFFIC.test(name) && Number.isFinite(Number(value)) ? [[place, Number(value)]] : [];
  if (Array.isArray(value)) return value.flatMap((item: unknown, index) => ratesIn(item, `${place}[${index}]`, name));
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, item]) => ratesIn(item, `${place}.${key}`, key));
}

/** What a site moves is the sum of its routers. */
const SUMS = /^GET \/api\/v1\/(?:overview|sites)\.sites\[/;

it('no view and no answer tells of more than the link carries, whatever befell its counters, now or a while ago', {
  timeout: 300_000,
}, async () => {
  const nowMs = Date.now();
  const routers: string[] = [];
  for (const befall of Object.values(MISFORTUNES))
    for (const since of [SAMPLES / 2, SAMPLES - 1]) {
      const router = `r${routers.length + 1}`;
      routers.push(router);
      await insert(router, befall, since, nowMs - 2000);
    }
  const rollups = createRollupStore(store.client, store.database);
  await rebuild(rollups, { site: undefined, fromMs: nowMs - HOUR, toMs: nowMs }, () => undefined, new AbortController().signal);
  const said: Record<string, unknown> = { ...(await readWholeStore(store, nowMs)) };
  const reader = createReader(store.client);
  for (const router of routers) {
    const port = { database: store.database, site: 'fra1', router, interface: 'ether1', intervalMs: STEP };
    const range = { fromMs: nowMs - 13 * HOUR, toMs: nowMs, points: 600, nowMs };
    said[`rollups of ${router}`] = await readSeries(reader, { ...port, ...range }, new AbortController().signal);
  }
  const rates = Object.entries(said).flatMap(([place, answer]) => ratesIn(answer, place));
  expect(rates.filter(([place, bps]) => bps > LIMIT && !SUMS.test(place))).toEqual([]);
  // What is honest is there.
  const places = new Set(rates.filter(([, bps]) => bps > SPEED / 3).map(([place]) => place.replace(/[[.].*/, '')));
  const wanted = [
    'table interface_rollup_1d',
    'view interface_rates',
    'view interface_traffic_5m',
    'view top_talkers',
    'GET /api/v1/sites',
  ];
  expect(wanted.filter((place) => !places.has(place))).toEqual([]);
  expect([...places].filter((place) => place.includes('/series?')).length).toBeGreaterThan(20);
  expect([...places].filter((place) => place.startsWith('rollups of')).length).toBe(routers.length);
});
