/** The replies about routing protocols, by version: v7 renamed most of the menus and attributes. */
import { derive, mix, unit, wholeBetween } from '../traffic/random.ts';
import { stayAt } from '../traffic/stays.ts';
import type { Dialect } from './dialect.ts';
import { dateText, durationText, fineDurationText, type Property, type Row } from './forms.ts';

const DAY_MS = 86_400_000;
const LOCAL_AS = '65001';

/** One BGP neighbour at one time. */
interface Peer {
  readonly name: string;
  readonly address: string;
  readonly as: string;
  readonly routerId: string;
  /** Undefined while the session is down. */
  readonly uptimeMs: number | undefined;
  readonly prefixes: number;
  readonly updates: number;
}

function peerAt(key: number, index: number, bootMs: number, atMs: number): Peer {
  const own = mix(derive(key, 'bgp'), index);
  const stay = stayAt(own, atMs, 2 * DAY_MS, 40 * DAY_MS, 0.985);
  const upSinceMs = stay === undefined ? undefined : Math.max(stay.startMs, bootMs + 45_000);
  const uptimeMs = upSinceMs === undefined || upSinceMs > atMs ? undefined : atMs - upSinceMs;
  return {
    name: `peer-${index + 1}`,
    address: `10.10.${index}.2`,
    as: String(64_512 + (own % 400)),
    routerId: `10.255.${index}.2`,
    uptimeMs,
    prefixes: uptimeMs === undefined ? 0 : wholeBetween(derive(own, 'prefixes'), 1, 900) + (Math.floor(atMs / 60_000 + own) % 5),
    updates: Math.floor((uptimeMs ?? 0) / 5_000),
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
    ['hold-time', '30s'],
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
      ['local-address', `10.10.${index}.1`],
      ['uptime', durationText(peer.uptimeMs)],
      ['prefix-count', String(peer.prefixes)],
      ['updates-sent', '1'],
      ['updates-received', String(peer.updates)],
      ['withdrawn-sent', '0'],
      ['withdrawn-received', '0'],
      ['remote-hold-time', '3m'],
      ['used-hold-time', '30s'],
      ['used-keepalive-time', '10s'],
      ['refresh-capability', 'true'],
      ['as4-capability', 'true'],
    );
  row.push(['state', peer.uptimeMs === undefined ? 'active' : 'established']);
  if (peer.uptimeMs !== undefined) row.push(['established', 'true']);
  row.push(['disabled', 'false']);
  return row;
}

/** One row of /routing/bgp/session/print (v7), or undefined: only sessions that exist are listed. Its clock is wrong by `clockMs`. */
export function bgpSessionRow(
  dialect: Dialect,
  key: number,
  index: number,
  bootMs: number,
  atMs: number,
  clockMs = 0,
): Row | undefined {
  const peer = peerAt(key, index, bootMs, atMs);
  if (peer.uptimeMs === undefined) return undefined;
  const row: Property[] = [
    ['.id', `*${(0x280_0001 + index).toString(16).toUpperCase()}`],
    ['name', `${peer.name}-1`],
  ];
  if (dialect.bgpInstance) row.push(['instance', 'default']);
  const messages = Math.floor(peer.uptimeMs / 60_000) + peer.updates;
  row.push(
    ['remote.address', peer.address],
    ['remote.as', peer.as],
    ['remote.id', peer.routerId],
    ['remote.capabilities', 'mp,rr,gr,as4'],
    ['remote.messages', String(messages)],
    ['remote.bytes', String(messages * 19 + peer.updates * 60)],
    ['remote.eor', ''],
    ['local.address', `10.10.${index}.1`],
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
    ['hold-time', '3m'],
    ['keepalive-time', '1m'],
    ['uptime', fineDurationText(peer.uptimeMs - (peer.uptimeMs % 10))],
    ['last-started', dateText(dialect, atMs - peer.uptimeMs + clockMs)],
    ['prefix-count', String(peer.prefixes)],
    ['established', 'true'],
  );
  return row;
}

/** One row of /routing/bgp/connection/print (v7): what is configured, up or down. */
export function bgpConnectionRow(key: number, index: number, bootMs: number, atMs: number): Row {
  const peer = peerAt(key, index, bootMs, atMs);
  return [
    ['.id', `*${(index + 1).toString(16).toUpperCase()}`],
    ['name', peer.name],
    ['remote.address', peer.address],
    ['remote.as', peer.as],
    ['local.role', 'ebgp'],
    ['as', LOCAL_AS],
    ['routing-table', 'main'],
    ['output.network', 'bgp-networks'],
    ['disabled', 'false'],
  ];
}

/** One row of /routing/ospf/neighbor/print. */
export function ospfNeighborRow(dialect: Dialect, key: number, index: number, bootMs: number, atMs: number): Row {
  const own = mix(derive(key, 'ospf'), index);
  const stay = stayAt(own, atMs, DAY_MS, 30 * DAY_MS, 0.99);
  const upSinceMs = Math.max(stay?.startMs ?? atMs, bootMs + 40_000);
  const full = stay !== undefined && upSinceMs <= atMs;
  const address = `10.20.${index}.2`;
  const [designated, backup] = unit(derive(own, 'dr')) < 0.5 ? [address, `10.20.${index}.1`] : [`10.20.${index}.1`, address];
  const changes = String(4 + ((stay?.number ?? 0) % 20));
  const adjacency = durationText(full ? atMs - upSinceMs : 0);
  const state = full ? 'Full' : 'Init';
  const routerId = `10.255.1.${index + 2}`;
  const place = `ether${index + 2}`;
  if (dialect.major === 6) {
    return [
      ['.id', `*${(index + 1).toString(16).toUpperCase()}`],
      ['instance', 'default'],
      ['router-id', routerId],
      ['address', address],
      ['interface', place],
      ['priority', '1'],
      ['dr-address', designated],
      ['backup-dr-address', backup],
      ['state', state],
      ['state-changes', changes],
      ['ls-retransmits', '0'],
      ['ls-requests', '0'],
      ['db-summaries', '0'],
      ['adjacency', adjacency],
    ];
  }
  return [
    ['.id', `*${(index + 1).toString(16).toUpperCase()}`],
    ['instance', 'ospf-1'],
    ['area', 'backbone'],
    ['address', address],
    ['interface', place],
    ['priority', '128'],
    ['router-id', routerId],
    ['dr', designated],
    ['bdr', backup],
    ['state', state],
    ['state-changes', changes],
    ['adjacency', adjacency],
    ['timeout', durationText(40_000 - (atMs % 10_000))],
    ['dynamic', 'true'],
  ];
}
