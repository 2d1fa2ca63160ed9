/** Lays out the interfaces that one router has: its ports and radios, and the bridge and VLANs that an operator made. */
import type { Dialect } from '../dialects/dialect.ts';
import { radioStackOf } from '../dialects/stack.ts';
import { between, derive, mix, pick, unit, wholeBetween } from '../traffic/random.ts';
import type { Board } from './board.ts';

export type InterfaceType = 'ether' | 'wlan' | 'wifi' | 'cap' | 'lte' | 'w60g' | 'w60g-station' | 'bridge' | 'vlan' | 'loopback';

/** What sits in a cage for modules. */
export type PortModule = 'optic' | 'copper-cable' | 'empty';

/** Where the traffic of an interface comes from. */
export type TrafficSource =
  | { readonly kind: 'none' }
  /** Traffic of its own, with peaks in bytes per millisecond. */
  | { readonly kind: 'own'; readonly rxPeakPerMs: number; readonly txPeakPerMs: number; readonly flaps: boolean }
  /** A fixed part of another interface's traffic; `swapped`: what that one receives, this one sends. */
  | { readonly kind: 'share'; readonly of: number; readonly fraction: number; readonly swapped: boolean };

export interface InterfaceSpec {
  /** `*1`: hexadecimal, unique within the router, with holes. */
  readonly id: string;
  readonly name: string;
  readonly defaultName: string | undefined;
  readonly type: InterfaceType;
  /** 48-bit address; undefined for the loopback. */
  readonly mac: number | undefined;
  readonly mtu: string;
  readonly actualMtu: number;
  readonly l2mtu: number | undefined;
  readonly maxL2mtu: number | undefined;
  readonly comment: string;
  readonly slave: boolean;
  readonly disabled: boolean;
  /** False for a port without a cable: it never ran. */
  readonly connected: boolean;
  readonly speedBps: number;
  readonly traffic: TrafficSource;
  /** Part of the received packets that is counted as errors, and part of the sent ones that queues drop. */
  readonly errorRatio: number;
  readonly queueDropRatio: number;
  /** Position among the board's radios; undefined for all but radios. */
  readonly radio: number | undefined;
  readonly ssid: string;
  /** Undefined for all but ports with a cage. */
  readonly module: PortModule | undefined;
  /** True for ports that can feed what is attached to them. */
  readonly poeOut: boolean;
}

/** How the texts of a router were typed: WinBox 4 and the terminal write UTF-8, WinBox 3 wrote the code page of its PC. */
export type CodePage = 'utf-8' | 'latin1' | 'windows-1251';

const SSIDS = ['Harbour', 'Linden', 'Kestrel', 'Meadow', 'Orchard', 'Quarry', 'Rowan', 'Tern', 'Willow', 'Juniper'];
const PORT_COMMENTS: Readonly<Record<CodePage, readonly string[]>> = {
  'utf-8': ['', '', '', '', 'camera', 'office', 'Büro', 'rack A', 'customer 17', 'spare: do not use', 'Склад 2'],
  latin1: ['', '', '', 'camera', 'Büro', 'Entrée', 'Größe prüfen', 'rack A', 'cámara', 'Kjøkken'],
  'windows-1251': ['', '', '', 'камера', 'Офис', 'Склад 2', 'rack A', 'Резерв: не трогать'],
};

/** The code page of a router's texts. Only v6 is old enough to have met WinBox 3 alone. */
export function codePageOf(dialect: Dialect, key: number): CodePage {
  const share = unit(derive(key, 'code page'));
  if (dialect.major === 7 || share >= 0.12) return 'utf-8';
  return share < 0.08 ? 'latin1' : 'windows-1251';
}

