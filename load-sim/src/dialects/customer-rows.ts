/** The replies about customers: DHCP leases, PPP sessions and queues. */
import { baseVolume, burstVolume, createFlow, flowRate } from '../traffic/flow.ts';
import { derive, mix, unit } from '../traffic/random.ts';
import { type Stay, stayAt } from '../traffic/stays.ts';
import type { Dialect } from './dialect.ts';
import { durationText, flagText, macText, type Property, type Row } from './forms.ts';

const HOUR_MS = 3_600_000;
const LEASE_MS = 600_000;

/** Lease number `index` of a router; every tenth is static. Undefined while nobody uses a dynamic one. */
export function leaseRow(dialect: Dialect, key: number, index: number, atMs: number): Row | undefined {
  const own = mix(derive(key, 'lease'), index);
  const fixed = index % 10 === 0;
  const stay = stayAt(own, atMs, HOUR_MS, 20 * HOUR_MS, 0.7);
  if (stay === undefined && !fixed) return undefined;
  const mac = macText(0x0e * 2 ** 40 + (own >>> 8) * 2 ** 16 + (index & 0xffff));
  const address = `172.20.${10 + Math.floor(index / 250)}.${2 + (index % 250)}`;
  const row: Property[] = [
    ['.id', `*${(index + 1).toString(16).toUpperCase()}`],
    ['address', address],
    ['mac-address', mac],
    ['client-id', `1:${mac.toLowerCase()}`],
    ['address-lists', ''],
    ['server', 'dhcp1'],
    ['dhcp-option', ''],
    ['status', stay === undefined ? 'waiting' : 'bound'],
  ];
  if (stay !== undefined) row.push(...boundProperties(stay, address, mac, own, atMs));
  else row.push(['last-seen', 'never']);
  row.push(['radius', 'false'], ['dynamic', flagText(!fixed)], ['blocked', 'false'], ['disabled', 'false']);
  if (fixed) row.push(['comment', `printer ${index / 10 + 1}`]);
  if (dialect.major === 7 && stay !== undefined) row.push(['age', durationText(atMs - stay.startMs)]);
  return row;
}

/** Clients renew a lease at half of its time. */
function boundProperties(stay: Stay, address: string, mac: string, own: number, atMs: number): Property[] {
  const sinceRenewalMs = (atMs - stay.startMs) % (LEASE_MS / 2);
  return [
    ['expires-after', durationText(LEASE_MS - sinceRenewalMs)],
    ['last-seen', durationText(sinceRenewalMs)],
    ['active-address', address],
    ['active-mac-address', mac],
    ['active-client-id', `1:${mac.toLowerCase()}`],
    ['active-server', 'dhcp1'],
    ['host-name', `host-${own % 10_000}`],
  ];
}

/** The session of PPP customer number `index`, or undefined while it is not connected. */
export function pppRow(key: number, index: number, atMs: number): Row | undefined {
  const own = mix(derive(key, 'ppp'), index);
  const stay = stayAt(own, atMs, 6 * HOUR_MS, 200 * HOUR_MS, 0.9);
  if (stay === undefined) return undefined;
  return [
    ['.id', `*${(0x8000_0000 + ((stay.number & 0xff) << 16) + index).toString(16).toUpperCase()}`],
    ['name', `customer${index + 1}`],
    ['service', 'pppoe'],
    ['caller-id', macText(0x0a * 2 ** 40 + (own >>> 8) * 2 ** 16 + (index & 0xffff))],
    ['address', `100.64.${Math.floor(index / 250)}.${2 + (index % 250)}`],
    ['uptime', durationText(atMs - stay.startMs)],
    ['encoding', ''],
    ['session-id', `0x81${((own ^ stay.number) & 0xff_ffff).toString(16).padStart(6, '0')}`],
    ['limit-bytes-in', '0'],
    ['limit-bytes-out', '0'],
    ['radius', flagText(unit(own) < 0.5)],
  ];
}

/** Queue number `index`: pairs are upload/download. Bytes count from `bootMs`. */
export function queueRow(key: number, index: number, bootMs: number, atMs: number): Row {
  const own = mix(derive(key, 'queue'), index);
  const limit = 10_000_000 * (1 + (own % 20));
  const up = createFlow(derive(own, 'up'), limit / 8000 / 6);
  const down = createFlow(derive(own, 'down'), limit / 8000 / 1.2);
  const volumes = [up, down].map((flow) => baseVolume(flow, bootMs, atMs) + burstVolume(flow, bootMs, atMs));
  const rates = [up, down].map((flow) => flowRate(flow, atMs));
  const pair = (values: readonly number[]): string => values.map((value) => Math.floor(value)).join('/');
  return [
    ['.id', `*${(index + 1).toString(16).toUpperCase()}`],
    ['name', `customer${index + 1}`],
    ['target', `100.64.${Math.floor(index / 250)}.${2 + (index % 250)}/32`],
    ['parent', 'none'],
    ['packet-marks', ''],
    ['priority', '8/8'],
    ['queue', 'default-small/default-small'],
    ['limit-at', '0/0'],
    ['max-limit', pair([limit / 2, limit])],
    ['burst-limit', '0/0'],
    ['burst-threshold', '0/0'],
    ['burst-time', '0s/0s'],
    ['bucket-size', '0.1/0.1'],
    ['bytes', pair(volumes)],
    ['packets', pair(volumes.map((bytes) => bytes / 800))],
    ['dropped', pair(volumes.map((bytes) => bytes / 4e7))],
    ['rate', pair(rates.map((rate) => rate * 8000))],
    ['packet-rate', pair(rates.map((rate) => rate / 0.8))],
    ['queued-bytes', '0/0'],
    ['queued-packets', '0/0'],
    ['invalid', 'false'],
    ['dynamic', 'false'],
    ['disabled', 'false'],
  ];
}
