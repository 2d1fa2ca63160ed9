/** What the events of wireless clients and links must be, worked out visit by visit: for tests, and in another way than the statements do it. */
import { HOLD_MS, LASTED_MAX_MS, UNREAD_MS } from '../events/derivations/links.ts';
import { MEMORY_MS } from '../events/derivations/radio-evidence.ts';
import type { LinkThresholds, Threshold } from './thresholds.ts';

const HOUR_MS = 3600_000;

export interface Visit {
  readonly site: string;
  readonly router: string;
  readonly agent: string;
  readonly ms: number;
  readonly intervalMs: number;
  readonly outcome: 'ok' | 'timeout';
  /** The registration table was read. */
  readonly read: boolean;
}

/** A row of a registration table. */
export interface Registration {
  readonly site: string;
  readonly router: string;
  readonly agent: string;
  readonly ms: number;
  readonly interface: string;
  readonly mac: number;
  readonly signalDbm: number | null;
  readonly snrDb: number | null;
  readonly ccqPct: number | null;
  readonly uptimeMs: number | null;
}

/** A sample of an interface with its address. */
export interface Sighting {
  readonly site: string;
  readonly router: string;
  readonly interface: string;
  readonly type: string;
  readonly mac: number;
  readonly ms: number;
}

export interface RadioHistory {
  readonly visits: readonly Visit[];
  readonly registrations: readonly Registration[];
  readonly sightings: readonly Sighting[];
}

export interface ExpectedEvent {
  readonly ms: number;
  readonly site: string;
  readonly kind: string;
  readonly router: string;
  readonly mac: number;
  readonly old: string;
  readonly new: string;
  readonly cause: string;
  readonly lastedMs: number | null;
}

interface Moment {
  readonly ms: number;
  readonly answered: boolean;
  readonly read: boolean;
  readonly unreachable: boolean;
  /** By address. */
  readonly clients: ReadonlyMap<number, Registration>;
}

interface AccessPoint {
  readonly site: string;
  readonly router: string;
  readonly moments: readonly Moment[];
}

const place = ({ site, router }: { readonly site: string; readonly router: string }): string => `${site}/${router}`;

function accessPoints({ visits, registrations }: RadioHistory): AccessPoint[] {
  const rows = Map.groupBy(registrations, (row) => `${place(row)} ${row.ms}`);
  return [...Map.groupBy(visits, place).values()].map((ofRouter) => {
    const sorted = ofRouter.toSorted((a, b) => a.ms - b.ms);
    const [{ site, router } = { site: '', router: '' }] = sorted;
    const moments = [...Map.groupBy(sorted, ({ ms }) => ms)].map(([ms, together]) => {
      const clients = new Map<number, Registration>();
      for (const row of (rows.get(`${site}/${router} ${ms}`) ?? []).toSorted(
        (a, b) => order(a.interface, b.interface) || order(a.agent, b.agent),
      ))
        if (!clients.has(row.mac)) clients.set(row.mac, row);
      const answered = together.some(({ outcome }) => outcome === 'ok');
      return {
        ms,
        answered,
        read: together.some(({ read }) => read),
        unreachable: !answered && together.every((visit) => failsForLong(visit, sorted)),
        clients,
      };
    });
    return { site, router, moments };
  });
}

