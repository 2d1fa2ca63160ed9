import { type Collector, type Menu, noteUnreadable } from './collector.ts';
import { readText, readValue } from './field-reader.ts';
import { printCommand } from './print-command.ts';
import { parseCounter } from './values/counter.ts';
import { parseDurationMs } from './values/duration.ts';
import { parseSmallCount } from './values/quantity.ts';

const PATH = '/routing/ospf/neighbor';

/** The neighbours of OSPF. RouterOS 6 names no area, and the designated routers otherwise than RouterOS 7. */
const menu: Menu = {
  path: PATH,
  words: printCommand(PATH, [
    'instance',
    'area',
    'interface',
    'address',
    'router-id',
    'state',
    'priority',
    'dr',
    'dr-address',
    'bdr',
    'backup-dr-address',
    'state-changes',
    'adjacency',
  ]),
  parse(reply, gathering) {
    const seen = new Set<string>();
    for (const row of reply) {
      const instance = readText(row, 'instance');
      const place = readText(row, 'interface');
      const address = readText(row, 'address');
      const routerId = readText(row, 'router-id');
      if (address === '') {
        noteUnreadable(gathering, 'address');
        continue;
      }
      const identity = `${instance}\n${place}\n${address}\n${routerId}`;
      if (seen.has(identity)) {
        gathering.collapsedRows++;
        continue;
      }
      seen.add(identity);
      gathering.rows.ospfNeighbors.push({
        instance,
        area: readText(row, 'area'),
        interface: place,
        address,
        routerId,
        state: readText(row, 'state'),
        priority: readValue(row, 'priority', parseSmallCount, gathering),
        designated: readText(row, 'dr') || readText(row, 'dr-address'),
        backup: readText(row, 'bdr') || readText(row, 'backup-dr-address'),
        stateChanges: readValue(row, 'state-changes', parseCounter, gathering),
        adjacencyMs: readValue(row, 'adjacency', parseDurationMs, gathering),
      });
    }
  },
};

export const ospfCollector: Collector = { name: 'ospf', optional: true, menus: [menu] };
