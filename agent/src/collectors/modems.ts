/**
 * LTE and 5G modems. The numbers of modem, card and subscriber (IMEI, ICCID, IMSI) are in the reply too, and are never read.
 */
import type { ReplyRow } from '../poller/router-client.ts';
import type { Collector, Gathering, Menu } from './collector.ts';
import { readText, readValue } from './field-reader.ts';
import { createMonitor } from './monitor.ts';
import { printCommand } from './print-command.ts';
import { parseCounter } from './values/counter.ts';
import { parseDurationMs } from './values/duration.ts';
import { parseFlag } from './values/flag.ts';
import { parseExactDecibels } from './values/measurement.ts';
import { parseSmallCount } from './values/quantity.ts';

const PATH = '/interface/lte';
const MONITOR = `${PATH}/monitor`;

const print: Menu = { path: PATH, words: printCommand(PATH, ['.id', 'name', 'disabled']) };
const monitors = (item: ReplyRow): boolean => item.get('disabled') !== 'true';
const monitor = createMonitor({ printed: PATH, command: MONITOR, monitors });
/** RouterOS 6 has another command, for one modem at a time. */
const info = createMonitor({
  printed: PATH,
  command: `${PATH}/info`,
  argument: 'number',
  itemsMax: 1,
  monitors,
  insteadOf: MONITOR,
});

function addModem(name: string, monitored: ReplyRow, gathering: Gathering): void {
  gathering.rows.modems.push({
    interface: name,
    status: readText(monitored, 'status'),
    registration: readText(monitored, 'registration-status'),
    operator: readText(monitored, 'current-operator'),
    // The second is its name in RouterOS 6.
    technology: readText(monitored, 'data-class') || readText(monitored, 'access-technology'),
    model: readText(monitored, 'model'),
    revision: readText(monitored, 'revision'),
    roaming: readValue(monitored, 'roaming', parseFlag, gathering),
    cellId: readValue(monitored, 'current-cellid', parseCounter, gathering),
    enbId: readValue(monitored, 'enb-id', parseSmallCount, gathering),
    sectorId: readValue(monitored, 'sector-id', parseSmallCount, gathering),
    physicalCellId: readValue(monitored, 'phy-cellid', parseSmallCount, gathering),
    areaCode: readValue(monitored, 'lac', parseSmallCount, gathering),
    primaryBand: readText(monitored, 'primary-band'),
    aggregatedBands: readText(monitored, 'ca-band'),
    sessionUptimeMs: readValue(monitored, 'session-uptime', parseDurationMs, gathering),
    rssiDbm: readValue(monitored, 'rssi', parseExactDecibels, gathering),
    rsrpDbm: readValue(monitored, 'rsrp', parseExactDecibels, gathering),
    rsrqDb: readValue(monitored, 'rsrq', parseExactDecibels, gathering),
    sinrDb: readValue(monitored, 'sinr', parseExactDecibels, gathering),
    nrRsrpDbm: readValue(monitored, 'nr-rsrp', parseExactDecibels, gathering),
    nrRsrqDb: readValue(monitored, 'nr-rsrq', parseExactDecibels, gathering),
    nrSinrDb: readValue(monitored, 'nr-sinr', parseExactDecibels, gathering),
    cqi: readValue(monitored, 'cqi', parseSmallCount, gathering),
    rankIndicator: readValue(monitored, 'ri', parseSmallCount, gathering),
    mcs: readValue(monitored, 'mcs', parseSmallCount, gathering),
    modulation: readText(monitored, 'dl-modulation'),
  });
}

export const modemsCollector: Collector = {
  name: 'modems',
  optional: true,
  menus: [print, monitor.menu, info.menu],
  join(replies, gathering) {
    const { items } = replies.has(MONITOR) ? monitor : info;
    for (const [name, , monitored] of items(replies, gathering)) addModem(name, monitored, gathering);
  },
};
