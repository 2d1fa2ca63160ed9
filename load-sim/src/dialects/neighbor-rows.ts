/** The replies of /ip/neighbor, by version: what is heard on each port with a link. */
import type { InterfaceState } from '../traffic/interfaces.ts';
import { derive, pick, unit, wholeBetween } from '../traffic/random.ts';
import type { Dialect } from './dialect.ts';
import { durationText, macText, type Property, type Row } from './forms.ts';

const NEIGHBOR_BOARDS = ['CRS326-24G-2S+', 'RB750UPr2', 'RB4011iGS+', 'wAP ax', 'CRS112-8G-4S'];
const LLDP_SYSTEMS = ['ProCurve J9773A', 'Linux 6.1 aarch64', 'IP camera 4MP'];
const NEIGHBOR_VERSION = '6.48.6 (long-term)';
const DAY_MS = 86_400_000;

/** What is heard of the device behind a port. What it does not announce is empty. */
export interface NeighborState {
  readonly interface: string;
  /** The bridge that the port belongs to. */
  readonly bridge: string;
  readonly mac: number;
  /** The device's own port. */
  readonly port: string;
  readonly address4: string;
  readonly address6: string;
  readonly identity: string;
  readonly platform: string;
  readonly version: string;
  readonly board: string;
  readonly softwareId: string;
  readonly description: string;
  readonly capabilities: string;
  readonly capabilitiesEnabled: string;
  readonly discoveredBy: string;
  readonly uptimeMs: number | undefined;
  readonly ageMs: number;
  readonly number: number;
}

/** Devices that only speak LLDP name no board and no version. */
const LLDP_ONLY = {
  platform: '',
  version: '',
  board: '',
  softwareId: '',
  port: 'eth0',
  capabilities: 'bridge,router',
  capabilitiesEnabled: 'bridge',
  discoveredBy: 'lldp',
  uptimeMs: undefined,
} as const;

/** The neighbour behind a port, or undefined where none announces itself. `key` is the port's own. */
export function neighborAt({ spec, running }: InterfaceState, key: number, atMs: number): NeighborState | undefined {
  const kind = unit(derive(key, 'neighbor'));
  if (!running || kind >= 0.5) return undefined;
  const number = derive(key, 'neighbor number');
  const heard = {
    number,
    interface: spec.name,
    bridge: spec.slave ? 'bridge' : '',
    mac: 0x0a * 2 ** 40 + number * 2 ** 8,
    ageMs: atMs % (wholeBetween(derive(key, 'announces'), 20, 60) * 1000),
  };
  const address4 = `10.${number & 0xff}.${(number >>> 8) & 0xff}.${1 + ((number >>> 16) % 254)}`;
  if (kind >= 0.35) {
    const address6 = `fe80::${((number >>> 16) + 1).toString(16)}:${((number & 0xffff) + 1).toString(16)}`;
    return {
      ...LLDP_ONLY,
      ...heard,
      ...(kind >= 0.45 ? { address4: '', address6 } : { address4, address6: '' }),
      identity: `device-${number % 1000}`,
      description: pick(derive(key, 'lldp'), LLDP_SYSTEMS),
    };
  }
  const board = pick(derive(key, 'board'), NEIGHBOR_BOARDS);
  return {
    ...heard,
    port: `ether${1 + (number % 5)}`,
    address4,
    address6: '',
    identity: `neighbor-${number % 1000}`,
    platform: 'MikroTik',
    version: NEIGHBOR_VERSION,
    board,
    softwareId: softwareId(number),
    description: `MikroTik RouterOS ${NEIGHBOR_VERSION} ${board}`,
    capabilities: 'bridge,router',
    capabilitiesEnabled: 'bridge,router',
    discoveredBy: 'cdp,lldp,mndp',
    uptimeMs: atMs % (wholeBetween(derive(key, 'uptime'), 3, 90) * DAY_MS),
  };
}

/** The row of /ip/neighbor/print. Some devices fill up their description with NUL bytes, which RouterOS passes on. */
export function neighborRow(dialect: Dialect, neighbor: NeighborState): Row {
  const { number, bridge, uptimeMs } = neighbor;
  const padding = neighbor.platform === '' ? '\0'.repeat(number % 4) : '';
  const row: Property[] = [
    ['.id', `*${((number & 0xffff) + 1).toString(16).toUpperCase()}`],
    ['interface', bridge === '' ? neighbor.interface : `${neighbor.interface},${bridge}`],
    ['address', neighbor.address4 || neighbor.address6],
    [neighbor.address4 === '' ? 'address6' : 'address4', neighbor.address4 || neighbor.address6],
    ['mac-address', macText(neighbor.mac)],
    ['identity', neighbor.identity],
    ['platform', neighbor.platform],
  ];
  if (neighbor.version !== '') row.push(['version', neighbor.version]);
  row.push(['unpack', 'none'], ['age', durationText(neighbor.ageMs)]);
  if (uptimeMs !== undefined) row.push(['uptime', durationText(uptimeMs)]);
  if (neighbor.softwareId !== '') row.push(['software-id', neighbor.softwareId]);
  if (neighbor.board !== '') row.push(['board', neighbor.board]);
  row.push(
    ['interface-name', neighbor.port],
    ['system-description', neighbor.description + padding],
    ['system-caps', neighbor.capabilities],
    ['system-caps-enabled', neighbor.capabilitiesEnabled],
  );
  if (dialect.major === 7) row.push(['discovered-by', neighbor.discoveredBy]);
  return row;
}

function softwareId(number: number): string {
  const text = number.toString(36).toUpperCase().padStart(8, '0').slice(-8);
  return `${text.slice(0, 4)}-${text.slice(4)}`;
}