/** The interfaces of router `index`, whose choices follow from `key`. The uplink is always connected. */
export function layOutInterfaces(board: Board, dialect: Dialect, index: number, key: number): InterfaceSpec[] {
  const specs: InterfaceSpec[] = [];
  let nextId = 1;
  const id = (): string => `*${(nextId++).toString(16).toUpperCase()}`;

  const ports = portsOf(board);
  const uplink = Math.max(
    0,
    ports.findIndex(({ name }) => name === board.uplink),
  );
  const comments = PORT_COMMENTS[codePageOf(dialect, key)];
  for (const [position, port] of ports.entries()) {
    const portKey = derive(key, port.name);
    const isUplink = position === uplink;
    const disabled = !isUplink && unit(derive(portKey, 'disabled')) < 0.05;
    const connected = isUplink || (!disabled && !port.dark && unit(derive(portKey, 'cable')) < 0.65);
    const noisy = unit(derive(portKey, 'noise')) < 0.1;
    specs.push({
      id: id(),
      name: port.name,
      defaultName: port.name,
      type: 'ether',
      mac: routerMac(key, index, position),
      mtu: '1500',
      actualMtu: 1500,
      l2mtu: board.virtual === true ? undefined : port.maxL2mtu > 4000 ? 1598 : 1580,
      maxL2mtu: board.virtual === true ? undefined : port.maxL2mtu,
      comment: isUplink ? 'uplink' : pick(derive(portKey, 'comment'), comments),
      slave: !isUplink,
      disabled,
      connected,
      speedBps: port.speedBps,
      traffic: connected ? portTraffic(portKey, port.speedBps, isUplink) : { kind: 'none' },
      errorRatio: noisy ? between(derive(portKey, 'errors'), 1e-8, 1e-5) : 0,
      queueDropRatio: isUplink ? between(derive(portKey, 'queue drops'), 1e-7, 1e-5) : 0,
      radio: undefined,
      ssid: '',
      module: port.cage ? moduleOf(portKey, connected, isUplink) : undefined,
      poeOut: port.poeOut,
    });
  }

  const stack = radioStackOf(dialect, board);
  const network = pick(derive(key, 'ssid'), SSIDS);
  for (const [number, radio] of board.radios.entries()) {
    const type = stack === 'caps-man' ? 'cap' : stack === 'wireless' ? 'wlan' : 'wifi';
    const name = `${type}${number + 1}`;
    const radioKey = derive(key, name);
    specs.push({
      id: id(),
      name,
      // A CAPsMAN makes the interfaces of its access points' radios itself.
      defaultName: type === 'cap' ? undefined : name,
      type,
      mac: routerMac(key, index, ports.length + number),
      mtu: '1500',
      actualMtu: 1500,
      l2mtu: type === 'wifi' ? 1560 : 1600,
      maxL2mtu: type === 'wifi' ? 1560 : type === 'cap' ? undefined : 2290,
      comment: '',
      slave: true,
      disabled: false,
      connected: true,
      speedBps: radio.speedBps,
      traffic: {
        kind: 'own',
        rxPeakPerMs: (radio.speedBps / 8000) * between(derive(radioKey, 'rx peak'), 0.01, 0.08),
        txPeakPerMs: (radio.speedBps / 8000) * between(derive(radioKey, 'tx peak'), 0.05, 0.35),
        flaps: false,
      },
      errorRatio: 0,
      queueDropRatio: between(derive(radioKey, 'queue drops'), 1e-6, 1e-4),
      radio: number,
      ssid: radio.band === 5 ? `${network} 5G` : network,
      module: undefined,
      poeOut: false,
    });
  }
  const links = [
    ...(board.modem === undefined ? [] : [{ name: 'lte1', type: 'lte', speedBps: board.modem.fiveG ? 1e9 : 1.5e8 } as const]),
    ...(board.w60g === true ? [{ name: 'wlan60-1', type: 'w60g', speedBps: 1e9 } as const] : []),
  ];
  for (const [number, link] of links.entries()) {
    const linkKey = derive(key, link.name);
    specs.push({
      ...link,
      id: id(),
      defaultName: link.name,
      mac: routerMac(key, index, ports.length + board.radios.length + number),
      mtu: '1500',
      actualMtu: 1500,
      l2mtu: link.type === 'lte' ? undefined : 1600,
      maxL2mtu: link.type === 'lte' ? undefined : 1600,
      comment: '',
      slave: link.type === 'w60g',
      disabled: false,
      connected: true,
      traffic: portTraffic(linkKey, link.speedBps, true),
      errorRatio: 0,
      queueDropRatio: between(derive(linkKey, 'queue drops'), 1e-7, 1e-5),
      radio: undefined,
      ssid: '',
      module: undefined,
      poeOut: false,
    });
  }

  const derived = {
    defaultName: undefined,
    maxL2mtu: undefined,
    disabled: false,
    connected: true,
    errorRatio: 0,
    queueDropRatio: 0,
  } as const;
  const uplinkSpec = specs[uplink];
  if (uplinkSpec === undefined) throw new Error(`BUG: board ${board.name} has no port ${uplink}`);
  const virtual = {
    ...derived,
    speedBps: uplinkSpec.speedBps,
    radio: undefined,
    ssid: '',
    module: undefined,
    poeOut: false,
  } as const;
  const near = specs.findIndex(({ type }) => type === 'w60g');
  if (near >= 0 && isNearEnd(key)) {
    specs.push({
      ...virtual,
      id: id(),
      name: 'wlan60-station-1',
      type: 'w60g-station',
      mac: specs[near]?.mac,
      mtu: '1500',
      actualMtu: 1500,
      l2mtu: 1600,
      comment: '',
      slave: true,
      traffic: { kind: 'share', of: near, fraction: 1, swapped: false },
    });
  }
  specs.push({
    ...virtual,
    id: id(),
    name: 'bridge',
    type: 'bridge',
    mac: routerMac(key, index, uplink === 0 ? 1 : 0),
    mtu: 'auto',
    actualMtu: 1500,
    l2mtu: 1598,
    comment: '',
    slave: false,
    traffic: { kind: 'share', of: uplink, fraction: between(derive(key, 'bridge'), 0.7, 0.95), swapped: true },
  });
  if (dialect.loopback) {
    specs.push({
      ...virtual,
      id: id(),
      name: 'lo',
      type: 'loopback',
      mac: undefined,
      mtu: '65536',
      actualMtu: 65_536,
      l2mtu: undefined,
      comment: '',
      slave: false,
      traffic: { kind: 'none' },
    });
  }
  const vlans = wholeBetween(derive(key, 'vlans'), board.vlansMax > 1 ? 1 : 0, board.vlansMax);
  let unshared = 0.9;
  for (let number = 0; number < vlans; number++) {
    const vlanKey = mix(derive(key, 'vlan'), number);
    const fraction = unshared * between(vlanKey, 0.2, 0.6);
    unshared -= fraction;
    nextId += wholeBetween(vlanKey, 0, 3);
    specs.push({
      ...virtual,
      id: id(),
      name: `vlan${(number + 1) * 10}`,
      type: 'vlan',
      mac: uplinkSpec.mac,
      mtu: '1500',
      actualMtu: 1500,
      l2mtu: (uplinkSpec.l2mtu ?? 1598) - 4,
      comment: number === 0 ? 'management' : '',
      slave: false,
      traffic: { kind: 'share', of: uplink, fraction, swapped: false },
    });
  }
  return specs;
}

