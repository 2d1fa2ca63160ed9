import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startTestStore, type TestStore } from '../api/testing.ts';
import type { Derivation } from '../events/derivation.ts';
import { links } from '../events/derivations/links.ts';
import { radioClients } from '../events/derivations/radio-clients.ts';
import { makeAll, storedEvents, testEvents } from '../events/testing.ts';
import { random, shuffled } from '../rollup/testing.ts';
import { type ExpectedEvent, expectedClients, expectedLinks } from './oracle.ts';
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
});