function failsForLong(visit: Visit, ofRouter: readonly Visit[]): boolean {
  const before = ofRouter.filter(({ ms }) => ms <= visit.ms);
  const own = before.filter(({ agent }) => agent === visit.agent);
  const silenceMs = Math.max(3 * visit.intervalMs, visit.intervalMs + 15_000);
  const failures = own
    .slice(-5)
    .filter(({ ms, outcome }) => outcome !== 'ok' && ms >= visit.ms - Math.min(1_200_000, 4 * silenceMs));
  if (failures.length < 3) return false;
  const answer = before.findLast(({ outcome }) => outcome === 'ok');
  const othersAnswer = answer !== undefined && answer.agent !== visit.agent;
  return !(othersAnswer && visit.ms - answer.ms <= silenceMs);
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Who has an address at a time: routers in order, the port of the first, and since when that is known. */
function ownersOf(sightings: readonly Sighting[], mac: number, atMs: number, staleAfterMs: number) {
  const staleHours = Math.ceil(staleAfterMs / HOUR_MS);
  const hour = (ms: number): number => Math.floor(ms / HOUR_MS);
  const before = sightings.filter((sighting) => sighting.mac === mac && sighting.ms <= atMs);
  const newest = Math.max(...before.map(({ ms }) => hour(ms)));
  if (before.length === 0 || newest < hour(atMs) - staleHours) return { holders: [], sinceMs: 0 };
  const holders = [...new Set(before.filter(({ ms }) => hour(ms) >= newest - 1).map(place))].sort();
  const lastChangeMs = Math.max(...firstOfHours(before).map(({ ms }) => ms));
  const own = before.filter((sighting) => place(sighting) === holders[0] && hour(sighting.ms) >= hour(lastChangeMs) - staleHours);
  return { holders, sinceMs: Math.min(...own.map(({ ms }) => ms)) };
}

function firstOfHours(sightings: readonly Sighting[]): Sighting[] {
  const groups = Map.groupBy(sightings, (sighting) => `${place(sighting)} ${Math.floor(sighting.ms / HOUR_MS)}`);
  return [...groups.values()].map((group) => group.reduce((first, other) => (other.ms < first.ms ? other : first)));
}

type Evidence = 'here' | 'gone' | 'stale' | 'unreachable' | 'unread';

interface Known {
  readonly ms: number;
  readonly evidence: Evidence;
  readonly row: Registration | undefined;
  readonly emptyTable: boolean;
  readonly hereMs: number;
  readonly holders: readonly string[];
  readonly sinceMs: number;
}

/** Transitions of links, and addresses that several routers have. */
export function expectedLinks(history: RadioHistory, thresholds: LinkThresholds): ExpectedEvent[] {
  return accessPoints(history).flatMap((accessPoint) => {
    const macs = new Set(accessPoint.moments.flatMap(({ clients }) => [...clients.keys()]));
    return [...macs].flatMap((mac) => expectedLink(accessPoint, mac, history, thresholds));
  });
}

function expectedLink(accessPoint: AccessPoint, mac: number, history: RadioHistory, thresholds: LinkThresholds): ExpectedEvent[] {
  const known = evidenceOf(accessPoint, mac, history, thresholds);
  const self = place(accessPoint);
  const states = known.map((_, index) => judge(known, index, self, thresholds));
  const events: ExpectedEvent[] = [];
  let beganMs = Number.NEGATIVE_INFINITY;
  for (const [index, now] of known.entries()) {
    const before = known[index - 1];
    const near = before !== undefined && before.ms >= now.ms - MEMORY_MS ? before : undefined;
    const state = states[index] ?? ['', ''];
    const earlier = known
      .slice(0, index)
      .some(({ evidence, ms }) => evidence === 'here' && ms > now.ms - thresholds.staleAfterMs);
    const last = near !== undefined ? (states[index - 1]?.[0] ?? '') : earlier ? 'unknown' : '';
    const base = { ms: now.ms, site: accessPoint.site, router: accessPoint.router, mac };
    const doubled = now.evidence === 'here' && now.holders.length > 1;
    if (doubled && !(near?.evidence === 'here' && near.holders.length > 1)) {
      const routers = now.holders.map((holder) => holder.split('/')[1]).join(' ');
      events.push({ ...base, kind: 'duplicate_mac', old: '', new: routers, cause: 'duplicate_mac', lastedMs: null });
    }
    const cpe = now.holders.length > 1 ? '' : (now.holders[0] ?? '');
    const lastCpe = near === undefined ? cpe : near.holders.length > 1 ? '' : (near.holders[0] ?? '');
    const forgotten = state[0] === '' && near !== undefined && last !== '' && last !== 'stale';
    const changed = state[0] !== '' && (state[0] !== last || (cpe !== lastCpe && cpe !== '' && lastCpe !== ''));
    if (!forgotten && (!changed || (last === '' && ['unknown', 'down', 'stale'].includes(state[0])))) continue;
    const elsewhere =
      now.evidence === 'gone' &&
      history.registrations.some(
        (row) => row.mac === mac && place(row) !== self && row.ms > Math.max(now.hereMs, now.ms - MEMORY_MS) && row.ms <= now.ms,
      );
    const lasted = now.ms - beganMs;
    events.push({
      ...base,
      kind: 'link_state',
      old: last,
      new: forgotten ? 'stale' : state[0],
      cause: forgotten ? 'cpe_unknown' : state[0] === last ? 'cpe_changed' : elsewhere ? 'roamed' : causeOf(state, last),
      lastedMs: lasted < LASTED_MAX_MS ? lasted : null,
    });
    beganMs = now.ms;
  }
  return events;
}

function causeOf([state, cause]: readonly [string, string], last: string): string {
  if (state !== 'active') return cause;
  if (last === 'unknown') return 'reached';
  if (last === 'degraded') return 'recovered';
  return last === 'discovered' ? 'settled' : 'registered';
}

/** What visits say about one client of an access point: those that say nothing are left out. */
function evidenceOf({ moments }: AccessPoint, mac: number, history: RadioHistory, thresholds: LinkThresholds): Known[] {
  let hereMs = Number.NEGATIVE_INFINITY;
  let lastReadMs = Number.NEGATIVE_INFINITY;
  const known: Known[] = [];
  for (const { ms, answered, read, unreachable, clients } of moments) {
    const row = clients.get(mac);
    if (row !== undefined) hereMs = ms;
    const missing = ms - hereMs;
    let evidence: Evidence | undefined;
    if (row !== undefined) evidence = 'here';
    else if (missing === Number.POSITIVE_INFINITY) evidence = undefined;
    else {
      const unread = answered && !read && lastReadMs < ms - UNREAD_MS;
      if (read || unreachable || unread) {
        if (missing >= thresholds.staleAfterMs) evidence = 'stale';
        else if (unreachable) evidence = 'unreachable';
        else if (unread) evidence = 'unread';
        else if (missing >= thresholds.downAfterMs && (lastReadMs > hereMs || missing >= MEMORY_MS)) evidence = 'gone';
      }
    }
    if (evidence !== undefined) {
      const { holders, sinceMs } = ownersOf(history.sightings, mac, ms, thresholds.staleAfterMs);
      known.push({ ms, evidence, row, emptyTable: read && clients.size === 0, hereMs, holders, sinceMs });
    }
    if (read) lastReadMs = ms;
  }
  return known;
}

function judge(known: readonly Known[], index: number, self: string, thresholds: LinkThresholds): readonly [string, string] {
  const now = known[index];
  if (now === undefined) throw new Error('BUG: no such evidence');
  const { ms, evidence, holders } = now;
  const isLink = holders.length === 1 && holders[0] !== self;
  if (evidence === 'stale')
    return isLink && ms - now.hereMs < thresholds.staleAfterMs + MEMORY_MS ? ['stale', 'not_registered'] : ['', ''];
  if (holders.length > 1) return ['unknown', 'duplicate_mac'];
  if (!isLink) return ['', ''];
  if (evidence === 'unreachable') return ['unknown', 'ap_unreachable'];
  if (evidence === 'unread') return ['unknown', 'table_not_read'];
  if (evidence === 'gone') return ['down', now.emptyTable ? 'ap_without_clients' : 'not_registered'];
  const settled = known.some(
    (other) => other.evidence === 'here' && other.ms <= ms - thresholds.activeAfterMs && other.ms > ms - thresholds.staleAfterMs,
  );
  if (!settled || now.sinceMs > ms - thresholds.activeAfterMs) return ['discovered', 'registered'];
  return isDegraded(known, index, thresholds) ? ['degraded', worst(now.row, thresholds)] : ['active', ''];
}

/** Goes back from a visit to the last that decides. */
function isDegraded(known: readonly Known[], index: number, thresholds: LinkThresholds): boolean {
  const ms = known[index]?.ms ?? 0;
  for (let at = index; at >= 0; at--) {
    const now = known[at];
    if (now === undefined || now.ms < ms - HOLD_MS || now.evidence === 'gone' || now.evidence === 'stale') return false;
    if (lasts(known, at, (row) => isGood(row, thresholds), thresholds.recoveredAfterMs)) return false;
    if (lasts(known, at, (row) => isBad(row, thresholds), thresholds.degradedAfterMs)) return true;
  }
  return false;
}

/** What holds at a visit has held for so long, without a quarter of an hour unseen. */
function lasts(known: readonly Known[], index: number, holds: (row: Registration) => boolean, forMs: number): boolean {
  const end = known[index];
  for (let at = index; at >= 0; at--) {
    const now = known[at];
    const next = known[at + 1];
    if (now?.row === undefined || !holds(now.row)) return false;
    if (at < index && next !== undefined && next.ms - now.ms > MEMORY_MS) return false;
    if (end !== undefined && end.ms - now.ms >= forMs) return true;
  }
  return false;
}

const METRICS = [
  ['signal', 'signalDbm', 'signalDbm'],
  ['snr', 'snrDb', 'snrDb'],
  ['ccq', 'ccqPct', 'ccqPct'],
] as const;

const isBelow = (value: number | null, limit: Threshold['enter']): boolean => value !== null && value < limit;

function worst(row: Registration | undefined, thresholds: LinkThresholds): string {
  const found = METRICS.find(([, value, limit]) => row !== undefined && isBelow(row[value], thresholds[limit].enter));
  return found?.[0] ?? 'quality';
}

function isBad(row: Registration, thresholds: LinkThresholds): boolean {
  return worst(row, thresholds) !== 'quality';
}

function isGood(row: Registration, thresholds: LinkThresholds): boolean {
  return METRICS.every(([, value, limit]) => !isBelow(row[value], thresholds[limit].exit));
}

interface Stay {
  readonly accessPoint: AccessPoint;
  readonly row: Registration;
  /** When it counts as left; undefined while it does not. */
  readonly leftMs: number | undefined;
  readonly emptyTable: boolean;
}

/** Clients that join, leave and roam. */
export function expectedClients(history: RadioHistory, { downAfterMs }: Pick<LinkThresholds, 'downAfterMs'>): ExpectedEvent[] {
  const all = accessPoints(history);
  const staysByMac = new Map<number, Stay[]>();
  for (const accessPoint of all) {
    const readings = accessPoint.moments.filter(({ read }) => read);
    for (const [index, { clients }] of readings.entries()) {
      for (const row of clients.values()) {
        const after = readings.slice(index + 1);
        const back = after.findIndex((reading) => reading.clients.has(row.mac));
        const missing = back < 0 ? after : after.slice(0, back);
        const left = missing.find(({ ms }, count) => count >= 1 && ms - row.ms >= downAfterMs);
        const leftMs = left !== undefined && left.ms - row.ms <= MEMORY_MS ? left.ms : undefined;
        const stay = { accessPoint, row, leftMs, emptyTable: left?.clients.size === 0 };
        const known = staysByMac.get(row.mac);
        if (known === undefined) staysByMac.set(row.mac, [stay]);
        else known.push(stay);
      }
    }
  }
  return [...staysByMac.values()].flatMap((stays) => [
    ...stays.flatMap((stay) => comingOf(stay, stays)),
    ...stays.flatMap((stay) => leavingOf(stay, stays)),
  ]);
}

function comingOf({ accessPoint, row }: Stay, stays: readonly Stay[]): ExpectedEvent[] {
  const { site, router } = accessPoint;
  const reading = accessPoint.moments.findLast(({ read, ms }) => read && ms < row.ms);
  if (reading === undefined || reading.ms < row.ms - MEMORY_MS) return [];
  const base = { ms: row.ms, site, router, mac: row.mac, new: `${router}/${row.interface}` };
  const earlier = stays.filter((stay) => stay.row.ms < row.ms && stay.row.ms >= row.ms - MEMORY_MS);
  const own = earlier.filter((stay) => stay.accessPoint === accessPoint).reduce(latest, undefined);
  if (own !== undefined && (own.leftMs === undefined || own.leftMs >= row.ms)) {
    if (own.row.interface === row.interface) return [];
    const old = `${router}/${own.row.interface}`;
    return [{ ...base, kind: 'client_roamed', old, cause: 'interface', lastedMs: own.row.uptimeMs }];
  }
  const last = earlier.reduce(latest, undefined);
  if (last === undefined || last.accessPoint === accessPoint || (last.leftMs !== undefined && last.leftMs < row.ms))
    return [{ ...base, kind: 'client_joined', old: '', cause: '', lastedMs: null }];
  const old = `${last.row.router}/${last.row.interface}`;
  return [{ ...base, kind: 'client_roamed', old, cause: 'access_point', lastedMs: last.row.uptimeMs }];
}

/** The later of two stays; of the same moment the one whose access point comes last by name. */
function latest(best: Stay | undefined, stay: Stay): Stay {
  if (best === undefined || stay.row.ms > best.row.ms) return stay;
  return stay.row.ms === best.row.ms && order(place(best.accessPoint), place(stay.accessPoint)) < 0 ? stay : best;
}

function leavingOf({ accessPoint, row, leftMs, emptyTable }: Stay, stays: readonly Stay[]): ExpectedEvent[] {
  if (leftMs === undefined) return [];
  if (stays.some((other) => other.accessPoint !== accessPoint && other.row.ms > row.ms && other.row.ms <= leftMs)) return [];
  const cause = emptyTable ? 'ap_without_clients' : 'not_registered';
  const { site, router } = accessPoint;
  const old = `${router}/${row.interface}`;
  return [{ ms: leftMs, site, kind: 'client_left', router, mac: row.mac, old, new: '', cause, lastedMs: row.uptimeMs }];
}
