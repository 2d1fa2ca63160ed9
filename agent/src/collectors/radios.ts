/**
 * Wireless interfaces, virtual ones too, from whichever of the four stacks the router has. They name the same things
 * differently; what a stack does not tell is absent in its rows.
 */
import type { ReplyRow } from '../poller/router-client.ts';
import type { Collector, Gathering, Menu, Replies } from './collector.ts';
import { readable, readText, readValue } from './field-reader.ts';
import { createMonitor, type MonitoredItem } from './monitor.ts';
import { namedRows } from './named-rows.ts';
import { printCommand } from './print-command.ts';
import { parseChannelMhz, parseFixedMhz } from './values/channel.ts';
import { parseFlag } from './values/flag.ts';
import { parseMac } from './values/mac.ts';
import { parseDecibels, parsePercent, parseSmallCount } from './values/quantity.ts';
import { parseRateBps } from './values/rate.ts';

/** How a stack calls its attributes. */
interface Names {
  readonly ssid: string;
  readonly mode: string;
  readonly band: string;
  readonly width: string;
  readonly frequency: string;
  readonly state: string;
  readonly channel: string;
  readonly registered: string;
  readonly authorized: string;
}

interface Stack {
  readonly name: 'wireless' | 'wifi' | 'wifiwave2' | 'caps-man';
  readonly menus: readonly Menu[];
  readonly names: Names;
  items(replies: Replies, gathering: Gathering): Iterable<MonitoredItem>;
  /** The chip of an interface's radio; empty where it is not known. */
  hardwareOf(name: string, printed: ReplyRow, replies: Replies): string;
}

/** `.about` is what the terminal shows above an item: who manages it, and how. */
const COMMON = ['.id', 'name', '.about', 'mac-address', 'master-interface', 'running', 'disabled'];

const MANAGED = 'managed by CAPsMAN';

/** A disabled radio has nothing to tell, and one that a CAPsMAN manages tells that one; a refusal would cost all others' answers. */
function isMonitored(item: ReplyRow): boolean {
  return item.get('disabled') !== 'true' && item.get('.about')?.startsWith(MANAGED) !== true;
}

function isVirtual(item: ReplyRow): boolean {
  return item.get('interface-type') === 'virtual' || masterOf(item) !== '';
}

function masterOf(item: ReplyRow): string {
  const master = readText(item, 'master-interface');
  return master === 'none' ? '' : master;
}

function wirelessStack(): Stack {
  const path = '/interface/wireless';
  const names: Names = {
    ssid: 'ssid',
    mode: 'mode',
    band: 'band',
    width: 'channel-width',
    frequency: 'frequency',
    state: 'status',
    channel: 'channel',
    registered: 'registered-clients',
    authorized: 'authenticated-clients',
  };
  const { ssid, mode, band, width, frequency } = names;
  const properties = [...COMMON, 'interface-type', 'radio-name', mode, ssid, frequency, band, width];
  const monitor = createMonitor({
    printed: path,
    command: `${path}/monitor`,
    monitors: (item) => isMonitored(item) && !isVirtual(item),
  });
  return {
    name: 'wireless',
    menus: [{ path, words: printCommand(path, properties) }, monitor.menu],
    names,
    items: monitor.items,
    hardwareOf(_, printed) {
      const hardware = readText(printed, 'interface-type');
      return hardware === 'virtual' ? '' : hardware;
    },
  };
}

/** The menu of the 802.11ax drivers: wifiwave2 up to 7.12, wifi from then on. */
function wifiStack(name: 'wifi' | 'wifiwave2'): Stack {
  const path = `/interface/${name}`;
  const names: Names = {
    ssid: 'configuration.ssid',
    mode: 'configuration.mode',
    band: 'channel.band',
    width: 'channel.width',
    frequency: 'channel.frequency',
    state: 'state',
    channel: 'channel',
    registered: 'registered-peers',
    authorized: 'authorized-peers',
  };
  const { ssid, mode, band, width, frequency } = names;
  const monitor = createMonitor({ printed: path, command: `${path}/monitor`, monitors: isMonitored });
  const radioPath = `${path}/radio`;
  const radioWords = printCommand(radioPath, ['interface', 'hw-type']);
  const hasInterfaces = (replies: Replies): boolean => (replies.get(path) ?? []).length > 0;
  return {
    name,
    menus: [
      { path, words: printCommand(path, [...COMMON, ssid, mode, frequency, band, width]) },
      monitor.menu,
      // From 7.13 on every router has these menus; without radios they are empty.
      { path: radioPath, words: (replies) => (hasInterfaces(replies) ? radioWords : undefined) },
    ],
    names,
    items: monitor.items,
    hardwareOf(interfaceName, _, replies) {
      const radio = replies.get(radioPath)?.find((row) => row.get('interface') === interfaceName);
      return radio === undefined ? '' : readText(radio, 'hw-type');
    },
  };
}

