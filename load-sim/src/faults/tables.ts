/** Tables that a fault has made huge. */
import type { Role } from '../boards/board.ts';
import type { FaultTrack } from './plan.ts';
import { HUGE_SIZES } from './scenario.ts';

/** How many of a thing a router has while its tables are huge; undefined: as many as ever. */
export function hugeSize(faults: FaultTrack, thing: keyof Role, atMs: number): number | undefined {
  const fault = faults.at(atMs);
  if (fault?.kind !== 'huge_tables') return undefined;
  const { routes, connections, leases, queues } = fault.settings.rows ?? HUGE_SIZES;
  switch (thing) {
    case 'routes':
      return routes;
    case 'connections':
      return connections;
    case 'dhcpLeases':
      return leases;
    case 'queues':
      return queues;
    case 'pppSessions':
    case 'bgpPeers':
    case 'ospfNeighbors':
      return undefined;
  }
}
