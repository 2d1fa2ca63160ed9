import { HOLD_TIMES, LOCAL_AS, type Peer, peerAt, peerState } from '../../dialects/bgp-rows.ts';
import { sizeOf } from '../../routers/menus/network.ts';
import type { RouterModel } from '../../traffic/world.ts';
import { type ExpectedRow, flagValue, type MenuTruth, type TableTruth, wholeSecondsMs } from './table-truth.ts';

/** RouterOS 6: one menu. */
const PEERS: MenuTruth = {
  path: '/routing/bgp/peer',
  rows: (model, atMs) => new Map(peersAt(model, atMs).map((peer) => [objectOf(peer), peerValues(peer)])),
};

/** RouterOS 7: every connection gives a row, with the session that it had when the sessions were asked for. */
const CONNECTIONS: MenuTruth = {
  path: '/routing/bgp/connection',
  rows: (model, _atMs, asked) =>
    new Map(
      peersAt(model, asked('/routing/bgp/session')).map((peer) => [
        objectOf(peer),
        sessionValues(peer, model.dialect.bgpInstance ? 'default' : ''),
      ]),
    ),
};

export const BGP_PEERS: TableTruth = {
  menus: [PEERS, CONNECTIONS],
  // Only RouterOS 6 tells a state.
  menuOf: ([state]) => (state === '' ? CONNECTIONS : PEERS),
  object: "concat(peer, ' ', remote_address)",
  columns: [
    'state',
    'instance',
    'remote_as',
    'remote_id',
    'local_address',
    'local_as',
    'established',
    'disabled',
    'uptime_ms',
    'prefixes',
    'messages_received',
    'messages_sent',
    'received_bytes',
    'sent_bytes',
    'updates_received',
    'updates_sent',
    'hold_time_ms',
  ],
  countColumn: 'bgp_peer_rows',
};

function peersAt(model: RouterModel, atMs: number): Peer[] {
  const bootMs = model.bootAt(atMs).atMs;
  return Array.from({ length: sizeOf(model, 'bgpPeers', atMs) }, (_, index) => peerAt(model.key, index, bootMs, atMs));
}

function objectOf({ name, address }: Peer): string {
  return `${name} ${address}`;
}

function peerValues(peer: Peer): ExpectedRow {
  const { uptimeMs } = peer;
  const up = uptimeMs !== undefined;
  const whenUp = (value: number): string | null => (up ? String(value) : null);
  return [
    peerState(peer),
    'default',
    peer.as,
    up ? peer.routerId : '',
    up ? peer.localAddress : '',
    null,
    flagValue(up),
    flagValue(peer.disabled),
    up ? String(wholeSecondsMs(uptimeMs)) : null,
    whenUp(peer.prefixes),
    null,
    null,
    null,
    null,
    whenUp(peer.updates),
    whenUp(1),
    whenUp(HOLD_TIMES[6].ms),
  ];
}

function sessionValues(peer: Peer, instance: string): ExpectedRow {
  const { uptimeMs, messages, updates } = peer;
  const up = uptimeMs !== undefined;
  const whenUp = (value: number): string | null => (up ? String(value) : null);
  return [
    '',
    instance,
    peer.as,
    up ? peer.routerId : '',
    up || peer.lingers ? peer.localAddress : '',
    LOCAL_AS,
    flagValue(up),
    flagValue(peer.disabled),
    up ? String(uptimeMs - (uptimeMs % 10)) : null,
    whenUp(peer.prefixes),
    whenUp(messages),
    whenUp(messages + 1),
    whenUp(messages * 19 + updates * 60),
    whenUp(messages * 20),
    null,
    null,
    whenUp(HOLD_TIMES[7].ms),
  ];
}
