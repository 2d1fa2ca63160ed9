import type { Collector, Menu } from './collector.ts';
import { readValue } from './field-reader.ts';
import { namedRows } from './named-rows.ts';
import { printCommand } from './print-command.ts';
import { parsePercent } from './values/quantity.ts';

const PATH = '/system/resource/cpu';

/** The load of every core. */
const menu: Menu = {
  path: PATH,
  words: printCommand(PATH, ['cpu', 'load', 'irq', 'disk']),
  parse(reply, gathering) {
    for (const [cpu, row] of namedRows(reply, 'cpu', gathering)) {
      gathering.rows.cpuCores.push({
        cpu,
        loadPct: readValue(row, 'load', parsePercent, gathering),
        irqPct: readValue(row, 'irq', parsePercent, gathering),
        diskPct: readValue(row, 'disk', parsePercent, gathering),
      });
    }
  },
};

export const cpuCoresCollector: Collector = { name: 'cpu_cores', optional: true, menus: [menu] };
