/** The menus below /ip, /ppp, /queue and /routing. */
import type { Role } from '../../boards/board.ts';
import { bgpConnectionRow, bgpPeerRow, bgpSessionRow } from '../../dialects/bgp-rows.ts';
import { boundLeases, leaseRow, pppRow, pppSessions, queueAt, queueRow } from '../../dialects/customer-rows.ts';
import type { Row } from '../../dialects/forms.ts';
import { type NeighborState, neighborAt, neighborRow } from '../../dialects/neighbor-rows.ts';
import { type OspfNeighbor, ospfNeighborAt, ospfNeighborRow } from '../../dialects/ospf-rows.ts';
import { activeRoutes, arpRow, connectionRow, routeRow } from '../../dialects/table-rows.ts';
import { hugeSize } from '../../faults/tables.ts';
import { derive } from '../../traffic/random.ts';
import { countUpTo } from '../../traffic/stays.ts';
import { swing } from '../../traffic/wave.ts';
import type { RouterModel } from '../../traffic/world.ts';
import { interfaceKey, ofType } from './interfaces.ts';
import { always, type Menus } from './menu.ts';

const v6 = (model: RouterModel): boolean => model.dialect.major === 6;
const v7 = (model: RouterModel): boolean => model.dialect.major === 7;

/** Queries whose answer is known without looking at each row. */
const BOUND = '?status=bound';
const ACTIVE = '?active=true';

function countOfAll(size: number, queries: readonly string[]): number | undefined {
  return queries.length === 0 ? size : undefined;
}

/** How many of a thing this router has. */
export function sizeOf(model: RouterModel, thing: keyof Role, atMs: number): number {
  const huge = hugeSize(model.faults, thing, atMs);
  if (huge !== undefined) return huge;
  const most = model.board.role[thing];
  return most === 0 ? 0 : countUpTo(derive(model.key, thing), most);
}

export function boundLeasesAt(model: RouterModel, atMs: number): number {
  return boundLeases(model.key, sizeOf(model, 'dhcpLeases', atMs), atMs);
}

export function pppSessionsAt(model: RouterModel, atMs: number): number {
  return pppSessions(model.key, sizeOf(model, 'pppSessions', atMs), atMs);
}

export function activeRoutesAt(model: RouterModel, atMs: number): number {
  return activeRoutes(model.key, sizeOf(model, 'routes', atMs));
}

export function connectionsAt(model: RouterModel, atMs: number): number {
  return Math.floor(sizeOf(model, 'connections', atMs) * swing(derive(model.key, 'busy'), atMs, 0.9, 0.1));
}

/** An ARP entry per lease, and those of the router's own uplinks. */
export function arpEntriesAt(model: RouterModel, atMs: number): number {
  return 2 + sizeOf(model, 'dhcpLeases', atMs);
}

export function neighborsAt(model: RouterModel, atMs: number): NeighborState[] {
  return ofType(model, atMs, 'ether')
    .map((state) => neighborAt(state, interfaceKey(model, state.spec), atMs))
    .filter((neighbor) => neighbor !== undefined);
}

export function ospfNeighborsAt(model: RouterModel, atMs: number): OspfNeighbor[] {
  const bootMs = model.bootAt(atMs).atMs;
  return Array.from({ length: sizeOf(model, 'ospfNeighbors', atMs) }, (_, index) =>
    ospfNeighborAt(model.key, index, bootMs, atMs),
  );
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
      print: (model, atMs) => neighborsAt(model, atMs).map((neighbor) => neighborRow(model.dialect, neighbor)),
      watched: ['interface', 'address', 'identity'],
    },
  ],
  [
    '/ip/dhcp-server/lease',
    {
      exists: always,
      table: {
        size: (model, atMs) => sizeOf(model, 'dhcpLeases', atMs),
        count: (model, queries, atMs) => (queries.join(' ') === BOUND ? boundLeasesAt(model, atMs) : undefined),
        row: (model, position, atMs) => leaseRow(model.dialect, model.key, position, atMs),
      },
    },
  ],
  [
    '/ip/route',
    {
      exists: always,
      table: {
        size: (model, atMs) => sizeOf(model, 'routes', atMs),
        count: (model, queries, atMs) =>
          queries.join(' ') === ACTIVE ? activeRoutesAt(model, atMs) : countOfAll(sizeOf(model, 'routes', atMs), queries),
        row: (model, position) => routeRow(model.dialect, model.key, position),
      },
    },
  ],
  [
    '/ip/firewall/connection',
    {
      exists: always,
      table: {
        size: connectionsAt,
        count: (model, queries, atMs) => countOfAll(connectionsAt(model, atMs), queries),
        row: (model, position, atMs) => connectionRow(model.key, position, atMs),
      },
    },
  ],
  [
    '/ip/arp',
    {
      exists: always,
      table: {
        size: arpEntriesAt,
        count: (model, queries, atMs) => countOfAll(arpEntriesAt(model, atMs), queries),
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
        count: (model, queries, atMs) => countOfAll(pppSessionsAt(model, atMs), queries),
        row: (model, position, atMs) => pppRow(model.key, position, atMs),
      },
    },
  ],
  [
    '/queue/simple',
    {
      exists: always,
      table: {
        size: (model, atMs) => sizeOf(model, 'queues', atMs),
        count: (model, queries, atMs) => countOfAll(sizeOf(model, 'queues', atMs), queries),
        row: (model, position, atMs) => queueRow(position, queueAt(model.key, position, model.bootAt(atMs).atMs, atMs)),
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
          bgpSessionRow(model.dialect, model.key, index, bootMs, atMs, model.clock.localShiftMs(atMs)),
        ),
    },
  ],
  [
    '/routing/bgp/connection',
    {
      exists: v7,
      print: (model, atMs) =>
        peerRows(model, atMs, (index, bootMs) => bgpConnectionRow(model.dialect, model.key, index, bootMs, atMs)),
    },
  ],
  [
    '/routing/ospf/neighbor',
    {
      exists: always,
      print: (model, atMs) =>
        ospfNeighborsAt(model, atMs).map((neighbor, index) => ospfNeighborRow(model.dialect, index, neighbor, atMs)),
    },
  ],
];
