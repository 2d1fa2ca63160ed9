import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startTestStore, type TestStore } from '../api/testing.ts';
import type { Derivation } from '../events/derivation.ts';
import { links } from '../events/derivations/links.ts';
import { radioClients } from '../events/derivations/radio-clients.ts';
import { makeAll, seeAll, storedEvents, testEvents } from '../events/testing.ts';
import { random, shuffled } from '../rollup/testing.ts';
import { type ExpectedEvent, expectedClients, expectedLinks, type Registration, type Sighting, type Visit } from './oracle.ts';
import { BASE, insertRadioHistory, partsOf, randomRadioHistory } from './testing.ts';
import { DEFAULT_THRESHOLDS } from './thresholds.ts';

const MINUTE = 60_000;
/** Short, so that four hours hold it all; and as long as usual, so that an address can move within it. */
const SHORT = { ...DEFAULT_THRESHOLDS, staleAfterMs: 55 * MINUTE, degradedAfterMs: 90_000, recoveredAfterMs: 120_000 };
const SITES = ['fra1', 'ham1'];
const END = BASE + 240 * MINUTE;

let store: TestStore;
beforeAll(async () => {
  store = await startTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());
beforeEach(() => store.clear());

const eventRow = z.object({
  ms: z.coerce.number(),
  site: z.string(),
  kind: z.string(),
  router: z.string(),
  mac: z.coerce.number(),
  old: z.string(),
  new: z.string(),
  cause: z.string(),
  lastedMs: z.coerce.number().nullable(),
});

async function derive({ select }: Derivation, sites: readonly string[], from: number, to: number): Promise<ExpectedEvent[]> {
  const answer = await store.client.query({
    query: `SELECT toUnixTimestamp64Milli(ts) AS ms, site, kind, router, MACStringToNum(object) AS mac, old, new, cause, lasted_ms AS lastedMs FROM (${select})`,
    query_params: { sites, from, to },
    format: 'JSONEachRow',
  });
  return inOrder(z.array(eventRow).parse(await answer.json()));
}

function inOrder(events: readonly ExpectedEvent[]): ExpectedEvent[] {
  const key = ({ ms, site, router, mac, kind }: ExpectedEvent): string => `${ms} ${site} ${router} ${mac} ${kind}`;
  return events.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** Every way in which a link or a client can change: each has to occur. */
const WAYS = [
  ...['registered', 'settled', 'recovered', 'reached'].map((cause) => `link_state active ${cause}`),
  ...['signal', 'snr', 'ccq', 'quality'].map((cause) => `link_state degraded ${cause}`),
  ...['not_registered', 'ap_without_clients', 'roamed'].map((cause) => `link_state down ${cause}`),
  ...['ap_unreachable', 'table_not_read', 'duplicate_mac'].map((cause) => `link_state unknown ${cause}`),
  ...['not_registered', 'cpe_unknown'].map((cause) => `link_state stale ${cause}`),
  'link_state discovered registered',
  'link_state cpe_changed',
  'client_joined ',
  ...['not_registered', 'ap_without_clients'].map((cause) => `client_left ${cause}`),
  ...['access_point', 'interface'].map((cause) => `client_roamed ${cause}`),
  'duplicate_mac duplicate_mac',
];

function wayOf({ kind, new: state, cause }: ExpectedEvent): string {
  return kind === 'link_state' && cause !== 'cpe_changed' ? `${kind} ${state} ${cause}` : `${kind} ${cause}`;
}

describe('events of links and wireless clients', () => {
  it('are those of an independent calculation', { timeout: 170_000 }, async () => {
    const missing = new Set(WAYS);
    for (const [seed, thresholds] of [SHORT, DEFAULT_THRESHOLDS, SHORT, DEFAULT_THRESHOLDS].entries()) {
      await store.clear();
      const history = randomRadioHistory(seed);
      await insertRadioHistory(store, history);
      await seeAll(store);
      const expected = [expectedLinks(history, thresholds), expectedClients(history, thresholds)].map(inOrder);
      expect(await derive(links(thresholds), SITES, BASE, END), `links, seed ${seed}`).toEqual(expected[0]);
      expect(await derive(radioClients(thresholds), SITES, BASE, END), `clients, seed ${seed}`).toEqual(expected[1]);
      for (const event of expected.flat()) missing.delete(wayOf(event));
    }
    expect([...missing]).toEqual([]);
  });

  it('do not depend on the ranges and sites that are made together', { timeout: 170_000 }, async () => {
    const draw = random(7);
    await insertRadioHistory(store, randomRadioHistory(7));
    await seeAll(store);
    for (const derivation of [links(SHORT), radioClients(SHORT)]) {
      const whole = await derive(derivation, SITES, BASE, END);
      const parts: ExpectedEvent[] = [];
      for (let from = BASE; from < END; ) {
        const to = Math.min(END, from + 40 * MINUTE + draw(100 * MINUTE));
        if (draw(2) === 0) parts.push(...(await derive(derivation, SITES, from, to)));
        else for (const site of SITES) parts.push(...(await derive(derivation, [site], from, to)));
        from = to;
      }
      expect(inOrder(parts), derivation.name).toEqual(whole);
    }
  });

  it('are the same whatever the order, the repetitions and the hubs, made meanwhile', { timeout: 170_000 }, async () => {
    const history = randomRadioHistory(11);
    const expected = inOrder([...expectedLinks(history, SHORT), ...expectedClients(history, SHORT)]);
    const draw = random(12);
    const parts = partsOf(history);
    const arrivals = shuffled([...parts, ...parts.filter(() => draw(3) === 0)], draw);
    const hubs = ['h1', 'h2'].map((holder) => testEvents(store, [links(SHORT), radioClients(SHORT)], END, { holder }));
    for (const [index, part] of arrivals.entries()) {
      await insertRadioHistory(store, part);
      if (index % 40 === 25) await Promise.all(hubs.map((hub) => hub.turn(new AbortController().signal)));
    }
    for (const hub of hubs) await makeAll(hub);
    const stored = (await storedEvents(store)).map(
      ({ ts: ms, site, kind, router, object, old, new: now, cause, lasted_ms: lastedMs }) => ({
        ms,
        site,
        kind,
        router,
        mac: Number.parseInt(object.replaceAll(':', ''), 16),
        old,
        new: now,
        cause,
        lastedMs,
      }),
    );
    expect(inOrder(stored)).toEqual(expected);
  });

  it('are made anew at a site when rows of another site come late', { timeout: 170_000 }, async () => {
    const visit = (site: string, router: string, minute: number): Visit => ({
      site,
      router,
      agent: site,
      intervalMs: MINUTE,
      ms: BASE + minute * MINUTE + (router === 'ap1' ? 1000 : 0),
      outcome: 'ok',
      read: router !== 'cpe1',
    });
    const minutes = Array.from({ length: 6 }, (_, minute) => minute);
    const at = (router: string, { site, agent, ms }: Visit): Registration => ({
      site,
      router,
      agent,
      ms,
      interface: 'wlan1',
      mac: 9,
      signalDbm: -60,
      snrDb: null,
      ccqPct: null,
      uptimeMs: null,
    });
    const here = minutes.map((minute) => visit('fra1', 'ap1', minute));
    const there = minutes.map((minute) => visit('ham1', 'ap3', minute));
    const cpe = minutes.map((minute) => visit('ham1', 'cpe1', minute));
    const first = { visits: here, registrations: here.slice(3).map((seen) => at('ap1', seen)), sightings: [] };
    const late = {
      visits: [...there, ...cpe],
      registrations: there.slice(0, 4).map((seen) => at('ap3', seen)),
      sightings: cpe.map(({ site, router, ms }): Sighting => ({ site, router, ms, interface: 'wlan1', type: 'wlan', mac: 9 })),
    };
    const hub = testEvents(store, [links(SHORT), radioClients(SHORT)], END);
    const told = async (): Promise<string[]> =>
      (await storedEvents(store)).filter(({ site }) => site === 'fra1').map(({ kind, old, new: now }) => `${kind} ${old} ${now}`);
    await insertRadioHistory(store, first);
    await makeAll(hub);
    expect(await told()).toEqual(['client_joined  ap1/wlan1']);
    await insertRadioHistory(store, late);
    await makeAll(hub);
    expect(await told()).toEqual(['client_roamed ap3/wlan1 ap1/wlan1', 'link_state  discovered', 'link_state discovered active']);
  });
});
