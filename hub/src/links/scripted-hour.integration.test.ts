/** An hour of two access points, written down; what became of it, written down by hand. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ClientHistory, LinkDetail, LinkList } from '../api/link-schemas.ts';
import { startTestStore, type TestStore } from '../api/testing.ts';
import { createTestApi } from '../api/whole-store.ts';
import { links } from '../events/derivations/links.ts';
import { radioClients } from '../events/derivations/radio-clients.ts';
import { makeAll, storedEvents, testEvents } from '../events/testing.ts';
import type { Registration, Sighting, Visit } from './oracle.ts';
import { insertRadioHistory } from './testing.ts';
import { DEFAULT_THRESHOLDS } from './thresholds.ts';

const T0 = Date.UTC(2026, 0, 5, 10);
const STEP = 30_000;
const [M1, M2, M3, M4, PHONE] = [0x02000000000a, 0x02000000000b, 0x02000000000c, 0x02000000000d, 0x02000000000e];

/** What happens every half a minute: letters and how often. */
const script = (...parts: readonly [letter: string, times: number][]): string =>
  parts.map(([letter, times]) => letter.repeat(times)).join('');

/** Visits to access points: a dot read the registration table, t timed out. The second is visited 5 s after the first. */
const VISITS = {
  ap1: script(['.', 60], ['t', 20], ['.', 40]),
  ap2: script(['.', 120]),
};
/** Who is registered: 1 at ap1, 2 at ap2, w at ap1 and weak, a blank nowhere. */
const CLIENTS: readonly [mac: number, where: string][] = [
  // A router with two radios; one fades for three minutes, and misses when the access point has nobody.
  [M1, script(['1', 20], ['w', 6], ['1', 74], [' ', 4], ['1', 16])],
  [M2, script(['2', 120])],
  // Roams.
  [M3, script(['1', 40], ['2', 80])],
  // Somebody else has its address from 10:40 on.
  [M4, script(['2', 120])],
  // Is no router.
  [PHONE, script([' ', 10], ['1', 20], [' ', 90])],
];
/** Routers and since when they are polled, minutes after T0. */
const ROUTERS: readonly { router: string; interface: string; mac: number; fromMin: number }[] = [
  { router: 'cpe1', interface: 'wlan1', mac: M1, fromMin: -1 },
  { router: 'cpe1', interface: 'wlan2', mac: M2, fromMin: -1 },
  { router: 'cpe2', interface: 'wlan1', mac: M3, fromMin: -1 },
  { router: 'cpe3', interface: 'wlan1', mac: M4, fromMin: -1 },
  { router: 'cpe4', interface: 'wlan1', mac: M4, fromMin: 40 },
];

const atAp = (letter: string): string => (letter === '2' ? 'ap2' : 'ap1');

function history(): { visits: Visit[]; registrations: Registration[]; sightings: Sighting[] } {
  const base = { site: 'fra1', agent: 'a1', intervalMs: STEP };
  const at = (router: string, index: number): number => T0 + index * STEP + (router === 'ap2' ? 5000 : 0);
  const visits = Object.entries(VISITS).flatMap(([router, text]) =>
    text.split('').map(
      (letter, index): Visit => ({
        ...base,
        router,
        ms: at(router, index),
        outcome: letter === '.' ? 'ok' : 'timeout',
        read: letter === '.',
      }),
    ),
  );
  const registrations = CLIENTS.flatMap(([mac, where]) =>
    where.split('').flatMap((letter, index): Registration[] => {
      const router = atAp(letter);
      if (letter === ' ' || VISITS[router === 'ap2' ? 'ap2' : 'ap1'][index] !== '.') return [];
      const values = { signalDbm: letter === 'w' ? -86 : -61, snrDb: null, ccqPct: null, uptimeMs: null };
      return [{ ...base, router, ms: at(router, index), interface: 'wlan1', mac, ...values }];
    }),
  );
  const sightings = ROUTERS.flatMap(({ fromMin, ...seen }) =>
    Array.from(
      { length: 60 - fromMin },
      (_, minute): Sighting => ({ ...seen, site: 'fra1', type: 'wlan', ms: T0 + (fromMin + minute) * 60_000 + 10_000 }),
    ),
  );
  for (const { site, router, ms } of sightings)
    visits.push({ ...base, site, router, ms, intervalMs: 60_000, outcome: 'ok', read: false });
  return { visits, registrations, sightings };
}

