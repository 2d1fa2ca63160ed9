/**
 * What the routers of synthetic agents report: one board of each of two kinds, access points and wired routers. Which columns a
 * table has comes from the contract; what is not named here is absent, as on a board that does not report it.
 */
import { FAMILIES, type FamilySpec, type RowFamilyName, type RowOf } from '@poplar/proto/families';
import type { NumberFormula } from './formula.ts';
import type { Level } from './population.ts';

/** A text: by the object's number, the last one for all beyond. Or one that the router's name is in. */
export type TextFormula =
  | { readonly form: 'text'; readonly byObject: readonly string[] }
  | { readonly form: 'router' }
  | { readonly form: 'serial' };

export type Formula = NumberFormula | TextFormula;

/** Kinds of routers, in turn along a site. */
export const KINDS = ['access point', 'wired'] as const;
export type Kind = 0 | 1;

export interface TableModel {
  readonly family: FamilySpec & { readonly name: RowFamilyName };
  readonly table: string;
  /** Read by polls of this level and above. */
  readonly level: Level;
  /** Objects of a router of each kind, below 64. */
  readonly objects: readonly [readonly number[], readonly number[]];
  /** The column that an object's number is told from: its text, or an address. Undefined: there is only object 0. */
  readonly objectColumn: string | undefined;
  /** By the column's name in rows. */
  readonly columns: ReadonlyMap<string, Formula>;
}

const text = (...byObject: readonly string[]): TextFormula => ({ form: 'text', byObject });
const constant = (value: number): NumberFormula => ({ form: 'constant', value });
const fixed = (lane: number, low: number, high: number, per?: number): NumberFormula => ({
  form: 'fixed',
  lane,
  low,
  span: high - low + 1,
  ...(per !== undefined && { per }),
});
const gauge = (lane: number, low: number, high: number, per?: number): NumberFormula => ({
  form: 'gauge',
  lane,
  low,
  span: high - low + 1,
  ...(per !== undefined && { per }),
});
const counter = (lane: number, most: number): NumberFormula => ({ form: 'counter', lane, most });
const elapsed = (lane: number, days: number): NumberFormula => ({
  form: 'elapsed',
  lane,
  span: Math.min(2 ** 32, days * 86_400_000),
});
const address = (prefix: number): NumberFormula => ({ form: 'address', low: prefix * 2 ** 32 });

const upTo = (count: number): number[] => Array.from({ length: count }, (_, object) => object);

const INTERFACES = 'ether1 ether2 ether3 ether4 ether5 ether6 ether7 sfp-sfpplus1 bridge vlan10 wlan1 wlan2 wlan1-guest'.split(
  ' ',
);
const INTERFACE_TYPES = [...Array.from({ length: 8 }, () => 'ether'), 'bridge', 'vlan', 'wlan', 'wlan', 'wlan'];
const AP_INTERFACES = [0, 1, 2, 3, 4, 8, 9, 10, 11, 12];
const WIRED_INTERFACES = upTo(10);
const COLLECTORS =
  'interface resource ethernet queues radio_clients radios sensors cpu_cores connections neighbors identity boards'.split(' ');
/** Most bytes a second of an interface, and of a client: 240 and 24 Mbit/s. */
const PORT_MOST = 30e6;
const CLIENT_MOST = 3e6;

type Columns<F extends RowFamilyName> = { readonly [K in keyof RowOf<F>]?: Formula };

function model<F extends RowFamilyName>(
  name: F,
  table: string,
  level: Level,
  objects: readonly [readonly number[], readonly number[]],
  objectColumn: (keyof RowOf<F> & string) | undefined,
  columns: Columns<F>,
): TableModel {
  const family = { ...FAMILIES[name], name };
  return { family, table, level, objects, objectColumn, columns: formulasOf(columns) };
}

function formulasOf(columns: Readonly<Record<string, Formula | undefined>>): ReadonlyMap<string, Formula> {
  const named = Object.entries(columns);
  return new Map(named.flatMap(([key, formula]) => (formula === undefined ? [] : [[key, formula] as const])));
}

const ONE = [0];
const NONE: readonly number[] = [];

