/**
 * Wireless stations of a cell: one or two access points of a site that share their clients. A station comes, roams once
 * in about half of its stays (to the other access point, or to the other radio where there is none), fades and goes.
 */
import type { FaultTrack } from '../faults/plan.ts';
import type { Boot } from './boots.ts';
import { baseVolume, burstVolume, createFlow, type Flow, flowRate } from './flow.ts';
import { between, derive, mix, unit, wholeBetween } from './random.ts';

/** What a cell needs to know of an access point. */
export interface AccessPoint {
  /** Bands of its radios in GHz, in the order of the board. */
  readonly bands: readonly (2 | 5)[];
  bootAt(atMs: number): Boot;
  readonly faults: FaultTrack;
}

/** An access point of another cell that is a client of this one all the time: its way to the network. */
export interface Backhaul {
  /** Of its radio, which the fleet polls too. */
  readonly mac: number;
  readonly name: string;
  bootAt(atMs: number): Boot;
}

/** One registered client at one time. Counters are of this association, in the access point's direction. */
export interface ClientState {
  readonly mac: number;
  /** Unique within the cell for this association. */
  readonly associationNumber: number;
  readonly radio: number;
  readonly band: 2 | 5;
  /** Name that a MikroTik station announces, otherwise empty. */
  readonly radioName: string;
  readonly signalDbm: number;
  readonly snrDb: number;
  /** Index into the modulation rates of the band, 0 the fastest, for each direction. */
  readonly txRateStep: number;
  readonly rxRateStep: number;
  readonly txCcqPct: number;
  readonly txBytes: number;
  readonly rxBytes: number;
  readonly txPackets: number;
  readonly rxPackets: number;
  /** Traffic at this moment, bit/s. */
  readonly txBps: number;
  readonly rxBps: number;
  readonly uptimeMs: number;
  readonly lastActivityMs: number;
  readonly distanceM: number;
  readonly lastIp: string;
}

export interface Cell {
  /** Clients registered at one of the cell's access points, in a stable order. */
  clientsAt(member: number, atMs: number): ClientState[];
}

/** How many modulation steps a band has; the rate tables of the dialects have as many entries. */
export const RATE_STEPS = 6;
const TURN = 2 * Math.PI;
const NOISE_FLOOR_DBM = -104;
const FADE_MS = 45_000;
const RADIO_START_MS = 8_000;
const PACKET_BYTES = 900;
/** Clients of each origin that are registered twice while MACs are duplicated. */
const DOUBLES = 3;

interface Station {
  readonly key: number;
  readonly mac: number;
  readonly radioName: string;
  readonly prefersFive: boolean;
  readonly periodMs: number;
  readonly signalDbm: number;
  readonly swingDb: number;
  readonly swingPeriodMs: number;
  readonly activityPeriodMs: number;
  readonly distanceM: number;
  readonly lastIp: string;
  readonly tx: Flow;
  readonly rx: Flow;
  /** Stays at the first access point. */
  readonly backhaul: Backhaul | undefined;
}

/** One stay at one radio: from `startMs` until just before `endMs`. */
interface Association {
  readonly number: number;
  readonly member: number;
  readonly radio: number;
  readonly startMs: number;
  readonly endMs: number;
}