const NAMES = new Map([
  [M1, 'M1'],
  [M2, 'M2'],
  [M3, 'M3'],
  [M4, 'M4'],
  [PHONE, 'phone'],
]);
const macText = (mac: number): string =>
  mac
    .toString(16)
    .padStart(12, '0')
    .toUpperCase()
    .replaceAll(/(..)(?=.)/g, '$1:');

/** When, at which access point who, what, from what to what, why, and after how long, s. */
const GOLDEN = `
10:00:00 ap1 M1 link_state: -> discovered (registered)
10:00:00 ap1 M3 link_state: -> discovered (registered)
10:00:05 ap2 M2 link_state: -> discovered (registered)
10:00:05 ap2 M4 link_state: -> discovered (registered)
10:01:00 ap1 M1 link_state: discovered -> active (settled) 60
10:01:00 ap1 M3 link_state: discovered -> active (settled) 60
10:01:05 ap2 M2 link_state: discovered -> active (settled) 60
10:01:05 ap2 M4 link_state: discovered -> active (settled) 60
10:05:00 ap1 phone client_joined: -> ap1/wlan1 ()
10:11:00 ap1 M1 link_state: active -> degraded (signal) 600
10:14:00 ap1 M1 link_state: degraded -> active (recovered) 180
10:15:30 ap1 phone client_left: ap1/wlan1 -> (not_registered)
10:20:05 ap2 M3 client_roamed: ap1/wlan1 -> ap2/wlan1 (access_point)
10:20:05 ap2 M3 link_state: -> discovered (registered)
10:20:30 ap1 M3 link_state: active -> down (roamed)
10:21:05 ap2 M3 link_state: discovered -> active (settled) 60
10:31:00 ap1 M1 link_state: active -> unknown (ap_unreachable)
10:31:00 ap1 M3 link_state: down -> unknown (ap_unreachable) 630
10:40:00 ap1 M1 link_state: unknown -> active (reached) 540
10:40:00 ap1 M3 link_state: unknown -> down (roamed) 540
10:40:35 ap2 M4 duplicate_mac: -> cpe3 cpe4 (duplicate_mac)
10:40:35 ap2 M4 link_state: active -> unknown (duplicate_mac)
10:50:30 ap1 M1 client_left: ap1/wlan1 -> (ap_without_clients)
10:50:30 ap1 M1 link_state: active -> down (ap_without_clients) 630
10:52:00 ap1 M1 client_joined: -> ap1/wlan1 ()
10:52:00 ap1 M1 link_state: down -> active (registered) 90
`;

let store: TestStore;
beforeAll(async () => {
  store = await startTestStore();
  await insertRadioHistory(store, history());
  await makeAll(testEvents(store, [links(DEFAULT_THRESHOLDS), radioClients(DEFAULT_THRESHOLDS)], T0 + 3600_000));
}, 60_000);
afterAll(() => store[Symbol.asyncDispose]());

async function ask(path: string, nowMs = T0 + 3_590_000): Promise<unknown> {
  const response = await createTestApi(store, nowMs).request(`http://localhost${path}`);
  const body: unknown = await response.json();
  expect(response.status, JSON.stringify(body)).toBe(200);
  return body;
}