/** A CAPsMAN prints by itself what the others' monitors tell, of radios that are elsewhere. */
function capsManStack(): Stack {
  const path = '/caps-man/interface';
  const names: Names = {
    ssid: 'configuration.ssid',
    mode: 'configuration.mode',
    band: 'channel.band',
    width: 'channel.control-channel-width',
    frequency: 'channel.frequency',
    state: 'current-state',
    channel: 'current-channel',
    registered: 'current-registered-clients',
    authorized: 'current-authorized-clients',
  };
  return {
    name: 'caps-man',
    menus: [{ path, words: printCommand(path, [...COMMON, ...Object.values(names)]) }],
    names,
    *items(replies, gathering) {
      for (const [name, row] of namedRows(replies.get(path) ?? [], 'name', gathering)) yield [name, row, row];
    },
    hardwareOf: () => '',
  };
}

const STACKS: readonly Stack[] = [wifiStack('wifi'), wifiStack('wifiwave2'), wirelessStack(), capsManStack()];

function addRadio(stack: Stack, [name, printed, monitored]: MonitoredItem, hardware: string, gathering: Gathering): void {
  const { names } = stack;
  const managed = managedState(printed);
  const channel = readText(monitored, names.channel) || managed.channel;
  const disabled = readValue(printed, 'disabled', parseFlag, gathering);
  const chosenMhz = disabled === 1 ? undefined : parseFixedMhz(readText(printed, names.frequency));
  gathering.rows.radios.push({
    interface: name,
    stack: stack.name,
    mac: readValue(printed, 'mac-address', parseMac, gathering),
    ssid: managed.ssid || readText(printed, names.ssid),
    radioName: readText(printed, 'radio-name'),
    mode: readText(printed, names.mode),
    master: masterOf(printed),
    hardware,
    running: readValue(printed, 'running', parseFlag, gathering),
    disabled,
    state: readText(monitored, names.state),
    band: readText(printed, names.band),
    width: readText(printed, names.width),
    channel,
    frequencyMhz: channel === '' ? chosenMhz : readable(parseChannelMhz(channel), names.channel, gathering),
    registeredClients: readValue(monitored, names.registered, parseSmallCount, gathering),
    authorizedClients: readValue(monitored, names.authorized, parseSmallCount, gathering),
    noiseFloorDbm: readValue(monitored, 'noise-floor', parseDecibels, gathering),
    // Over all clients as an access point, of the one connection as a station.
    txCcqPct:
      readValue(monitored, 'overall-tx-ccq', parsePercent, gathering) ?? readValue(monitored, 'tx-ccq', parsePercent, gathering),
    txPowerDbm: readValue(monitored, 'tx-power', parseDecibels, gathering),
    signalDbm: readValue(monitored, 'signal-strength', parseDecibels, gathering),
    snrDb: readValue(monitored, 'signal-to-noise', parseDecibels, gathering),
    txRateBps: readValue(monitored, 'tx-rate', parseRateBps, gathering),
    rxRateBps: readValue(monitored, 'rx-rate', parseRateBps, gathering),
  });
}

/** `managed by CAPsMAN …, mode: AP, SSID: Linden, channel: 5280/ax/eCee`, over one or more lines. */
const MANAGED_SSID = /\bSSID: (.*?)(?:, (?:channel: |mode: |(?:local|CAPsMAN) forwarding|traffic processing)|$)/m;
const MANAGED_CHANNEL = /\bchannel: ([^,\s]+)/;

/** What a CAPsMAN has a radio do, which then has no configuration of its own, or one that is not in use. */
function managedState(printed: ReplyRow): { readonly ssid: string; readonly channel: string } {
  const about = readText(printed, '.about');
  if (!about.startsWith(MANAGED)) return { ssid: '', channel: '' };
  return { ssid: MANAGED_SSID.exec(about)?.[1] ?? '', channel: MANAGED_CHANNEL.exec(about)?.[1] ?? '' };
}

export const radiosCollector: Collector = {
  name: 'radios',
  optional: true,
  menus: STACKS.flatMap(({ menus }) => menus),
  join(replies, gathering) {
    const seen = new Set<string>();
    for (const stack of STACKS) {
      for (const item of stack.items(replies, gathering)) {
        const [name, printed] = item;
        if (seen.has(name)) {
          gathering.collapsedRows++;
          continue;
        }
        seen.add(name);
        addRadio(stack, item, stack.hardwareOf(name, printed, replies), gathering);
      }
    }
  },
};
