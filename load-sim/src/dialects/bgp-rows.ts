/** The replies about BGP, by version: v7 has other menus than v6, one of what is configured and one of the sessions. */
import { derive, mix, unit, wholeBetween } from '../traffic/random.ts';
import { stayAt } from '../traffic/stays.ts';
import type { Dialect } from './dialect.ts';
import { dateText, durationText, fineDurationText, flagText, type Property, type Row } from './forms.ts';

const DAY_MS = 86_400_000;
/** The AS of every simulated router. */
export const LOCAL_AS = '65001';
/** Hold times in use, as configured in each major version. */
export const HOLD_TIMES = { 6: { text: '30s', ms: 30_000 }, 7: { text: '3m', ms: 180_000 } } as const;

/** One BGP neighbour at one time. */
export interface Peer {
  readonly name: string;
  readonly address: string;
  readonly localAddress: string;
  readonly as: string;
  readonly routerId: string;
  readonly disabled: boolean;
  /** Undefined while the session is down. */
  readonly uptimeMs: number | undefined;
  /** True for a session that is down and yet listed by RouterOS 7. */
  readonly lingers: boolean;
  readonly prefixes: number;
  readonly updates: number;
  readonly messages: number;
}

/** BGP neighbour number `index` of a router that booted at `bootMs`. */
export function peerAt(key: number, index: number, bootMs: number, atMs: number): Peer {
  const own = mix(derive(key, 'bgp'), index);
  const disabled = unit(derive(own, 'disabled')) < 0.06;
  const stay = disabled ? undefined : stayAt(own, atMs, 2 * DAY_MS, 40 * DAY_MS, 0.985);
  const upSinceMs = stay === undefined ? undefined : Math.max(stay.startMs, bootMs + 45_000);
  const uptimeMs = upSinceMs === undefined || upSinceMs > atMs ? undefined : atMs - upSinceMs;
  const updates = Math.floor((uptimeMs ?? 0) / 5_000);
  return {
    name: `peer-${index + 1}`,
    address: `10.10.${index}.2`,
    localAddress: `10.10.${index}.1`,
    as: String(64_512 + (own % 400)),
    routerId: `10.255.${index}.2`,
    disabled,
    uptimeMs,
    lingers: !disabled && uptimeMs === undefined && unit(derive(own, 'lingers')) < 0.5,
    prefixes: uptimeMs === undefined ? 0 : wholeBetween(derive(own, 'prefixes'), 1, 900) + (Math.floor(atMs / 60_000 + own) % 5),
    updates,
    messages: Math.floor((uptimeMs ?? 0) / 60_000) + updates,
  };
}

/** One row of /routing/bgp/peer/print (v6): configured peers, also those without a session. */
export function bgpPeerRow(key: number, index: number, bootMs: number, atMs: number): Row {
  const peer = peerAt(key, index, bootMs, atMs);
  const row: Property[] = [
    ['.id', `*${index.toString(16).toUpperCase()}`],
    ['name', peer.name],
    ['instance', 'default'],
    ['remote-address', peer.address],
    ['remote-as', peer.as],
    ['nexthop-choice', 'default'],
    ['multihop', 'false'],
    ['route-reflect', 'false'],
    ['hold-time', HOLD_TIMES[6].text],
    ['ttl', '255'],
    ['in-filter', 'bgp-in'],
    ['out-filter', 'bgp-out'],
    ['address-families', 'ip'],
    ['default-originate', 'never'],
    ['remove-private-as', 'false'],
    ['as-override', 'false'],
    ['passive', 'false'],
    ['use-bfd', 'false'],
    ['keepalive-time', '10s'],
  ];
  if (peer.uptimeMs !== undefined)
    row.push(
      ['remote-id', peer.routerId],
      ['local-address', peer.localAddress],
      ['uptime', durationText(peer.uptimeMs)],
      ['prefix-count', String(peer.prefixes)],
      ['updates-sent', '1'],
      ['updates-received', String(peer.updates)],
      ['withdrawn-sent', '0'],
      ['withdrawn-received', '0'],
      ['remote-hold-time', '3m'],
      ['used-hold-time', HOLD_TIMES[6].text],
      ['used-keepalive-time', '10s'],
      ['refresh-capability', 'true'],
      ['as4-capability', 'true'],
    );
  row.push(['state', peerState(peer)]);
  if (peer.uptimeMs !== undefined) row.push(['established', 'true']);
  row.push(['disabled', flagText(peer.disabled)]);
  return row;
}

