/** Lays out the interfaces that one router has: its ports and radios, and the bridge and VLANs that an operator made. */
import type { Dialect } from '../dialects/dialect.ts';
import { between, derive, mix, pick, unit, wholeBetween } from '../traffic/random.ts';
import type { Board } from './board.ts';

export type InterfaceType = 'ether' | 'wlan' | 'wifi' | 'bridge' | 'vlan' | 'loopback';

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
}

const SSIDS = ['Harbour', 'Linden', 'Kestrel', 'Meadow', 'Orchard', 'Quarry', 'Rowan', 'Tern', 'Willow', 'Juniper'];
const PORT_COMMENTS = ['', '', '', '', 'camera', 'office', 'Büro', 'rack A', 'customer 17', 'spare: do not use'];

/** The interfaces of router `index`, whose choices follow from `key`. The uplink is always connected. */
export function layOutInterfaces(board: Board, dialect: Dialect, index: number, key: number): InterfaceSpec[] {
  const specs: InterfaceSpec[] = [];
  let nextId = 1;
  const id = (): string => `*${(nextId++).toString(16).toUpperCase()}`;

  const ports = portsOf(board);
  const uplink = uplinkOf(board, ports);
  for (const [position, port] of ports.entries()) {
    const portKey = derive(key, port.name);
    const isUplink = position === uplink;
    const disabled = !isUplink && unit(derive(portKey, 'disabled')) < 0.05;
    const connected = isUplink || (!disabled && unit(derive(portKey, 'cable')) < 0.65);
    const noisy = unit(derive(portKey, 'noise')) < 0.1;
    specs.push({
      id: id(),
      name: port.name,
      defaultName: port.name,
      type: 'ether',
      mac: routerMac(key, index, position),
      mtu: '1500',
      actualMtu: 1500,
      l2mtu: port.maxL2mtu > 4000 ? 1598 : 1580,
      maxL2mtu: port.maxL2mtu,
      comment: isUplink ? 'uplink' : pick(derive(portKey, 'comment'), PORT_COMMENTS),
      slave: !isUplink,
      disabled,
      connected,
      speedBps: port.speedBps,
      traffic: connected ? portTraffic(portKey, port.speedBps, isUplink) : { kind: 'none' },
      errorRatio: noisy ? between(derive(portKey, 'errors'), 1e-8, 1e-5) : 0,
      queueDropRatio: isUplink ? between(derive(portKey, 'queue drops'), 1e-7, 1e-5) : 0,
      radio: undefined,
      ssid: '',
    });
  }

  const network = pick(derive(key, 'ssid'), SSIDS);
  for (const [number, radio] of board.radios.entries()) {
    const name = `${dialect.radioMenu === 'wifi' ? 'wifi' : 'wlan'}${number + 1}`;
    const radioKey = derive(key, name);
    specs.push({
      id: id(),
      name,
      defaultName: name,
      type: dialect.radioMenu === 'wifi' ? 'wifi' : 'wlan',
      mac: routerMac(key, index, ports.length + number),
      mtu: '1500',
      actualMtu: 1500,
      l2mtu: dialect.radioMenu === 'wifi' ? 1560 : 1600,
      maxL2mtu: dialect.radioMenu === 'wifi' ? 1560 : 2290,
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
  const virtual = { ...derived, speedBps: uplinkSpec.speedBps, radio: undefined, ssid: '' } as const;
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

interface Port {
  readonly name: string;
  readonly speedBps: number;
  readonly maxL2mtu: number;
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
    }));
  });
}

/** Switches and core routers have their uplink on the first of the fastest ports, the others on their first port. */
function uplinkOf(board: Board, ports: readonly Port[]): number {
  if (board.name !== 'ccr2004' && board.name !== 'crs326') return 0;
  const fastest = Math.max(...ports.map((port) => port.speedBps));
  return ports.findIndex((port) => port.speedBps === fastest);
}

function portTraffic(key: number, speedBps: number, isUplink: boolean): TrafficSource {
  const peak = (aspect: string, low: number, high: number): number => (speedBps / 8000) * between(derive(key, aspect), low, high);
  if (isUplink)
    return { kind: 'own', rxPeakPerMs: peak('rx peak', 0.15, 0.6), txPeakPerMs: peak('tx peak', 0.03, 0.2), flaps: false };
  const flaps = unit(derive(key, 'flaps')) < 0.2;
  return { kind: 'own', rxPeakPerMs: peak('rx peak', 0.005, 0.08), txPeakPerMs: peak('tx peak', 0.02, 0.3), flaps };
}

/** A locally administered address: 02, a byte of the key, three of the router's number, one of the interface's. */
function routerMac(key: number, index: number, position: number): number {
  return 0x02 * 2 ** 40 + (key & 0xff) * 2 ** 32 + (index & 0xff_ffff) * 2 ** 8 + position;
}
