/** Histories of access points and their clients for tests, and how they get into a store. */
import { interfaceRow, pollRow, type TestRow, type TestStore } from '../api/testing.ts';
import { insertPolled } from '../events/testing.ts';
import { random } from '../rollup/testing.ts';
import type { RadioHistory, Registration, Sighting, Visit } from './oracle.ts';

export const BASE = Date.UTC(2026, 0, 1, 22, 10);
const MINUTE = 60_000;
/** Bits 1 to 3 of `answered_collectors`: interfaces, resources and registration tables. */
const READ_BITS = 0b1110;

function pollOf(visit: Visit, clients: number): TestRow & { readonly ts: number } {
  const { site, router, agent, ms, intervalMs, outcome, read } = visit;
  const row = pollRow({
    ts: ms,
    site,
    router,
    agent,
    interval_ms: intervalMs,
    outcome,
    answered_collectors: outcome !== 'ok' ? null : read ? READ_BITS : 0b0110,
    radio_client_rows: clients,
  });
  return { ...row, ts: ms };
}

/** Stores a history as the writer does: rows first, then their polls and the marks of these. */
export async function insertRadioHistory(store: TestStore, { visits, registrations, sightings }: RadioHistory): Promise<void> {
  await store.insert(
    'interface_counters',
    sightings.map(({ site, router, interface: name, type, mac, ms }) =>
      interfaceRow({ ts: ms, site, router, interface: name, type, mac }),
    ),
  );
  await store.insert(
    'radio_clients',
    registrations.map(({ site, router, agent, ms, mac, interface: name, signalDbm, snrDb, ccqPct, uptimeMs }) => ({
      ts: ms,
      site,
      router,
      agent,
      rank: 1,
      interface: name,
      mac,
      signal_dbm: signalDbm,
      snr_db: snrDb,
      tx_ccq_pct: ccqPct,
      uptime_ms: uptimeMs,
    })),
  );
  const rows = Map.groupBy(registrations, ({ site, router, agent, ms }) => `${site} ${router} ${agent} ${ms}`);
  const polls = visits.map((visit) =>
    pollOf(visit, rows.get(`${visit.site} ${visit.router} ${visit.agent} ${visit.ms}`)?.length ?? 0),
  );
  await insertPolled(store, { polls });
}

interface RandomAccessPoint {
  readonly site: string;
  readonly router: string;
  readonly agents: readonly string[];
}

const ACCESS_POINTS: readonly RandomAccessPoint[] = [
  { site: 'fra1', router: 'ap1', agents: ['a1'] },
  { site: 'fra1', router: 'ap2', agents: ['a1', 'a2'] },
  { site: 'ham1', router: 'ap3', agents: ['a3'] },
];

/** Who has which address, from when until when in minutes, every how many minutes it is seen. */
const HOLDERS: readonly {
  site: string;
  router: string;
  interface: string;
  type: string;
  mac: number;
  fromMin: number;
  toMin: number;
}[] = [
  // Two radios, one of which shares its address with a port.
  { site: 'fra1', router: 'cpe1', interface: 'wlan1', type: 'wlan', mac: 1, fromMin: 0, toMin: 240 },
  { site: 'fra1', router: 'cpe1', interface: 'ether1', type: 'ether', mac: 1, fromMin: 0, toMin: 240 },
  { site: 'fra1', router: 'cpe1', interface: 'wlan2', type: 'wlan', mac: 2, fromMin: 0, toMin: 240 },
  // At another site than its access points, and away for more than two hours.
  { site: 'ham1', router: 'cpe2', interface: 'wifi1', type: 'wifi', mac: 3, fromMin: 20, toMin: 60 },
  { site: 'ham1', router: 'cpe2', interface: 'wifi1', type: 'wifi', mac: 3, fromMin: 205, toMin: 240 },
  // Doubled for a while.
  { site: 'fra1', router: 'cpe3', interface: 'wlan1', type: 'wlan', mac: 4, fromMin: 0, toMin: 240 },
  { site: 'ham1', router: 'cpe4', interface: 'wlan1', type: 'wlan', mac: 4, fromMin: 30, toMin: 75 },
  // Moved from one name to another.
  { site: 'fra1', router: 'cpe5', interface: 'wlan1', type: 'wlan', mac: 5, fromMin: 0, toMin: 40 },
  { site: 'fra1', router: 'cpe6', interface: 'wlan1', type: 'wlan', mac: 5, fromMin: 170, toMin: 240 },
  // Of an access point that is a client too, of others and, as it seems, of itself.
  { site: 'fra1', router: 'ap2', interface: 'wlan1', type: 'wlan', mac: 6, fromMin: 0, toMin: 240 },
];
/** The last two are of nobody. */
const MACS = [1, 2, 3, 4, 5, 6, 7, 8];

