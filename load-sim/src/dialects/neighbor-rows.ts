/** The replies of /ip/neighbor, by version: what is heard on each port with a link. */
import type { InterfaceState } from '../traffic/interfaces.ts';
import { derive, pick, unit, wholeBetween } from '../traffic/random.ts';
import type { Dialect } from './dialect.ts';
import { durationText, macText, type Property, type Row } from './forms.ts';

const NEIGHBOR_BOARDS = ['CRS326-24G-2S+', 'RB750UPr2', 'RB4011iGS+', 'wAP ax', 'CRS112-8G-4S'];
const LLDP_SYSTEMS = ['ProCurve J9773A', 'Linux 6.1 aarch64', 'IP camera 4MP'];
const DAY_MS = 86_400_000;

/** The neighbour behind a port, or undefined where none announces itself. `key` is the port's own. */
export function neighborRow(dialect: Dialect, state: InterfaceState, key: number, atMs: number): Row | undefined {
  const { spec } = state;
  const kind = unit(derive(key, 'neighbor'));
  if (!state.running || kind >= 0.5) return undefined;
  const number = derive(key, 'neighbor number');
  const mac = 0x0a * 2 ** 40 + number * 2 ** 8;
  const address = `10.${number & 0xff}.${(number >>> 8) & 0xff}.${1 + ((number >>> 16) % 254)}`;
  const row: Property[] = [
    ['.id', `*${((number & 0xffff) + 1).toString(16).toUpperCase()}`],
    ['interface', spec.slave ? `${spec.name},bridge` : spec.name],
    ['address', address],
    ['address4', address],
    ['mac-address', macText(mac)],
  ];
  const age: Property = ['age', durationText(atMs % (wholeBetween(derive(key, 'announces'), 20, 60) * 1000))];
  // Devices that only speak LLDP name no board and no version.
  if (kind >= 0.35) {
    const system = pick(derive(key, 'lldp'), LLDP_SYSTEMS);
    row.push(['identity', `device-${number % 1000}`], ['platform', ''], ['unpack', 'none'], age);
    row.push(
      ['interface-name', 'eth0'],
      ['system-description', system],
      ['system-caps', 'bridge'],
      ['system-caps-enabled', 'bridge'],
    );
    if (dialect.major === 7) row.push(['discovered-by', 'lldp']);
    return row;
  }
  const board = pick(derive(key, 'board'), NEIGHBOR_BOARDS);
  const version = '6.48.6 (long-term)';
  const uptimeMs = atMs % (wholeBetween(derive(key, 'uptime'), 3, 90) * DAY_MS);
  row.push(
    ['identity', `neighbor-${number % 1000}`],
    ['platform', 'MikroTik'],
    ['version', version],
    ['unpack', 'none'],
    age,
    ['uptime', durationText(uptimeMs)],
    ['software-id', softwareId(number)],
    ['board', board],
    ['interface-name', `ether${1 + (number % 5)}`],
    ['system-description', `MikroTik RouterOS ${version} ${board}`],
    ['system-caps', 'bridge,router'],
    ['system-caps-enabled', 'bridge,router'],
  );
  if (dialect.major === 7) row.push(['discovered-by', 'cdp,lldp,mndp']);
  return row;
}

function softwareId(number: number): string {
  const text = number.toString(36).toUpperCase().padStart(8, '0').slice(-8);
  return `${text.slice(0, 4)}-${text.slice(4)}`;
}
