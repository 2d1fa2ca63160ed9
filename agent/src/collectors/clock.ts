import type { ReplyRow } from '../poller/router-client.ts';
import type { Collector, Gathering, Menu } from './collector.ts';
import { readText, readValue } from './field-reader.ts';
import { printCommand } from './print-command.ts';
import { parseDateMs, parseGmtOffsetS, parseTimeOfDayMs } from './values/date.ts';
import { U32_MAX } from './values/parsed.ts';

const PATH = '/system/clock';

/**
 * The router's clock against the agent's: one row. A clock that was never set is stored as it is, somewhere in 1970; how far it is
 * off is what the row is for.
 */
const menu: Menu = {
  path: PATH,
  words: printCommand(PATH, ['date', 'time', 'time-zone-name', 'gmt-offset']),
  parse(reply, gathering, _, { middleMs, roundTripMs }) {
    const [row, ...more] = reply;
    gathering.collapsedRows += more.length;
    if (row === undefined) return;
    const gmtOffsetS = readValue(row, 'gmt-offset', parseGmtOffsetS, gathering);
    const clockMs = readClockMs(row, gmtOffsetS, gathering);
    gathering.rows.routerClocks.push({
      clockMs,
      offsetMs: clockMs === undefined || middleMs === undefined ? undefined : Math.round(clockMs - middleMs),
      roundTripUs: Math.min(U32_MAX, Math.round(roundTripMs * 1000)),
      timeZone: readText(row, 'time-zone-name'),
      gmtOffsetS,
    });
  },
};

/** Date, time and offset as Unix milliseconds; undefined when one of them is missing or cannot be read, which is counted. */
function readClockMs(row: ReplyRow, gmtOffsetS: ReturnType<typeof parseGmtOffsetS>, gathering: Gathering): number | undefined {
  const midnightMs = readValue(row, 'date', parseDateMs, gathering);
  const timeMs = readValue(row, 'time', parseTimeOfDayMs, gathering);
  if (midnightMs === undefined || timeMs === undefined || gmtOffsetS === undefined) return undefined;
  return midnightMs + timeMs - Number(gmtOffsetS) * 1000;
}

export const clockCollector: Collector = { name: 'clock', optional: true, menus: [menu] };