/** A cell whose stations follow from the key. `number` tells the cells of a fleet apart (it is in the addresses). */
export function createCell(
  members: readonly AccessPoint[],
  number: number,
  key: number,
  backhauls: readonly Backhaul[] = [],
): Cell {
  const count = members.reduce((sum, _, member) => sum + wholeBetween(mix(derive(key, 'stations'), member), 9, 34), 0);
  const stations = [
    ...Array.from({ length: count }, (_, index) => createStation(mix(derive(key, 'station'), index), number, index)),
    ...backhauls.map((backhaul, index) => fixedStation(mix(derive(key, 'backhaul'), index), backhaul)),
  ];

  function registeredAt(member: number, atMs: number): ClientState[] {
    const accessPoint = members[member];
    if (accessPoint === undefined) throw new Error(`BUG: the cell has no access point ${member}`);
    const readyMs = readyAt(accessPoint, atMs);
    if (atMs < readyMs || accessPoint.faults.at(atMs)?.kind === 'no_clients') return [];
    const clients: ClientState[] = [];
    for (const station of stations) {
      const association = associationAt(station, members, atMs);
      if (association === undefined || association.member !== member) continue;
      const startMs = Math.max(association.startMs, readyMs);
      clients.push(clientOf(station, association, startMs, accessPoint.bands[association.radio] ?? 2, atMs));
    }
    return clients;
  }

  return {
    clientsAt(member, atMs) {
      const clients = registeredAt(member, atMs);
      const accessPoint = members[member];
      if (accessPoint?.faults.at(atMs)?.kind !== 'duplicate_macs') return clients;
      const elsewhere = members.flatMap((_, other) => (other === member ? [] : registeredAt(other, atMs)));
      return [...clients, ...doublesOf(accessPoint, clients, elsewhere)];
    },
  };
}

/** Since when an access point has clients. Its reboot ends every association, as does a time without: the stations come back. */
function readyAt(accessPoint: AccessPoint, atMs: number): number {
  return Math.max(accessPoint.bootAt(atMs).atMs + RADIO_START_MS, accessPoint.faults.last('no_clients', atMs)?.toMs ?? 0);
}

/** One client twice, and stale registrations: at the other radio of the access point, and of clients that are at its neighbour now. */
function doublesOf({ bands }: AccessPoint, own: readonly ClientState[], elsewhere: readonly ClientState[]): ClientState[] {
  const moved = (client: ClientState, radio: number): ClientState => ({ ...client, radio, band: bands[radio] ?? 2 });
  const atOtherRadio = bands.length < 2 ? [] : own.slice(0, DOUBLES).map((client) => moved(client, client.radio === 0 ? 1 : 0));
  return [
    ...own.slice(0, 1),
    ...atOtherRadio,
    ...elsewhere.slice(0, DOUBLES).map((client) => moved(client, Math.max(0, bands.indexOf(client.band)))),
  ];
}

function createStation(key: number, cell: number, index: number): Station {
  const choose = (aspect: string, low: number, high: number): number => between(derive(key, aspect), low, high);
  const mikrotik = unit(derive(key, 'maker')) < 0.12;
  return {
    key,
    mac: 0x06 * 2 ** 40 + (derive(key, 'mac') & 0xff) * 2 ** 32 + (cell & 0xff_ffff) * 2 ** 8 + index,
    radioName: mikrotik ? `cpe-${cell}-${index}` : '',
    prefersFive: unit(derive(key, 'band')) < 0.7,
    periodMs: Math.floor(choose('period', 480_000, 14_400_000)),
    signalDbm: choose('signal', -82, -45),
    swingDb: choose('swing', 1, 6),
    swingPeriodMs: choose('swing period', 20_000, 240_000),
    activityPeriodMs: Math.floor(choose('activity', 300, 30_000)),
    distanceM: wholeBetween(derive(key, 'distance'), 1, mikrotik ? 40 : 9),
    lastIp: `192.168.88.${10 + (index % 240)}`,
    tx: createFlow(derive(key, 'tx'), choose('tx peak', 8, 600)),
    rx: createFlow(derive(key, 'rx'), choose('rx peak', 2, 90)),
    backhaul: undefined,
  };
}

/** One in six hears its access point badly at times. */
function fixedStation(key: number, backhaul: Backhaul): Station {
  const weak = unit(derive(key, 'weak')) < 1 / 6;
  const signalDbm = weak ? between(derive(key, 'signal'), -79, -76) : between(derive(key, 'signal'), -70, -52);
  return {
    ...createStation(key, 0, 0),
    mac: backhaul.mac,
    radioName: backhaul.name,
    prefersFive: true,
    signalDbm,
    swingPeriodMs: 1_200_000,
    distanceM: wholeBetween(derive(key, 'distance'), 300, 9000),
    backhaul,
  };
}

