import type { Collector, Menu } from './collector.ts';
import { readText, readValue } from './field-reader.ts';
import { printCommand } from './print-command.ts';
import { parseCounter } from './values/counter.ts';
import { parseDurationMs } from './values/duration.ts';
import { parseBytes, parseFractionalPercent, parseMegahertz, parsePercent, parseSmallCount } from './values/quantity.ts';

const PATH = '/system/resource';

/** CPU, memory, flash, uptime and version: one row. Boards leave out what they do not have. */
const menu: Menu = {
  path: PATH,
  words: printCommand(PATH, [
    'uptime',
    'version',
    'board-name',
    'architecture-name',
    'cpu-load',
    'cpu-count',
    'cpu-frequency',
    'total-memory',
    'free-memory',
    'total-hdd-space',
    'free-hdd-space',
    'write-sect-since-reboot',
    'bad-blocks',
  ]),
  parse(reply, gathering) {
    const [row, ...more] = reply;
    gathering.collapsedRows += more.length;
    if (row === undefined) return;
    gathering.rows.devices.push({
      uptimeMs: readValue(row, 'uptime', parseDurationMs, gathering),
      version: readText(row, 'version'),
      board: readText(row, 'board-name'),
      architecture: readText(row, 'architecture-name'),
      cpuLoadPct: readValue(row, 'cpu-load', parsePercent, gathering),
      cpuCount: readValue(row, 'cpu-count', parseSmallCount, gathering),
      cpuFrequencyMhz: readValue(row, 'cpu-frequency', parseMegahertz, gathering),
      memoryTotalBytes: readValue(row, 'total-memory', parseBytes, gathering),
      memoryFreeBytes: readValue(row, 'free-memory', parseBytes, gathering),
      diskTotalBytes: readValue(row, 'total-hdd-space', parseBytes, gathering),
      diskFreeBytes: readValue(row, 'free-hdd-space', parseBytes, gathering),
      sectorsWritten: readValue(row, 'write-sect-since-reboot', parseCounter, gathering),
      badBlocksPct: readValue(row, 'bad-blocks', parseFractionalPercent, gathering),
    });
  },
};

export const resourceCollector: Collector = { name: 'resource', optional: false, menus: [menu] };
