/** The menus below /ip, /ppp, /queue and /routing. */

import type { Role } from '../../boards/board.ts';
import { leaseRow, pppRow, queueRow } from '../../dialects/customer-rows.ts';
import type { Row } from '../../dialects/forms.ts';
import { neighborRow } from '../../dialects/neighbor-rows.ts';
import { bgpConnectionRow, bgpPeerRow, bgpSessionRow, ospfNeighborRow } from '../../dialects/routing-rows.ts';
import { arpRow, connectionRow, routeRow } from '../../dialects/table-rows.ts';
import { clockErrorMs } from '../../faults/clock.ts';
import { hugeSize } from '../../faults/tables.ts';
import { derive } from '../../traffic/random.ts';
import { countUpTo } from '../../traffic/stays.ts';
import { swing } from '../../traffic/wave.ts';
import type { RouterModel } from '../../traffic/world.ts';
import { interfaceKey, ofType } from './interfaces.ts';
import { always, type Menus } from './menu.ts';

const v6 = (model: RouterModel): boolean => model.dialect.major === 6;
const v7 = (model: RouterModel): boolean => model.dialect.major === 7;

/** How many of a thing this router has. */
function sizeOf(model: RouterModel, thing: keyof Role, atMs: number): number {
  const huge = hugeSize(model.faults, thing, atMs);
  if (huge !== undefined) return huge;
  const most = model.board.role[thing];
  return most === 0 ? 0 : countUpTo(derive(model.key, thing), most);
}

function peerRows(model: RouterModel, atMs: number, row: (index: number, bootMs: number) => Row | undefined): Row[] {
  const bootMs = model.bootAt(atMs).atMs;
  return Array.from({ length: sizeOf(model, 'bgpPeers', atMs) }, (_, index) => row(index, bootMs)).filter(
    (one) => one !== undefined,
  );
}

export const NETWORK_MENUS: Menus = [
  [
    '/ip/neighbor',
    {
      exists: always,
      print: (model, atMs) =>
        ofType(model, atMs, 'ether')
          .map((state) => neighborRow(model.dialect, state, interfaceKey(model, state.spec), atMs))
          .filter((row) => row !== undefined),
      watched: ['interface', 'address', 'identity'],
    },
  ],
  [
    '/ip/dhcp-server/lease',
    {
      exists: always,
      table: {
        size: (model, atMs) => sizeOf(model, 'dhcpLeases', atMs),
        row: (model, position, atMs) => leaseRow(model.dialect, model.key, position, atMs),
      },
    },
  ],
  [
    '/ip/route',
    {
      exists: always,
      table: {
        dense: true,
        size: (model, atMs) => sizeOf(model, 'routes', atMs),
        row: (model, position) => routeRow(model.dialect, model.key, position),
      },
    },
  ],
  [
    '/ip/firewall/connection',
    {
      exists: always,
      table: {
        dense: true,
        size: (model, atMs) => Math.floor(sizeOf(model, 'connections', atMs) * swing(derive(model.key, 'busy'), atMs, 0.9, 0.1)),
        row: (model, position, atMs) => connectionRow(model.key, position, atMs),
      },
    },
  ],
  [
    '/ip/arp',
    {
      exists: always,
      table: {
        dense: true,
        size: (model, atMs) => 2 + sizeOf(model, 'dhcpLeases', atMs),
        row: (model, position) => arpRow(model.dialect, model.key, position),
      },
    },
  ],
  [
    '/ppp/active',
    {
      exists: always,
      table: {
        size: (model, atMs) => sizeOf(model, 'pppSessions', atMs),
        row: (model, position, atMs) => pppRow(model.key, position, atMs),
      },
    },
  ],
  [
    '/queue/simple',
    {
      exists: always,
      table: {
        dense: true,
        size: (model, atMs) => sizeOf(model, 'queues', atMs),
        row: (model, position, atMs) => queueRow(model.key, position, model.bootAt(atMs).atMs, atMs),
      },
    },
  ],
  [
    '/routing/bgp/peer',
    { exists: v6, print: (model, atMs) => peerRows(model, atMs, (index, bootMs) => bgpPeerRow(model.key, index, bootMs, atMs)) },
  ],
  [
    '/routing/bgp/session',
    {
      exists: v7,
      print: (model, atMs) =>
        peerRows(model, atMs, (index, bootMs) =>
          bgpSessionRow(model.dialect, model.key, index, bootMs, atMs, clockErrorMs(model.faults, atMs)),
        ),
    },
  ],
  [
    '/routing/bgp/connection',
    {
      exists: v7,
      print: (model, atMs) => peerRows(model, atMs, (index, bootMs) => bgpConnectionRow(model.key, index, bootMs, atMs)),
    },
  ],
  [
    '/routing/ospf/neighbor',
    {
      exists: always,
      print: (model, atMs) =>
        Array.from({ length: sizeOf(model, 'ospfNeighbors', atMs) }, (_, index) =>
          ospfNeighborRow(model.dialect, model.key, index, model.bootAt(atMs).atMs, atMs),
        ),
    },
  ],
];
