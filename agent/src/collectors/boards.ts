import type { Collector, Menu } from './collector.ts';
import { readText, readValue } from './field-reader.ts';
import { printCommand } from './print-command.ts';
import { parseFlag } from './values/flag.ts';

const PATH = '/system/routerboard';

/** Model, serial number and firmware: one row. Virtual routers report the flag alone. */
const menu: Menu = {
  path: PATH,
  words: printCommand(PATH, [
    'routerboard',
    'board-name',
    'model',
    'revision',
    'serial-number',
    'firmware-type',
    'factory-firmware',
    'current-firmware',
    'upgrade-firmware',
  ]),
  parse(reply, gathering) {
    const [row, ...more] = reply;
    gathering.collapsedRows += more.length;
    if (row === undefined) return;
    gathering.rows.boards.push({
      board: readText(row, 'board-name'),
      routerboard: readValue(row, 'routerboard', parseFlag, gathering),
      model: readText(row, 'model'),
      revision: readText(row, 'revision'),
      serial: readText(row, 'serial-number'),
      firmwareType: readText(row, 'firmware-type'),
      factoryFirmware: readText(row, 'factory-firmware'),
      currentFirmware: readText(row, 'current-firmware'),
      upgradeFirmware: readText(row, 'upgrade-firmware'),
    });
  },
};

export const boardsCollector: Collector = { name: 'boards', optional: true, menus: [menu] };