/** Of the two ends of a 60 GHz link, the one that the other joins: to it that one is an interface of its own. */
function isNearEnd(key: number): boolean {
  return unit(derive(key, 'w60g end')) < 0.5;
}

interface Port {
  readonly name: string;
  readonly speedBps: number;
  readonly maxL2mtu: number;
  readonly cage: boolean;
  readonly poeOut: boolean;
  readonly dark: boolean;
}

function portsOf(board: Board): Port[] {
  const used = new Map<string, number>();
  return board.ports.flatMap((range) => {
    const first = used.get(range.prefix) ?? 0;
    used.set(range.prefix, first + range.count);
    return Array.from({ length: range.count }, (_, number) => ({
      name: `${range.prefix}${first + number + 1}`,
      speedBps: range.speedBps,
      maxL2mtu: range.maxL2mtu,
      cage: range.cage !== undefined,
      poeOut: number >= range.count - (range.poeOut ?? 0),
      dark: range.dark === true,
    }));
  });
}

/** Long ways need optics, neighbouring devices are joined by a cable; a cage without link may hold a module all the same. */
function moduleOf(key: number, connected: boolean, isUplink: boolean): PortModule {
  const choice = unit(derive(key, 'module'));
  if (isUplink) return 'optic';
  if (connected) return choice < 0.6 ? 'optic' : 'copper-cable';
  return choice < 0.2 ? 'optic' : 'empty';
}

function portTraffic(key: number, speedBps: number, isUplink: boolean): TrafficSource {
  // Counters of a month have to stay exact integers.
  const perMs = Math.min(speedBps, 2.5e10) / 8000;
  const peak = (aspect: string, low: number, high: number): number => perMs * between(derive(key, aspect), low, high);
  if (isUplink)
    return { kind: 'own', rxPeakPerMs: peak('rx peak', 0.15, 0.6), txPeakPerMs: peak('tx peak', 0.03, 0.2), flaps: false };
  const flaps = unit(derive(key, 'flaps')) < 0.2;
  return { kind: 'own', rxPeakPerMs: peak('rx peak', 0.005, 0.08), txPeakPerMs: peak('tx peak', 0.02, 0.3), flaps };
}

/** A locally administered address: 02, a byte of the key, three of the router's number, one of the interface's. */
function routerMac(key: number, index: number, position: number): number {
  return 0x02 * 2 ** 40 + (key & 0xff) * 2 ** 32 + (index & 0xff_ffff) * 2 ** 8 + position;
}
