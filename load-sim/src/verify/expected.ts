/** What must be stored for a served reply: computed from the closed form alone, without any code of agent or hub. */
import { fastPath, reportedGroups } from '../dialects/interface-rows.ts';
import { packagesOf, packageUpdateOf } from '../dialects/package-rows.ts';
import { wifiBand, wifiRateBps, wirelessBand, wirelessRate } from '../dialects/radio-rows.ts';
import type { RadioStack } from '../dialects/stack.ts';
import { coresOf, factoryFirmware } from '../dialects/system-rows.ts';
import { encodeText } from '../routers/code-page.ts';
import { radioSpec } from '../routers/menus/interfaces.ts';
import { clientsIn } from '../routers/menus/radio.ts';
import type { InterfaceState } from '../traffic/interfaces.ts';
import type { ClientState } from '../traffic/stations.ts';
import type { RouterModel } from '../traffic/world.ts';
import { VERIFIED_TABLES, type VerifiedTable } from './report.ts';

/** A stored value as text; null: not reported. Several texts: any of them is right. */
export type ExpectedValue = string | null | readonly string[];

/** Values in the order of the table's columns. */
export type ExpectedRow = readonly ExpectedValue[];

export type RowTable = Exclude<VerifiedTable, 'polls'>;

export interface TableSpec {
  /** Menus whose replies are stored in the table; a router may have several of them. */
  readonly menus: readonly MenuTruth[];
  /** The menu that a stored row says it is from; the first one unless a column tells. */
  readonly menuOf?: (values: readonly (string | null)[]) => MenuTruth | undefined;
  /** SQL for what tells the rows of one poll apart. */
  readonly object: string;
  readonly columns: readonly string[];
  /** Column of polls that counts the rows. */
  readonly countColumn: string;
}

export interface MenuTruth {
  readonly path: string;
  /** The rows of a reply, by object. */
  readonly rows: (model: RouterModel, atMs: number) => Map<string, ExpectedRow>;
  /** Rows of the reply itself, where one of them is not one stored row. */
  readonly replyRows?: (model: RouterModel, stored: number) => number;
}

export const ROW_TABLES: readonly RowTable[] = VERIFIED_TABLES.filter((table) => table !== 'polls');

/** A value for every table. */
export function perRowTable<T>(valueOf: (table: RowTable) => T): Record<RowTable, T> {
  return {
    interface_counters: valueOf('interface_counters'),
    device_resources: valueOf('device_resources'),
    router_identities: valueOf('router_identities'),
    radio_clients: valueOf('radio_clients'),
    sensors: valueOf('sensors'),
    boards: valueOf('boards'),
    cpu_cores: valueOf('cpu_cores'),
    packages: valueOf('packages'),
    package_updates: valueOf('package_updates'),
  };
}

const STACKS: readonly RadioStack[] = ['wireless', 'wifi', 'wifiwave2', 'caps-man'];
const CLIENT_MENUS = STACKS.map((stack) => ({
  stack,
  path: `${stack === 'caps-man' ? '' : '/interface'}/${stack}/registration-table`,
  rows: (model: RouterModel, atMs: number): Map<string, ExpectedRow> =>
    new Map(
      clientsIn(stack, model, atMs).map((client) => [
        `${radioSpec(model, client.radio).name} ${client.mac}`,
        clientValues(model, stack, client),
      ]),
    ),
}));

