import type { NeighborState } from '../../dialects/neighbor-rows.ts';
import { neighborsAt } from '../../routers/menus/network.ts';
import type { RouterModel } from '../../traffic/world.ts';
import { type ExpectedRow, type TableTruth, wholeSecondsMs } from './table-truth.ts';

export const NEIGHBORS: TableTruth = {
  menus: [
    {
      path: '/ip/neighbor',
      rows: (model, atMs) =>
        new Map(
          neighborsAt(model, atMs).map((neighbor) => [
            `${neighbor.interface} ${neighbor.mac} ${neighbor.port}`,
            neighborValues(model, neighbor),
          ]),
        ),
    },
  ],
  object: "concat(interface, ' ', toString(mac), ' ', port)",
  columns: [
    'bridge',
    'address',
    'identity',
    'platform',
    'version',
    'board',
    'software_id',
    'system_description',
    'capabilities',
    'discovered_by',
    'uptime_ms',
    'age_ms',
  ],
  countColumn: 'neighbor_rows',
};

function neighborValues({ dialect }: RouterModel, neighbor: NeighborState): ExpectedRow {
  return [
    neighbor.bridge,
    neighbor.address4 || neighbor.address6,
    neighbor.identity,
    neighbor.platform,
    neighbor.version,
    neighbor.board,
    neighbor.softwareId,
    neighbor.description,
    neighbor.capabilitiesEnabled,
    dialect.major === 7 ? neighbor.discoveredBy : '',
    neighbor.uptimeMs === undefined ? null : String(wholeSecondsMs(neighbor.uptimeMs)),
    String(wholeSecondsMs(neighbor.ageMs)),
  ];
}
