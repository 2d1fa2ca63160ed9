import type { Collector, Menu } from './collector.ts';
import { readText } from './field-reader.ts';
import { printCommand } from './print-command.ts';

const PATH = '/system/identity';

/** The name that the router gives itself: one row. */
const menu: Menu = {
  path: PATH,
  words: printCommand(PATH, ['name']),
  parse(reply, gathering) {
    const [row, ...more] = reply;
    gathering.collapsedRows += more.length;
    if (row !== undefined) gathering.rows.identities.push({ identity: readText(row, 'name') });
  },
};

export const identityCollector: Collector = { name: 'identity', optional: false, menus: [menu] };
