import type { Collector, Menu } from './collector.ts';
import { readText } from './field-reader.ts';
import { printCommand } from './print-command.ts';

const PATH = '/system/package/update';
/** Some versions hold the answer back while MikroTik's update server does not answer them. */
const DEADLINE_MS = 5000;

/** What the router knew when it last looked for updates: one row. Printing it does not make the router look. */
const menu: Menu = {
  path: PATH,
  words: printCommand(PATH, ['channel', 'installed-version', 'latest-version', 'status']),
  deadlineMs: DEADLINE_MS,
  parse(reply, gathering) {
    const [row, ...more] = reply;
    gathering.collapsedRows += more.length;
    if (row === undefined) return;
    gathering.rows.packageUpdates.push({
      channel: readText(row, 'channel'),
      installedVersion: readText(row, 'installed-version'),
      latestVersion: readText(row, 'latest-version'),
      status: readText(row, 'status'),
    });
  },
};

export const packageUpdateCollector: Collector = { name: 'package_update', optional: true, menus: [menu] };