describe('an hour of two access points', () => {
  it('is told as it was written down', async () => {
    const found = (await storedEvents(store)).map(({ ts, kind, router, object, old, new: now, cause, lasted_ms: lasted }) => {
      const who = NAMES.get(Number.parseInt(object.replaceAll(':', ''), 16)) ?? object;
      const change = `${old} -> ${now}`.trim();
      const time = new Date(ts).toISOString().slice(11, 19);
      return `${time} ${router} ${who} ${kind}: ${change} (${cause})${lasted === null ? '' : ` ${lasted / 1000}`}`;
    });
    expect(found.toSorted()).toEqual(GOLDEN.trim().split('\n').toSorted());
  });

  it('ends with these links', async () => {
    const { links: now } = LinkList.parse(await ask('/api/v1/links'));
    const short = now.map(({ router, mac, cpe, cpe_interface, state, cause, roamed_to, signal_dbm }) =>
      [
        router,
        NAMES.get(Number.parseInt(mac.replaceAll(':', ''), 16)),
        cpe,
        cpe_interface,
        state,
        cause,
        roamed_to,
        signal_dbm,
      ].join(' '),
    );
    expect(short).toEqual([
      'ap1 M1 cpe1 wlan1 active registered  -61',
      'ap1 M3 cpe2 wlan1 down roamed fra1/ap2/wlan1 ',
      'ap2 M2 cpe1 wlan2 active settled  -61',
      'ap2 M3 cpe2 wlan1 active settled  -61',
      'ap2 M4   unknown duplicate_mac  -61',
    ]);
    expect(LinkList.parse(await ask('/api/v1/links?state=down&router=ap1')).links).toHaveLength(1);
    expect(LinkList.parse(await ask('/api/v1/links?site=ham1')).links).toEqual([]);
  });

  it('knows nothing of links whose access points nobody polls any more', async () => {
    const { links: later } = LinkList.parse(await ask('/api/v1/links', T0 + 2 * 3600_000));
    expect(new Set(later.map(({ state, cause }) => `${state} ${cause}`))).toEqual(new Set(['unknown agent_silent']));
    expect(later[0]).toMatchObject({ since_ms: T0 + 119 * STEP, seen_ms: null, signal_dbm: null });
  });

  it('has the history of a link and of a client', async () => {
    const range = `from_ms=${T0}&to_ms=${T0 + 3600_000}`;
    const detail = LinkDetail.parse(await ask(`/api/v1/links/fra1/ap1/${macText(M1).toLowerCase()}?${range}`));
    expect(detail.link).toMatchObject({ mac: macText(M1), cpe: 'cpe1', state: 'active' });
    expect(detail.transitions.map(({ new: state }) => state)).toEqual([
      'active',
      'down',
      'active',
      'unknown',
      'active',
      'degraded',
      'active',
      'discovered',
    ]);
    // How long it had been active before the access point was lost comes from the transition before.
    expect(detail.transitions[3]).toMatchObject({ old: 'active', lasted_ms: 17 * 60_000 });
    expect(detail.points.find(({ ts_ms }) => ts_ms === T0 + 20 * STEP)).toMatchObject({
      signal_dbm: -86,
      signal_min_dbm: -86,
      samples: 1,
    });
    expect(detail.points.filter(({ ts_ms }) => ts_ms >= T0 + 60 * STEP && ts_ms < T0 + 80 * STEP)).toEqual([]);
    const client = ClientHistory.parse(await ask(`/api/v1/radio-clients/${macText(M3)}?${range}`));
    expect(client.events.map(({ kind }) => kind)).toEqual(['client_roamed']);
    expect([...new Set(client.points.map(({ router }) => router))]).toEqual(['ap1', 'ap2']);
  });

  it('is in the view of transitions with all durations', async () => {
    const answer = await store.client.query({
      query: `SELECT toString(ts) AS at, old, new, cause, cpe, lasted_ms / 1000 AS lasted FROM link_transitions(from = '2026-01-05 10:15:00', to = '2026-01-05 11:00:00')
        WHERE router = 'ap1' AND mac = {mac:String} ORDER BY ts`,
      query_params: { mac: macText(M3) },
      format: 'JSONEachRow',
    });
    expect(z.array(z.looseObject({})).parse(await answer.json())).toEqual([
      { at: '2026-01-05 10:20:30.000', old: 'active', new: 'down', cause: 'roamed', cpe: 'cpe2', lasted: 1170 },
      { at: '2026-01-05 10:31:00.000', old: 'down', new: 'unknown', cause: 'ap_unreachable', cpe: 'cpe2', lasted: 630 },
      { at: '2026-01-05 10:40:00.000', old: 'unknown', new: 'down', cause: 'roamed', cpe: 'cpe2', lasted: 540 },
    ]);
  });
});