function associationAt(station: Station, members: readonly AccessPoint[], atMs: number): Association | undefined {
  if (station.backhaul !== undefined) {
    const startMs = station.backhaul.bootAt(atMs).atMs + RADIO_START_MS;
    const radio = radioFor(station, members[0], false);
    return atMs < startMs ? undefined : { number: 0, member: 0, radio, startMs, endMs: Number.MAX_SAFE_INTEGER };
  }
  const stay = Math.floor(atMs / station.periodMs);
  const key = mix(station.key, stay);
  const choose = (aspect: number): number => unit(mix(key, aspect));
  const startMs = stay * station.periodMs + Math.floor(choose(1) * 0.15 * station.periodMs);
  const endMs = startMs + Math.floor((0.5 + 0.35 * choose(2)) * station.periodMs);
  if (atMs < startMs || atMs >= endMs) return undefined;
  const roams = choose(3) < 0.5;
  const roamMs = roams ? startMs + Math.floor((0.3 + 0.4 * choose(4)) * (endMs - startMs)) : endMs;
  const first = Math.floor(choose(5) * members.length);
  const number = ((stay * 2) & 0xffff) >>> 0;
  if (atMs < roamMs) return { number, member: first, radio: radioFor(station, members[first], false), startMs, endMs: roamMs };
  const second = (first + 1) % members.length;
  const radio = radioFor(station, members[second], second === first);
  return { number: number + 1, member: second, radio, startMs: roamMs, endMs };
}

function radioFor(station: Station, accessPoint: AccessPoint | undefined, other: boolean): number {
  const bands = accessPoint?.bands ?? [];
  const wanted = station.prefersFive === other ? 2 : 5;
  return Math.max(0, bands.indexOf(wanted));
}

function clientOf(station: Station, association: Association, startMs: number, band: 2 | 5, atMs: number): ClientState {
  const wave = Math.sin((TURN * (atMs % station.swingPeriodMs)) / station.swingPeriodMs);
  const fadingMs = Math.max(0, FADE_MS - (association.endMs - atMs));
  const signalDbm = Math.round(Math.max(-93, station.signalDbm + station.swingDb * wave - (14 * fadingMs) / FADE_MS));
  const snrDb = signalDbm - NOISE_FLOOR_DBM;
  const txBytes = baseVolume(station.tx, startMs, atMs) + burstVolume(station.tx, startMs, atMs);
  const rxBytes = baseVolume(station.rx, startMs, atMs) + burstVolume(station.rx, startMs, atMs);
  const step = rateStep(signalDbm);
  return {
    mac: station.mac,
    associationNumber: association.number,
    radio: association.radio,
    band,
    radioName: station.radioName,
    signalDbm,
    snrDb,
    txRateStep: step,
    rxRateStep: Math.min(RATE_STEPS - 1, step + (wave < 0 ? 1 : 0)),
    txCcqPct: Math.min(100, Math.max(5, 20 + 2 * snrDb)),
    txBytes: Math.floor(txBytes),
    rxBytes: Math.floor(rxBytes),
    txPackets: Math.floor(txBytes / PACKET_BYTES),
    rxPackets: Math.floor(rxBytes / (PACKET_BYTES / 2)),
    txBps: Math.floor(flowRate(station.tx, atMs) * 8000),
    rxBps: Math.floor(flowRate(station.rx, atMs) * 8000),
    uptimeMs: atMs - startMs,
    lastActivityMs: Math.min(atMs - startMs, Math.floor((atMs % station.activityPeriodMs) / 10) * 10),
    distanceM: station.distanceM,
    lastIp: station.lastIp,
  };
}

function rateStep(signalDbm: number): number {
  const step = Math.floor((-55 - signalDbm) / 7) + 1;
  return Math.min(RATE_STEPS - 1, Math.max(0, step));
}