export const TABLES: readonly TableModel[] = [
  model('interfaces', 'interface_counters', 0, [AP_INTERFACES, WIRED_INTERFACES], 'interface', {
    interface: text(...INTERFACES),
    type: text(...INTERFACE_TYPES),
    comment: text('uplink', ''),
    mac: address(0x0200),
    running: fixed(1, 0, 1),
    disabled: constant(0),
    generation: constant(0),
    rxBytes: counter(2, PORT_MOST),
    txBytes: counter(3, PORT_MOST),
    rxPackets: counter(4, PORT_MOST / 700),
    txPackets: counter(5, PORT_MOST / 700),
    rxDrops: counter(6, 1),
    txDrops: constant(0),
    txQueueDrops: counter(7, 10),
    rxErrors: fixed(8, 0, 9),
    txErrors: constant(0),
    linkDowns: fixed(9, 0, 99),
    fpRxBytes: counter(10, PORT_MOST),
    fpTxBytes: constant(0),
    fpRxPackets: counter(11, PORT_MOST / 700),
    fpTxPackets: constant(0),
  }),
  model('devices', 'device_resources', 0, [ONE, ONE], undefined, {
    uptimeMs: elapsed(1, 49),
    version: text('7.18.2 (stable)'),
    board: text('hAP ac^2'),
    architecture: text('arm'),
    cpuLoadPct: gauge(2, 0, 100),
    cpuCount: constant(4),
    cpuFrequencyMhz: constant(716),
    memoryTotalBytes: constant(134_217_728),
    memoryFreeBytes: gauge(3, 20_000_000, 60_000_000),
    diskTotalBytes: constant(16_777_216),
    diskFreeBytes: fixed(4, 1_000_000, 3_000_000),
    sectorsWritten: counter(5, 1),
    badBlocksPct: constant(0),
  }),
  model('radioClients', 'radio_clients', 0, [upTo(6), NONE], 'mac', {
    interface: text('wlan1', 'wlan2', 'wlan1', 'wlan2', 'wlan1', 'wlan2'),
    mac: address(0x0600),
    stack: text('wireless'),
    ssid: text('poplar'),
    signalDbm: gauge(1, -85, -45),
    snrDb: gauge(2, 10, 50),
    txCcqPct: gauge(3, 20, 100),
    txRateBps: gauge(4, 6_000_000, 300_000_000),
    rxRateBps: gauge(5, 6_000_000, 300_000_000),
    txBytes: counter(6, CLIENT_MOST),
    rxBytes: counter(7, CLIENT_MOST),
    txPackets: counter(8, CLIENT_MOST / 700),
    rxPackets: counter(9, CLIENT_MOST / 700),
    uptimeMs: elapsed(10, 1),
    lastActivityMs: gauge(11, 0, 9_990),
  }),
  model('sensors', 'sensors', 1, [upTo(2), upTo(4)], 'sensor', {
    sensor: text('voltage', 'cpu-temperature', 'fan1-speed', 'psu1-voltage'),
    value: gauge(1, 100, 600, 10),
    unit: text('V', 'C', 'RPM', 'V'),
  }),
  model('cpuCores', 'cpu_cores', 1, [upTo(4), upTo(4)], 'cpu', {
    cpu: text('cpu0', 'cpu1', 'cpu2', 'cpu3'),
    loadPct: gauge(1, 0, 100),
    irqPct: gauge(2, 0, 30),
    diskPct: constant(0),
  }),
  model('ethernetPorts', 'ethernet_ports', 1, [upTo(5), upTo(8)], 'interface', {
    interface: text(...INTERFACES.slice(0, 8)),
    status: text('link-ok'),
    rateBps: constant(1_000_000_000),
    fullDuplex: constant(1),
    autoNegotiation: text('done'),
    wireRxBytes: counter(1, PORT_MOST),
    wireTxBytes: counter(2, PORT_MOST),
    wireRxFcsErrors: fixed(3, 0, 9),
  }),
  model('poePorts', 'poe_ports', 1, [NONE, upTo(4)], 'interface', {
    interface: text(...INTERFACES.slice(0, 4)),
    mode: text('auto-on'),
    status: text('powered-on'),
    voltageV: gauge(1, 230, 245, 10),
    currentMa: gauge(2, 90, 400),
    powerW: gauge(3, 20, 99, 10),
  }),
  model('radios', 'radios', 1, [upTo(2), NONE], 'interface', {
    interface: text('wlan1', 'wlan2'),
    stack: text('wireless'),
    mac: address(0x0201),
    ssid: text('poplar'),
    mode: text('ap-bridge'),
    running: constant(1),
    disabled: constant(0),
    state: text('running-ap'),
    band: text('2ghz-b/g/n', '5ghz-a/n/ac'),
    channel: text('2412/20-Ce/gn', '5500/20-Ceee/ac'),
    frequencyMhz: constant(5500),
    registeredClients: constant(3),
    authorizedClients: constant(3),
    noiseFloorDbm: gauge(1, -115, -95),
    txCcqPct: gauge(2, 20, 100),
  }),
  model('queues', 'queues', 1, [NONE, upTo(4)], 'queue', {
    queue: text('customer1', 'customer2', 'customer3', 'customer4'),
    target: text('10.1.0.0/24', '10.2.0.0/24', '10.3.0.0/24', '10.4.0.0/24'),
    parent: text('none'),
    disabled: constant(0),
    dynamic: constant(0),
    invalid: constant(0),
    uploadBytes: counter(1, CLIENT_MOST),
    downloadBytes: counter(2, CLIENT_MOST),
    uploadPackets: counter(3, CLIENT_MOST / 700),
    downloadPackets: counter(4, CLIENT_MOST / 700),
    uploadDrops: counter(5, 1),
    downloadDrops: counter(6, 1),
    uploadLimitBps: constant(20_000_000),
    downloadLimitBps: constant(50_000_000),
  }),
  model('tableCounts', 'table_counts', 1, [upTo(2), upTo(2)], 'counted', {
    counted: text('connections', 'ppp_sessions'),
    entries: gauge(1, 0, 4000),
  }),
  model('bgpPeers', 'bgp_peers', 1, [NONE, ONE], undefined, {
    peer: text('upstream'),
    remoteAddress: text('10.255.0.1'),
    remoteAs: constant(65_001),
    localAs: constant(65_002),
    established: constant(1),
    state: text('established'),
    uptimeMs: elapsed(1, 40),
    prefixes: gauge(2, 900_000, 950_000),
    messagesReceived: counter(3, 100),
    messagesSent: counter(4, 10),
  }),
  model('ospfNeighbors', 'ospf_neighbors', 1, [NONE, upTo(2)], 'interface', {
    instance: text('default'),
    area: text('backbone'),
    interface: text('ether1', 'ether2'),
    address: text('10.254.0.1', '10.254.0.5'),
    routerId: text('10.253.0.1', '10.253.0.2'),
    state: text('Full'),
    priority: constant(1),
    stateChanges: fixed(1, 0, 99),
    adjacencyMs: elapsed(2, 40),
  }),
  model('netwatchHosts', 'netwatch_hosts', 1, [NONE, upTo(2)], 'host', {
    host: text('192.0.2.1', '192.0.2.2'),
    type: text('simple'),
    status: text('up'),
    disabled: constant(0),
    intervalMs: constant(60_000),
    rttAvgUs: gauge(1, 300, 40_000),
  }),
  model('neighbors', 'neighbors', 2, [ONE, upTo(2)], 'interface', {
    interface: text('ether1', 'ether2'),
    mac: address(0x0202),
    port: text('ether5', 'sfp-sfpplus1'),
    address: text('10.0.0.1', '10.0.0.2'),
    identity: text('core1', 'core2'),
    platform: text('MikroTik'),
    version: text('7.18.2 (stable)'),
    board: text('CCR2004-1G-12S+2XS'),
    discoveredBy: text('cdp,lldp,mndp'),
    uptimeMs: elapsed(1, 40),
    ageMs: gauge(2, 0, 60_000),
  }),
  model('collectorStates', 'collector_states', 2, [upTo(COLLECTORS.length), upTo(COLLECTORS.length)], 'collector', {
    collector: text(...COLLECTORS),
    state: text('running'),
    intervalMs: constant(60_000),
    runs: constant(5),
    durationUs: gauge(1, 5_000, 200_000),
    durationMaxUs: gauge(2, 1_000, 40_000),
    replyRows: gauge(3, 5, 300),
  }),
  model('identities', 'router_identities', 3, [ONE, ONE], undefined, { identity: { form: 'router' } }),
  model('boards', 'boards', 4, [ONE, ONE], undefined, {
    board: text('hAP ac^2'),
    routerboard: constant(1),
    model: text('RBD52G-5HacD2HnD'),
    revision: text('r2'),
    serial: { form: 'serial' },
    firmwareType: text('ipq4000L'),
    factoryFirmware: text('6.45.9'),
    currentFirmware: text('7.18.2'),
    upgradeFirmware: text('7.18.2'),
  }),
  model('packages', 'packages', 4, [upTo(2), upTo(1)], 'package', {
    package: text('routeros', 'wireless'),
    version: text('7.18.2'),
    disabled: constant(0),
    available: constant(0),
  }),
  model('packageUpdates', 'package_updates', 4, [ONE, ONE], undefined, {
    channel: text('stable'),
    installedVersion: text('7.18.2'),
    latestVersion: text('7.18.2'),
    status: text('System is already up to date'),
  }),
];