export const TABLE_SPECS: Readonly<Record<RowTable, TableSpec>> = {
  interface_counters: {
    menus: [
      {
        path: '/interface',
        rows: (model, atMs) =>
          new Map(model.interfaces.at(model.bootAt(atMs), atMs).map((state) => [state.spec.name, interfaceValues(model, state)])),
      },
    ],
    object: 'interface',
    columns: [
      'type',
      'comment',
      'mac',
      'running',
      'disabled',
      'rx_bytes',
      'tx_bytes',
      'rx_packets',
      'tx_packets',
      'rx_drops',
      'tx_drops',
      'tx_queue_drops',
      'rx_errors',
      'tx_errors',
      'link_downs',
      'fp_rx_bytes',
      'fp_tx_bytes',
      'fp_rx_packets',
      'fp_tx_packets',
    ],
    countColumn: 'interface_rows',
  },
  device_resources: {
    menus: [{ path: '/system/resource', rows: (model, atMs) => new Map([['', deviceValues(model, atMs)]]) }],
    object: "''",
    columns: [
      'uptime_ms',
      'version',
      'board',
      'architecture',
      'cpu_load_pct',
      'cpu_count',
      'cpu_frequency_mhz',
      'memory_total_bytes',
      'memory_free_bytes',
      'disk_total_bytes',
      'disk_free_bytes',
      'sectors_written',
      'bad_blocks_pct',
    ],
    countColumn: 'device_rows',
  },
  router_identities: {
    menus: [{ path: '/system/identity', rows: (model) => new Map([['', [model.identity]]]) }],
    object: "''",
    columns: ['identity'],
    countColumn: 'identity_rows',
  },
  radio_clients: {
    menus: CLIENT_MENUS,
    menuOf: ([stack]) => CLIENT_MENUS.find((menu) => menu.stack === stack),
    object: "concat(interface, ' ', toString(mac))",
    columns: [
      'stack',
      'ssid',
      'band',
      'radio_name',
      'signal_dbm',
      'snr_db',
      'tx_ccq_pct',
      'tx_rate_bps',
      'rx_rate_bps',
      'tx_bytes',
      'rx_bytes',
      'tx_packets',
      'rx_packets',
      'uptime_ms',
      'last_activity_ms',
      'distance_m',
    ],
    countColumn: 'radio_client_rows',
  },
  sensors: {
    menus: [
      {
        path: '/system/health',
        rows: sensorRows,
        // Version 6 answers with all sensors in one row.
        replyRows: (model, stored) => (model.dialect.major === 6 ? Math.min(1, stored) : stored),
      },
    ],
    object: 'sensor',
    columns: ['value', 'unit', 'state'],
    countColumn: 'sensor_rows',
  },
  boards: {
    menus: [{ path: '/system/routerboard', rows: (model) => new Map([['', boardValues(model)]]) }],
    object: "''",
    columns: [
      'board',
      'routerboard',
      'model',
      'revision',
      'serial',
      'firmware_type',
      'factory_firmware',
      'current_firmware',
      'upgrade_firmware',
    ],
    countColumn: 'board_rows',
  },
  cpu_cores: {
    menus: [
      {
        path: '/system/resource/cpu',
        rows: (model, atMs) =>
          new Map(
            coresOf(model.resources.at(model.bootAt(atMs), atMs)).map(({ cpu, load, irq, disk }) => [
              cpu,
              [String(load), String(irq), String(disk)],
            ]),
          ),
      },
    ],
    object: 'cpu',
    columns: ['load_pct', 'irq_pct', 'disk_pct'],
    countColumn: 'cpu_core_rows',
  },
  packages: {
    menus: [
      {
        path: '/system/package',
        rows: ({ board, dialect }) =>
          new Map(
            packagesOf(dialect, board).map(({ name, version, disabled, available }) => [
              name,
              [version ?? '', flagValue(disabled), available === undefined ? null : flagValue(available)],
            ]),
          ),
      },
    ],
    object: 'package',
    columns: ['version', 'disabled', 'available'],
    countColumn: 'package_rows',
  },
  package_updates: {
    menus: [
      {
        path: '/system/package/update',
        rows: ({ dialect, key }) => {
          const { latestVersion = '', status = '' } = packageUpdateOf(dialect, key) ?? {};
          return new Map([['', [dialect.channel, dialect.installedVersion, latestVersion, status]]]);
        },
      },
    ],
    object: "''",
    columns: ['channel', 'installed_version', 'latest_version', 'status'],
    countColumn: 'package_update_rows',
  },
};

