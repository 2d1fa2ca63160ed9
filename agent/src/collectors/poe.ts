/** Ports that feed devices. Of a port that feeds nothing the router reports no readings, or zeros: they stay what it says. */
import type { Collector, Menu } from './collector.ts';
import { readText, readValue } from './field-reader.ts';
import { createMonitor } from './monitor.ts';
import { printCommand } from './print-command.ts';
import { parseMilliamps, parseVolts, parseWatts } from './values/measurement.ts';

const PATH = '/interface/ethernet/poe';

const print: Menu = { path: PATH, words: printCommand(PATH, ['.id', 'name', 'poe-out']) };
const monitor = createMonitor({ printed: PATH, command: `${PATH}/monitor` });

export const poeCollector: Collector = {
  name: 'poe',
  optional: true,
  menus: [print, monitor.menu],
  join(replies, gathering) {
    for (const [name, printed, monitored] of monitor.items(replies, gathering))
      gathering.rows.poePorts.push({
        interface: name,
        mode: readText(printed, 'poe-out'),
        status: readText(monitored, 'poe-out-status'),
        voltageV: readValue(monitored, 'poe-out-voltage', parseVolts, gathering),
        currentMa: readValue(monitored, 'poe-out-current', parseMilliamps, gathering),
        powerW: readValue(monitored, 'poe-out-power', parseWatts, gathering),
      });
  },
};
