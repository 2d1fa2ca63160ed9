/** What must be stored for a served reply: computed from the closed form alone, without any code of agent or hub. */
import { fastPath, reportedGroups } from '../dialects/interface-rows.ts';
import { wifiBand, wifiRateBps, wirelessBand, wirelessRate } from '../dialects/radio-rows.ts';
import { coresOf, factoryFirmware, packageNames } from '../dialects/system-rows.ts';
import { radioSpec } from '../routers/menus.ts';
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
  /** Menus whose replies are stored in the table; a router has one of them. */
  readonly menus: readonly string[];
  /** SQL for what tells the rows of one poll apart. */
  readonly object: string;
  readonly columns: readonly string[];
  /** Column of polls that counts the rows. */
  readonly countColumn: string;
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

export const TABLE_SPECS: Readonly<Record<RowTable, TableSpec>> = {
  interface_counters: {
    menus: ['/interface'],
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
    rows: (model, atMs) =>
      new Map(model.interfaces.at(model.bootAt(atMs), atMs).map((state) => [state.spec.name, interfaceValues(model, state)])),
  },
  device_resources: {
    menus: ['/system/resource'],
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
    rows: (model, atMs) => new Map([['', deviceValues(model, atMs)]]),
  },
  router_identities: {
    menus: ['/system/identity'],
    object: "''",
    columns: ['identity'],
    countColumn: 'identity_rows',
    rows: (model) => new Map([['', [model.identity]]]),
  },
  radio_clients: {
    menus: ['/interface/wireless/registration-table', '/interface/wifi/registration-table'],
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
    rows: (model, atMs) =>
      new Map(
        model
          .clientsAt(atMs)
          .map((client) => [`${radioSpec(model, client.radio).name} ${client.mac}`, clientValues(model, client)]),
      ),
  },
  sensors: {
    menus: ['/system/health'],
    object: 'sensor',
    columns: ['value', 'unit', 'state'],
    countColumn: 'sensor_rows',
    rows: (model, atMs) =>
      new Map<string, ExpectedRow>([
        ...model.board.sensors.map((sensor): [string, ExpectedRow] => [
          sensor.name,
          [String(model.resources.sensor(sensor, atMs)), sensor.unit, ''],
        ]),
        ...(model.board.stateSensors ?? []).map(([name, state]): [string, ExpectedRow] => [name, [null, '', state]]),
      ]),
    // Version 6 answers with all sensors in one row.
    replyRows: (model, stored) => (model.dialect.major === 6 ? Math.min(1, stored) : stored),
  },
  boards: {
    menus: ['/system/routerboard'],
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
    rows: ({ board, dialect, serial }) =>
      new Map([
        [
          '',
          [
            board.boardName,
            '1',
            board.model,
            '',
            serial,
            board.firmwareType,
            factoryFirmware(board),
            dialect.installedVersion,
            dialect.installedVersion,
          ],
        ],
      ]),
  },
  cpu_cores: {
    menus: ['/system/resource/cpu'],
    object: 'cpu',
    columns: ['load_pct', 'irq_pct', 'disk_pct'],
    countColumn: 'cpu_core_rows',
    rows: (model, atMs) =>
      new Map(
        coresOf(model.resources.at(model.bootAt(atMs), atMs)).map(({ cpu, load, irq, disk }) => [
          cpu,
          [String(load), String(irq), String(disk)],
        ]),
      ),
  },
  packages: {
    menus: ['/system/package'],
    object: 'package',
    columns: ['version', 'disabled', 'available'],
    countColumn: 'package_rows',
    rows: ({ board, dialect }) =>
      new Map(packageNames(dialect, board).map((name) => [name, [dialect.installedVersion, '0', null]])),
  },
  package_updates: {
    menus: ['/system/package/update'],
    object: "''",
    columns: ['channel', 'installed_version', 'latest_version', 'status'],
    countColumn: 'package_update_rows',
    rows: ({ dialect }) => new Map([['', [dialect.channel, dialect.installedVersion, '', '']]]),
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
    spec.comment,
    spec.mac === undefined ? null : String(spec.mac),
    state.running ? '1' : '0',
    spec.disabled ? '1' : '0',
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
    '0',
  ];
}

function clientValues(model: RouterModel, client: ClientState): ExpectedRow {
  const wifi = model.dialect.radioMenu === 'wifi';
  const { ssid } = radioSpec(model, client.radio);
  return [
    wifi ? 'wifi' : 'wireless',
    // The wireless package does not name network and band in its table: an agent may join them from the interface, or not.
    wifi ? ssid : ['', ssid],
    wifi ? wifiBand(client.band) : ['', wirelessBand(client.band)],
    wifi ? '' : client.radioName,
    String(client.signalDbm),
    wifi ? null : String(client.snrDb),
    wifi ? null : String(client.txCcqPct),
    String(wifi ? wifiRateBps(client.band, client.txRateStep) : wirelessRate(client.band, client.txRateStep).bps),
    String(wifi ? wifiRateBps(client.band, client.rxRateStep) : wirelessRate(client.band, client.rxRateStep).bps),
    String(client.txBytes),
    String(client.rxBytes),
    String(client.txPackets),
    String(client.rxPackets),
    String(wholeSecondsMs(client.uptimeMs)),
    String(client.lastActivityMs),
    wifi ? null : String(client.distanceM),
  ];
}

/** RouterOS writes these durations in whole seconds. */
function wholeSecondsMs(milliseconds: number): number {
  return Math.floor(milliseconds / 1000) * 1000;
}
