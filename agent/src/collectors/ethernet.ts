/**
 * Ethernet ports: what passed the wire, from print; link and module, from the monitor. The wire's counters are not those of
 * /interface, which on a switch chip count what the CPU saw.
 */
import type { ReplyRow } from '../poller/router-client.ts';
import type { Collector, Gathering, Menu } from './collector.ts';
import { readText, readValue } from './field-reader.ts';
import { createMonitor } from './monitor.ts';
import { printCommand } from './print-command.ts';
import { parseCounter } from './values/counter.ts';
import { parseFlag } from './values/flag.ts';
import { parseCelsius, parseExactDecibels, parseMilliamps, parseNanometres, parseVolts } from './values/measurement.ts';
import { parseRateBps } from './values/rate.ts';

const PATH = '/interface/ethernet';

const print: Menu = { path: PATH, words: printCommand(PATH, ['.id', 'name', 'rx-bytes', 'tx-bytes', 'rx-fcs-error']) };
const monitor = createMonitor({ printed: PATH, command: `${PATH}/monitor` });

function addPort(name: string, printed: ReplyRow, monitored: ReplyRow, gathering: Gathering): void {
  const sfp = modulePrefix(monitored);
  gathering.rows.ethernetPorts.push({
    interface: name,
    status: readText(monitored, 'status'),
    rateBps: readValue(monitored, 'rate', parseRateBps, gathering),
    fullDuplex: readValue(monitored, 'full-duplex', parseFlag, gathering),
    autoNegotiation: readText(monitored, 'auto-negotiation'),
    fec: readText(monitored, 'fec'),
    wireRxBytes: readValue(printed, 'rx-bytes', parseCounter, gathering),
    wireTxBytes: readValue(printed, 'tx-bytes', parseCounter, gathering),
    wireRxFcsErrors: readValue(printed, 'rx-fcs-error', parseCounter, gathering),
    modulePresent: readValue(monitored, `${sfp}module-present`, parseFlag, gathering),
    moduleRxLoss: readValue(monitored, `${sfp}rx-loss`, parseFlag, gathering),
    moduleTxFault: readValue(monitored, `${sfp}tx-fault`, parseFlag, gathering),
    moduleType: readText(monitored, `${sfp}type`),
    moduleConnector: readText(monitored, `${sfp}connector-type`),
    moduleVendor: readText(monitored, `${sfp}vendor-name`),
    modulePartNumber: readText(monitored, `${sfp}vendor-part-number`),
    moduleSerial: readText(monitored, `${sfp}vendor-serial`),
    moduleWavelengthNm: readValue(monitored, `${sfp}wavelength`, parseNanometres, gathering),
    moduleTemperatureC: readValue(monitored, `${sfp}temperature`, parseCelsius, gathering),
    moduleSupplyV: readValue(monitored, `${sfp}supply-voltage`, parseVolts, gathering),
    moduleBiasMa: readValue(monitored, `${sfp}tx-bias-current`, parseMilliamps, gathering),
    moduleTxPowerDbm: readValue(monitored, `${sfp}tx-power`, parseExactDecibels, gathering),
    moduleRxPowerDbm: readValue(monitored, `${sfp}rx-power`, parseExactDecibels, gathering),
  });
}

/** What the names of a module's attributes begin with: nothing on the QSFP28 cages of recent versions. */
function modulePrefix(monitored: ReplyRow): '' | 'sfp-' {
  const bare = monitored.get('module-present') ?? monitored.get('connector-type');
  return bare === undefined ? 'sfp-' : '';
}

export const ethernetCollector: Collector = {
  name: 'ethernet',
  optional: true,
  menus: [print, monitor.menu],
  join(replies, gathering) {
    for (const [name, printed, monitored] of monitor.items(replies, gathering)) addPort(name, printed, monitored, gathering);
  },
};