/** Four hours with all that happens: roaming, fading, flapping, lost visits, failures, tables that are empty or not read, silent agents. */
export function randomRadioHistory(seed: number): RadioHistory {
  const draw = random(seed);
  const endMs = BASE + 240 * MINUTE;
  const visits: Visit[] = [];
  const registrations: Registration[] = [];
  const whereabouts = MACS.map((mac) => ({
    mac,
    stays: randomStays(draw, endMs),
    bad: randomSpans(draw, endMs, 12),
    shade: draw(3),
  }));
  for (const { site, router, agents } of ACCESS_POINTS) {
    const [failing, unread, empty] = [
      randomSpans(draw, endMs, 30),
      randomSpans(draw, endMs, 50, 90),
      randomSpans(draw, endMs, 40),
    ];
    for (const agent of agents) {
      const silent = randomSpans(draw, endMs, 60);
      const intervalMs = 20_000 + 10_000 * draw(3);
      for (let ms = BASE + draw(intervalMs); ms < endMs; ms += intervalMs + draw(2000) - 1000) {
        if (covers(silent, ms)) continue;
        const fails = covers(failing, ms) ? draw(5) > 0 : draw(40) === 0;
        const read = !fails && !covers(unread, ms) && draw(20) > 0;
        visits.push({ site, router, agent, ms, intervalMs, outcome: fails ? 'timeout' : 'ok', read });
        if (!read || covers(empty, ms)) continue;
        for (const { mac, stays, bad, shade } of whereabouts) {
          const stay = stays.find(({ fromMs, toMs }) => ms >= fromMs && ms < toMs);
          if (stay === undefined || ACCESS_POINTS[stay.at]?.router !== router || draw(25) === 0) continue;
          registrations.push({
            site,
            router,
            agent,
            ms,
            mac,
            ...randomQuality(draw, covers(bad, ms), shade),
            interface: `wlan${stay.radio}`,
            uptimeMs: ms - stay.fromMs,
          });
        }
      }
    }
  }
  const sightings = HOLDERS.flatMap(({ fromMin, toMin, ...holder }) => {
    const found: Sighting[] = [];
    for (let ms = BASE + fromMin * MINUTE + draw(MINUTE); ms < BASE + toMin * MINUTE; ms += MINUTE) found.push({ ...holder, ms });
    return found;
  });
  for (const { site, router, ms } of sightings)
    visits.push({ site, router, agent: 'a9', ms, intervalMs: MINUTE, outcome: 'ok', read: false });
  return { visits, registrations, sightings };
}

/** Divides a history into what agents send: the visits of a site within a quarter of an hour, with their rows. */
export function partsOf({ visits, registrations, sightings }: RadioHistory): RadioHistory[] {
  const key = ({ site, ms }: { readonly site: string; readonly ms: number }): string =>
    `${site} ${Math.floor(ms / (15 * MINUTE))}`;
  const [rows, ports] = [Map.groupBy(registrations, key), Map.groupBy(sightings, key)];
  return [...Map.groupBy(visits, key)].map(([name, ofPart]) => ({
    visits: ofPart,
    registrations: rows.get(name) ?? [],
    sightings: ports.get(name) ?? [],
  }));
}

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

type Draw = (below: number) => number;

function randomSpans(draw: Draw, endMs: number, everyMin: number, longMin = 25): Span[] {
  const spans: Span[] = [];
  for (let ms = BASE + draw(everyMin * MINUTE); ms < endMs; ms += (1 + draw(2 * everyMin)) * MINUTE) {
    const toMs = ms + (draw(3) === 0 ? draw(longMin) : draw(4)) * MINUTE;
    spans.push({ fromMs: ms, toMs });
    ms = toMs;
  }
  return spans;
}

function covers(spans: readonly Span[], ms: number): boolean {
  return spans.some(({ fromMs, toMs }) => ms >= fromMs && ms < toMs);
}

function randomStays(draw: Draw, endMs: number): (Span & { readonly at: number; readonly radio: number })[] {
  const stays: (Span & { readonly at: number; readonly radio: number })[] = [];
  for (let ms = BASE + draw(20 * MINUTE); ms < endMs; ) {
    const toMs = ms + (1 + draw(45)) * MINUTE;
    stays.push({ fromMs: ms, toMs, at: draw(3), radio: 1 + draw(2) });
    ms = toMs + (draw(3) === 0 ? draw(100) * MINUTE : draw(60_000));
  }
  return stays;
}

/** By shade signal, noise or quality is what is bad at times; values between the limits come too. */
function randomQuality(draw: Draw, bad: boolean, shade: number): Pick<Registration, 'signalDbm' | 'snrDb' | 'ccqPct'> {
  const level = bad ? (draw(12) === 0 ? 1 : 0) : draw(8) === 0 ? 1 : draw(30) === 0 ? 0 : 2;
  return {
    signalDbm: draw(30) === 0 ? null : shade === 0 ? ([-85, -78, -60][level] ?? null) : -60,
    snrDb: shade === 1 ? ([10, 16, 30][level] ?? null) : null,
    ccqPct: shade === 2 ? ([40, 55, 95][level] ?? null) : null,
  };
}
