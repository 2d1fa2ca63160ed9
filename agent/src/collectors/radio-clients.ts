/**
 * The clients of an access point, from whichever of the four registration tables the router has. They name the same
 * things differently; what a table does not have is absent in its rows.
 */
import type { ReplyRow } from '../poller/router-client.ts';
import { type Collector, type Gathering, type Menu, noteUnreadable } from './collector.ts';
import { readable, readText, readValue } from './field-reader.ts';
import { printCommand } from './print-command.ts';
import { parsePair } from './values/counter.ts';
import { parseDurationMs } from './values/duration.ts';
import { parseMac } from './values/mac.ts';
import type { Parsed } from './values/parsed.ts';
import { parseDecibels, parseMetres, parsePercent } from './values/quantity.ts';
import { parseRateBps } from './values/rate.ts';

type Stack = 'wireless' | 'wifi' | 'wifiwave2' | 'caps-man';

function registrationTable(stack: Stack, path: string, signal: string, words: readonly string[]): Menu {
  return {
    path,
    words,
    parse(reply, gathering) {
      for (const row of reply) addClient(row, stack, signal, gathering);
    },
  };
}

function addClient(row: ReplyRow, stack: Stack, signal: string, gathering: Gathering): void {
  const radio = readText(row, 'interface');
  const mac = parseMac(row.get('mac-address') ?? '');
  if (radio === '' || mac === undefined || Number.isNaN(mac)) {
    noteUnreadable(gathering, radio === '' ? 'interface' : 'mac-address');
    return;
  }
  // The line break keeps clients apart from interfaces, whose names share the set.
  const identity = `${radio}\n${mac}`;
  if (gathering.identities.has(identity)) {
    gathering.collapsedRows++;
    return;
  }
  gathering.identities.add(identity);
  const [txBytes, rxBytes] = readPair(row, 'bytes', gathering);
  const [txPackets, rxPackets] = readPair(row, 'packets', gathering);
  gathering.rows.radioClients.push({
    interface: radio,
    mac,
    stack,
    ssid: readText(row, 'ssid'),
    band: readText(row, 'band'),
    radioName: readText(row, 'radio-name'),
    signalDbm: readValue(row, signal, parseDecibels, gathering),
    snrDb: readValue(row, 'signal-to-noise', parseDecibels, gathering),
    txCcqPct: readValue(row, 'tx-ccq', parsePercent, gathering),
    txRateBps: readValue(row, 'tx-rate', parseRateBps, gathering),
    rxRateBps: readValue(row, 'rx-rate', parseRateBps, gathering),
    txBytes,
    rxBytes,
    txPackets,
    rxPackets,
    uptimeMs: readValue(row, 'uptime', parseDurationMs, gathering),
    lastActivityMs: readValue(row, 'last-activity', parseDurationMs, gathering),
    distanceM: readValue(row, 'distance', parseMetres, gathering),
  });
}

const NO_PAIR = [undefined, undefined] as const;

function readPair(row: ReplyRow, name: string, gathering: Gathering): readonly [tx: Parsed, rx: Parsed] {
  const text = row.get(name);
  if (text === undefined || text === '') return NO_PAIR;
  const [tx, rx] = parsePair(text);
  return [readable(tx, name, gathering), readable(rx, name, gathering)];
}

const WIFI = '/interface/wifi/registration-table';
const WIFIWAVE2 = '/interface/wifiwave2/registration-table';
const WIRELESS = '/interface/wireless/registration-table';
const CAPS_MAN = '/caps-man/registration-table';

export const radioClientsCollector: Collector = {
  name: 'radio_clients',
  optional: true,
  menus: [
    // Some builds answer nothing to a registration table of the wifi packages printed with .proplist: it is printed whole.
    registrationTable('wifi', WIFI, 'signal', [`${WIFI}/print`]),
    registrationTable('wifiwave2', WIFIWAVE2, 'signal', [`${WIFIWAVE2}/print`]),
    registrationTable(
      'wireless',
      WIRELESS,
      'signal-strength',
      printCommand(WIRELESS, [
        'interface',
        'mac-address',
        'radio-name',
        'signal-strength',
        'signal-to-noise',
        'tx-ccq',
        'tx-rate',
        'rx-rate',
        'bytes',
        'packets',
        'uptime',
        'last-activity',
        'distance',
      ]),
    ),
    registrationTable(
      'caps-man',
      CAPS_MAN,
      'rx-signal',
      printCommand(CAPS_MAN, [
        'interface',
        'mac-address',
        'ssid',
        'radio-name',
        'rx-signal',
        'tx-rate',
        'rx-rate',
        'bytes',
        'packets',
        'uptime',
      ]),
    ),
  ],
};
