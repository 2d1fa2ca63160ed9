/** The replies of /routing/ospf/neighbor, by version: v7 renamed some of the attributes. */
import { derive, mix, unit } from '../traffic/random.ts';
import { stayAt } from '../traffic/stays.ts';
import type { Dialect } from './dialect.ts';
import { durationText, type Property, type Row } from './forms.ts';

const DAY_MS = 86_400_000;

/** One OSPF neighbour at one time. */
export interface OspfNeighbor {
  readonly interface: string;
  readonly address: string;
  readonly routerId: string;
  readonly designated: string;
  readonly backup: string;
  readonly state: 'Full' | 'Init';
  readonly stateChanges: number;
  readonly adjacencyMs: number;
}

/** OSPF neighbour number `index` of a router that booted at `bootMs`. */
export function ospfNeighborAt(key: number, index: number, bootMs: number, atMs: number): OspfNeighbor {
  const own = mix(derive(key, 'ospf'), index);
  const stay = stayAt(own, atMs, DAY_MS, 30 * DAY_MS, 0.99);
  const upSinceMs = Math.max(stay?.startMs ?? atMs, bootMs + 40_000);
  const full = stay !== undefined && upSinceMs <= atMs;
  const address = `10.20.${index}.2`;
  const [designated, backup] = unit(derive(own, 'dr')) < 0.5 ? [address, `10.20.${index}.1`] : [`10.20.${index}.1`, address];
  return {
    interface: `ether${index + 2}`,
    address,
    routerId: `10.255.1.${index + 2}`,
    designated,
    backup,
    state: full ? 'Full' : 'Init',
    stateChanges: 4 + ((stay?.number ?? 0) % 20),
    adjacencyMs: full ? atMs - upSinceMs : 0,
  };
}

/** One row of /routing/ospf/neighbor/print. */
export function ospfNeighborRow(dialect: Dialect, index: number, neighbor: OspfNeighbor, atMs: number): Row {
  const id: Property = ['.id', `*${(index + 1).toString(16).toUpperCase()}`];
  const changes = String(neighbor.stateChanges);
  const adjacency = durationText(neighbor.adjacencyMs);
  if (dialect.major === 6) {
    return [
      id,
      ['instance', 'default'],
      ['router-id', neighbor.routerId],
      ['address', neighbor.address],
      ['interface', neighbor.interface],
      ['priority', '1'],
      ['dr-address', neighbor.designated],
      ['backup-dr-address', neighbor.backup],
      ['state', neighbor.state],
      ['state-changes', changes],
      ['ls-retransmits', '0'],
      ['ls-requests', '0'],
      ['db-summaries', '0'],
      ['adjacency', adjacency],
    ];
  }
  return [
    id,
    ['instance', 'ospf-1'],
    ['area', 'backbone'],
    ['address', neighbor.address],
    ['interface', neighbor.interface],
    ['priority', '128'],
    ['router-id', neighbor.routerId],
    ['dr', neighbor.designated],
    ['bdr', neighbor.backup],
    ['state', neighbor.state],
    ['state-changes', changes],
    ['adjacency', adjacency],
    ['timeout', durationText(40_000 - (atMs % 10_000))],
    ['dynamic', 'true'],
  ];
}
