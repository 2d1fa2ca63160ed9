/** The replies about customers: DHCP leases, PPP sessions and queues. */
import { baseVolume, burstVolume, createFlow, flowRate } from '../traffic/flow.ts';
import { derive, mix, unit } from '../traffic/random.ts';
import { countWhere, type Stay, stayAt } from '../traffic/stays.ts';
import type { Dialect } from './dialect.ts';
import { durationText, flagText, macText, type Property, type Row } from './forms.ts';

const HOUR_MS = 3_600_000;
const LEASE_MS = 600_000;

function leaseStay(own: number, atMs: number): Stay | undefined {
  return stayAt(own, atMs, HOUR_MS, 20 * HOUR_MS, 0.7);
}

/** How many of the leases up to number `size` are bound. */
export function boundLeases(key: number, size: number, atMs: number): number {
  const leases = derive(key, 'lease');
  return countWhere(size, (index) => leaseStay(mix(leases, index), atMs) !== undefined);
}

/** How many of the PPP customers up to number `size` are connected. */
export function pppSessions(key: number, size: number, atMs: number): number {
  const customers = derive(key, 'ppp');
  return countWhere(size, (index) => pppStay(mix(customers, index), atMs) !== undefined);
}

function pppStay(own: number, atMs: number): Stay | undefined {
  return stayAt(own, atMs, 6 * HOUR_MS, 200 * HOUR_MS, 0.9);
}

/** Lease number `index` of a router; every tenth is static. Undefined while nobody uses a dynamic one. */
export function leaseRow(dialect: Dialect, key: number, index: number, atMs: number): Row | undefined {
  const own = mix(derive(key, 'lease'), index);
  const fixed = index % 10 === 0;
  const stay = leaseStay(own, atMs);
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
  const stay = pppStay(own, atMs);
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

/** A pair of a queue: from the customer, to the customer. */
export type UploadDownload = readonly [upload: number, download: number];

/** A simple queue at one time. Counters count from the boot. */
export interface QueueState {
  readonly name: string;
  readonly target: string;
  readonly bytes: UploadDownload;
  readonly packets: UploadDownload;
  readonly drops: UploadDownload;
  readonly queuedBytes: UploadDownload;
  readonly limitsBps: UploadDownload;
  readonly ratesBps: UploadDownload;
  readonly packetRates: UploadDownload;
}

/** Queue number `index` of a router that booted at `bootMs`. */
export function queueAt(key: number, index: number, bootMs: number, atMs: number): QueueState {
  const own = mix(derive(key, 'queue'), index);
  const limit = 10_000_000 * (1 + (own % 20));
  const flows = [createFlow(derive(own, 'up'), limit / 8000 / 6), createFlow(derive(own, 'down'), limit / 8000 / 1.2)] as const;
  const volumes = eachWay(flows, (flow) => baseVolume(flow, bootMs, atMs) + burstVolume(flow, bootMs, atMs));
  const rates = eachWay(flows, (flow) => flowRate(flow, atMs));
  const whole = (values: UploadDownload, factor: number): UploadDownload =>
    eachWay(values, (value) => Math.floor(value * factor));
  return {
    name: `customer${index + 1}`,
    target: `100.64.${Math.floor(index / 250)}.${2 + (index % 250)}/32`,
    bytes: whole(volumes, 1),
    packets: whole(volumes, 1 / 800),
    drops: whole(volumes, 1 / 4e7),
    // What a tenth of a second brings waits while the line is busy.
    queuedBytes: eachWay(rates, (rate) => (rate * 8000 > limit / 2 ? Math.floor(rate * 100) : 0)),
    limitsBps: [limit / 2, limit],
    ratesBps: whole(rates, 8000),
    packetRates: whole(rates, 1.25),
  };
}

function eachWay<T>([up, down]: readonly [T, T], valueOf: (value: T) => number): UploadDownload {
  return [valueOf(up), valueOf(down)];
}

/** The row of /queue/simple/print: pairs are upload/download. */
export function queueRow(index: number, queue: QueueState): Row {
  return [
    ['.id', `*${(index + 1).toString(16).toUpperCase()}`],
    ['name', queue.name],
    ['target', queue.target],
    ['parent', 'none'],
    ['packet-marks', ''],
    ['priority', '8/8'],
    ['queue', 'default-small/default-small'],
    ['limit-at', '0/0'],
    ['max-limit', queue.limitsBps.join('/')],
    ['burst-limit', '0/0'],
    ['burst-threshold', '0/0'],
    ['burst-time', '0s/0s'],
    ['bucket-size', '0.1/0.1'],
    ['bytes', queue.bytes.join('/')],
    ['packets', queue.packets.join('/')],
    ['dropped', queue.drops.join('/')],
    ['rate', queue.ratesBps.join('/')],
    ['packet-rate', queue.packetRates.join('/')],
    ['queued-bytes', queue.queuedBytes.join('/')],
    ['queued-packets', queue.queuedBytes.map((bytes) => Math.ceil(bytes / 800)).join('/')],
    ['invalid', 'false'],
    ['dynamic', 'false'],
    ['disabled', 'false'],
  ];
}