/** Formulas of the columns of polls that do not follow from the rest of this file. */
export const POLL_FORMULAS = {
  durationUs: gauge(1, 20_000, 120_000),
  baseline: { form: 'name', lane: 2 },
  intervalMs: { form: 'interval' },
} as const satisfies Readonly<Record<string, Formula>>;

const BASELINE_TABLES: ReadonlySet<string> = new Set([
  'interface_counters',
  'radio_clients',
  'ethernet_ports',
  'queues',
  'bgp_peers',
]);

/** Whether the rows of a table carry the baseline of their poll. */
export function hasBaseline({ table }: Pick<TableModel, 'table'>): boolean {
  return BASELINE_TABLES.has(table);
}

export function kindOf(position: number): Kind {
  return position % KINDS.length === 0 ? 0 : 1;
}

/** The text of an object. */
export function textAt({ byObject }: { readonly byObject: readonly string[] }, object: number): string {
  return byObject[object] ?? byObject.at(-1) ?? '';
}

/** Bits of `answered_collectors` that a poll of this level sets: counters, resources and clients, and what belongs to its level. */
export const ANSWERED_BY_LEVEL: readonly number[] = answeredByLevel();

function answeredByLevel(): number[] {
  // Numbers of Collector in the contract, by the level that reads them.
  const numbers = [[1, 2, 3], [4, 5, 10, 11, 12, 17, 19, 21, 22, 23, 24], [15], [6], [7, 8, 9]];
  let mask = 0;
  return numbers.map((ofLevel) => {
    for (const number of ofLevel) mask += 2 ** number;
    return mask;
  });
}