function interfaceValues(model: RouterModel, state: InterfaceState): ExpectedRow {
  const { spec } = state;
  const reported = reportedGroups(model.dialect, spec);
  const fast = fastPath(state);
  const counter = (value: number): string | null => (reported.counters ? String(value) : null);
  const fault = (value: number): string | null => (reported.faults ? String(value) : null);
  return [
    spec.type,
    commentValue(model, spec.comment),
    spec.mac === undefined ? null : String(spec.mac),
    flagValue(state.running),
    flagValue(spec.disabled),
    counter(state.rxBytes),
    counter(state.txBytes),
    counter(state.rxPackets),
    counter(state.txPackets),
    fault(state.rxDrops),
    fault(state.txDrops),
    reported.queueDrops ? String(state.txQueueDrops) : null,
    fault(state.rxErrors),
    fault(state.txErrors),
    counter(state.linkDowns),
    counter(fast.rxBytes),
    counter(fast.txBytes),
    counter(fast.rxPackets),
    counter(fast.txPackets),
  ];
}

function sensorRows({ board, dialect, resources }: RouterModel, atMs: number): Map<string, ExpectedRow> {
  return new Map<string, ExpectedRow>([
    ...board.sensors.map((sensor): [string, ExpectedRow] => [
      sensor.name,
      // Version 6 does not say units, and whether a current is in A or mA depends on the board.
      [String(resources.sensor(sensor, atMs)), dialect.major === 6 && sensor.unit === 'A' ? '' : sensor.unit, ''],
    ]),
    ...(board.stateSensors ?? []).map(([name, state]): [string, ExpectedRow] => [name, [null, '', state]]),
  ]);
}

function boardValues({ board, dialect, serial }: RouterModel): ExpectedRow {
  if (board.virtual === true) return ['', '0', '', '', '', '', '', '', ''];
  const { boardName, model, firmwareType } = board;
  const software = dialect.installedVersion;
  return [boardName, '1', model, '', serial, firmwareType, factoryFirmware(board), software, software];
}

function deviceValues(model: RouterModel, atMs: number): ExpectedRow {
  const { board, dialect } = model;
  const state = model.resources.at(model.bootAt(atMs), atMs);
  return [
    String(wholeSecondsMs(state.uptimeMs)),
    dialect.version,
    board.boardName,
    board.architecture,
    String(state.cpuLoadPct),
    String(board.cpuCount),
    board.cpuFrequencyMhz === undefined ? null : String(board.cpuFrequencyMhz),
    String(board.memoryBytes),
    String(state.memoryFreeBytes),
    String(board.diskBytes),
    String(state.diskFreeBytes),
    String(state.sectorsWrittenSinceBoot),
    board.virtual === true ? null : '0',
  ];
}

/** A text in a code page is not UTF-8: without a setting for it, an agent can only read it as latin1. */
function commentValue(model: RouterModel, comment: string): ExpectedValue {
  if (model.codePage !== 'windows-1251') return comment;
  return [comment, encodeText(comment, model.codePage).toString('latin1')];
}

function clientValues(model: RouterModel, stack: RadioStack, client: ClientState): ExpectedRow {
  const wifi = stack === 'wifi' || stack === 'wifiwave2';
  const wireless = stack === 'wireless';
  const { ssid } = radioSpec(model, client.radio);
  return [
    stack,
    // The wireless package does not name network and band in its table: an agent may join them from the interface, or not.
    wireless ? ['', ssid] : ssid,
    wifi ? wifiBand(client.band) : ['', wirelessBand(client.band)],
    wifi ? '' : client.radioName,
    String(client.signalDbm),
    wireless ? String(client.snrDb) : null,
    wireless ? String(client.txCcqPct) : null,
    String(wifi ? wifiRateBps(client.band, client.txRateStep) : wirelessRate(client.band, client.txRateStep).bps),
    String(wifi ? wifiRateBps(client.band, client.rxRateStep) : wirelessRate(client.band, client.rxRateStep).bps),
    String(client.txBytes),
    String(client.rxBytes),
    String(client.txPackets),
    String(client.rxPackets),
    String(stack === 'caps-man' ? client.uptimeMs - (client.uptimeMs % 10) : wholeSecondsMs(client.uptimeMs)),
    stack === 'caps-man' ? null : String(client.lastActivityMs),
    wireless ? String(client.distanceM) : null,
  ];
}

function flagValue(flag: boolean): string {
  return flag ? '1' : '0';
}

/** RouterOS writes these durations in whole seconds. */
function wholeSecondsMs(milliseconds: number): number {
  return Math.floor(milliseconds / 1000) * 1000;
}