/** In the words of RouterOS 6. */
export function peerState({ disabled, uptimeMs }: Peer): string {
  if (disabled) return 'idle';
  return uptimeMs === undefined ? 'active' : 'established';
}

/**
 * One row of /routing/bgp/session/print (v7), or undefined: only sessions that exist are listed. The router's clock is wrong
 * by `clockMs`.
 */
export function bgpSessionRow(
  dialect: Dialect,
  key: number,
  index: number,
  bootMs: number,
  atMs: number,
  clockMs = 0,
): Row | undefined {
  const peer = peerAt(key, index, bootMs, atMs);
  const { uptimeMs, messages, updates } = peer;
  if (uptimeMs === undefined && !peer.lingers) return undefined;
  const row: Property[] = [
    ['.id', `*${(0x280_0001 + index).toString(16).toUpperCase()}`],
    ['name', `${peer.name}-1`],
  ];
  if (dialect.bgpInstance) row.push(['instance', 'default']);
  row.push(['remote.address', peer.address], ['remote.as', peer.as]);
  if (uptimeMs === undefined) {
    row.push(['local.address', peer.localAddress], ['local.as', LOCAL_AS], ['output.procid', '20'], ['input.procid', '20']);
    row.push(['ebgp', ''], ['stopped', '']);
    return row;
  }
  row.push(
    ['remote.id', peer.routerId],
    ['remote.capabilities', 'mp,rr,gr,as4'],
    ['remote.messages', String(messages)],
    ['remote.bytes', String(messages * 19 + updates * 60)],
    ['remote.eor', ''],
    ['local.address', peer.localAddress],
    ['local.as', LOCAL_AS],
    ['local.id', '10.255.0.1'],
    ['local.capabilities', 'mp,rr,gr,as4'],
    ['local.messages', String(messages + 1)],
    ['local.bytes', String(messages * 20)],
    ['local.eor', ''],
    ['output.procid', '20'],
    ['output.network', 'bgp-networks'],
    ['input.procid', '20'],
    ['ebgp', ''],
    ['hold-time', HOLD_TIMES[7].text],
    ['keepalive-time', '1m'],
    ['uptime', fineDurationText(uptimeMs - (uptimeMs % 10))],
    ['last-started', dateText(dialect, atMs - uptimeMs + clockMs)],
    ['prefix-count', String(peer.prefixes)],
    ['established', 'true'],
  );
  return row;
}

/**
 * One row of /routing/bgp/connection/print (v7): what is configured, up or down. Some operators write the address as a
 * network.
 */
export function bgpConnectionRow(dialect: Dialect, key: number, index: number, bootMs: number, atMs: number): Row {
  const peer = peerAt(key, index, bootMs, atMs);
  const row: Property[] = [
    ['.id', `*${(index + 1).toString(16).toUpperCase()}`],
    ['name', peer.name],
  ];
  if (dialect.bgpInstance) row.push(['instance', 'default']);
  row.push(
    ['remote.address', index % 2 === 0 ? peer.address : `${peer.address}/32`],
    ['remote.as', peer.as],
    ['local.role', 'ebgp'],
    ['as', LOCAL_AS],
    ['routing-table', 'main'],
    ['output.network', 'bgp-networks'],
    ['disabled', flagText(peer.disabled)],
  );
  return row;
}
