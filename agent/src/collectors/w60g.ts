/** 60 GHz links: the interfaces themselves, and the stations of an access point, which are interfaces of another menu. */
import type { ReplyRow } from '../poller/router-client.ts';
import type { Collector, Gathering, Menu, Replies } from './collector.ts';
import { readText, readValue } from './field-reader.ts';
import { createMonitor } from './monitor.ts';
import { printCommand } from './print-command.ts';
import { parseFlag } from './values/flag.ts';
import { parseMac } from './values/mac.ts';
import { parseCelsius, parseExactMetres } from './values/measurement.ts';
import { parseDecibels, parseFractionalPercent, parseMegahertz, parsePercent, parseSmallCount } from './values/quantity.ts';
import { parseRateBps } from './values/rate.ts';

const PATH = '/interface/w60g';
const STATION_PATH = `${PATH}/station`;
const PROPERTIES = ['.id', 'name', 'disabled'];

const monitors = (item: ReplyRow): boolean => item.get('disabled') !== 'true';
const monitor = createMonitor({ printed: PATH, command: `${PATH}/monitor`, monitors });
const stationMonitor = createMonitor({ printed: STATION_PATH, command: `${STATION_PATH}/monitor`, monitors });

const print: Menu = { path: PATH, words: printCommand(PATH, PROPERTIES) };
const stationWords = printCommand(STATION_PATH, PROPERTIES);
/** Most routers have these menus without such interfaces: there are no stations then either. */
const stationPrint: Menu = {
  path: STATION_PATH,
  words: (replies) => ((replies.get(PATH) ?? []).length > 0 ? stationWords : undefined),
};

/** An access point lists in its own row what its stations have, who have rows of their own: a list is no value of the access point. */
function withoutLists(row: ReplyRow): ReplyRow {
  return {
    get(name) {
      const value = row.get(name);
      return value?.includes(',') === true ? undefined : value;
    },
    keys: () => row.keys(),
  };
}

function addLink(name: string, monitored: ReplyRow, gathering: Gathering): void {
  gathering.rows.w60gLinks.push({
    interface: name,
    connected: readValue(monitored, 'connected', parseFlag, gathering),
    remoteMac: readValue(monitored, 'remote-address', parseMac, gathering) ?? readValue(monitored, 'remote', parseMac, gathering),
    frequencyMhz: readValue(monitored, 'frequency', parseMegahertz, gathering),
    txMcs: readValue(monitored, 'tx-mcs', parseSmallCount, gathering),
    txRateBps: readValue(monitored, 'tx-phy-rate', parseRateBps, gathering),
    signalPct: readValue(monitored, 'signal', parsePercent, gathering),
    rssiDbm: readValue(monitored, 'rssi', parseDecibels, gathering),
    txSector: readValue(monitored, 'tx-sector', parseSmallCount, gathering),
    txSectorInfo: readText(monitored, 'tx-sector-info'),
    distanceM: readValue(monitored, 'distance', parseExactMetres, gathering),
    txPacketErrorPct: readValue(monitored, 'tx-packet-error-rate', parseFractionalPercent, gathering),
    basebandTemperatureC: readValue(monitored, 'baseband-temperature', parseCelsius, gathering),
    rfTemperatureC: readValue(monitored, 'rf-temperature', parseCelsius, gathering),
  });
}

export const w60gCollector: Collector = {
  name: 'w60g',
  optional: true,
  menus: [print, monitor.menu, stationPrint, stationMonitor.menu],
  join(replies: Replies, gathering: Gathering) {
    const seen = new Set<string>();
    for (const { items } of [monitor, stationMonitor]) {
      for (const [name, , monitored] of items(replies, gathering)) {
        if (seen.has(name)) gathering.collapsedRows++;
        else addLink(name, withoutLists(monitored), gathering);
        seen.add(name);
      }
    }
  },
};
