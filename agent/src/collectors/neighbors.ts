import type { ReplyRow } from '../poller/router-client.ts';
import { type Collector, type Gathering, type Menu, noteUnreadable } from './collector.ts';
import { readPaddedText, readText, readValue } from './field-reader.ts';
import { printCommand } from './print-command.ts';
import { parseDurationMs } from './values/duration.ts';
import { parseMac } from './values/mac.ts';

const PATH = '/ip/neighbor';
/** A router hears those at its ports; one in a flat network of thousands is not asked for them all. */
const ROWS_MAX = 2000;

/**
 * The devices that announce themselves by MNDP, CDP or LLDP: one row per port, address and port of theirs. Those that only
 * speak LLDP name neither board nor version.
 */
const menu: Menu = {
  path: PATH,
  words: printCommand(PATH, [
    'interface',
    'mac-address',
    'interface-name',
    'address',
    'address4',
    'address6',
    'identity',
    'platform',
    'version',
    'board',
    'software-id',
    'system-description',
    'system-caps-enabled',
    'discovered-by',
    'uptime',
    'age',
  ]),
  rowsMax: ROWS_MAX,
  parse(reply, gathering) {
    const seen = new Set<string>();
    for (const row of reply) addNeighbor(row, seen, gathering);
  },
};

function addNeighbor(row: ReplyRow, seen: Set<string>, gathering: Gathering): void {
  const [port, bridge] = splitInterface(readText(row, 'interface'));
  const mac = parseMac(row.get('mac-address') ?? '');
  if (port === '' || mac === undefined || Number.isNaN(mac)) {
    noteUnreadable(gathering, port === '' ? 'interface' : 'mac-address');
    return;
  }
  const remotePort = readPaddedText(row, 'interface-name');
  const identity = `${port}\n${mac}\n${remotePort}`;
  if (seen.has(identity)) {
    gathering.collapsedRows++;
    return;
  }
  seen.add(identity);
  gathering.rows.neighbors.push({
    interface: port,
    mac,
    port: remotePort,
    bridge,
    address: readText(row, 'address') || readText(row, 'address4') || readText(row, 'address6'),
    identity: readPaddedText(row, 'identity'),
    platform: readPaddedText(row, 'platform'),
    version: readPaddedText(row, 'version'),
    board: readPaddedText(row, 'board'),
    softwareId: readPaddedText(row, 'software-id'),
    systemDescription: readPaddedText(row, 'system-description'),
    capabilities: readText(row, 'system-caps-enabled'),
    discoveredBy: readText(row, 'discovered-by'),
    uptimeMs: readValue(row, 'uptime', parseDurationMs, gathering),
    ageMs: readValue(row, 'age', parseDurationMs, gathering),
  });
}

/** `ether3,br-lan`: the physical port comes first, then what it belongs to. */
function splitInterface(text: string): readonly [port: string, bridge: string] {
  const comma = text.indexOf(',');
  return comma < 0 ? [text, ''] : [text.slice(0, comma), text.slice(comma + 1)];
}

export const neighborsCollector: Collector = { name: 'neighbors', optional: true, menus: [menu] };
