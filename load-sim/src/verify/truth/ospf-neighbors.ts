import type { OspfNeighbor } from '../../dialects/ospf-rows.ts';
import { ospfNeighborsAt } from '../../routers/menus/network.ts';
import type { RouterModel } from '../../traffic/world.ts';
import { type ExpectedRow, type TableTruth, wholeSecondsMs } from './table-truth.ts';

export const OSPF_NEIGHBORS: TableTruth = {
  menus: [
    {
      path: '/routing/ospf/neighbor',
      rows: (model, atMs) =>
        new Map(
          ospfNeighborsAt(model, atMs).map((neighbor) => [
            `${model.dialect.major === 6 ? 'default' : 'ospf-1'} ${neighbor.interface} ${neighbor.address} ${neighbor.routerId}`,
            neighborValues(model, neighbor),
          ]),
        ),
    },
  ],
  object: "concat(instance, ' ', interface, ' ', address, ' ', router_id)",
  columns: ['area', 'state', 'priority', 'designated', 'backup', 'state_changes', 'adjacency_ms'],
  countColumn: 'ospf_neighbor_rows',
};

function neighborValues({ dialect }: RouterModel, neighbor: OspfNeighbor): ExpectedRow {
  return [
    dialect.major === 6 ? '' : 'backbone',
    neighbor.state,
    dialect.major === 6 ? '1' : '128',
    neighbor.designated,
    neighbor.backup,
    String(neighbor.stateChanges),
    String(wholeSecondsMs(neighbor.adjacencyMs)),
  ];
}
