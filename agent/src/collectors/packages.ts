import type { Collector, Menu } from './collector.ts';
import { readText, readValue } from './field-reader.ts';
import { namedRows } from './named-rows.ts';
import { printCommand } from './print-command.ts';
import { parseFlag } from './values/flag.ts';

const PATH = '/system/package';

/** The packages of RouterOS that are installed, and on recent versions those that could be. */
const menu: Menu = {
  path: PATH,
  words: printCommand(PATH, ['name', 'version', 'disabled', 'available']),
  parse(reply, gathering) {
    for (const [name, row] of namedRows(reply, 'name', gathering)) {
      gathering.rows.packages.push({
        package: name,
        version: readText(row, 'version'),
        disabled: readValue(row, 'disabled', parseFlag, gathering),
        available: readValue(row, 'available', parseFlag, gathering),
      });
    }
  },
};

export const packagesCollector: Collector = { name: 'packages', optional: true, menus: [menu] };
