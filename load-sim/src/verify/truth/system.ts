import { packagesOf, packageUpdateOf } from '../../dialects/package-rows.ts';
import { coresOf, factoryFirmware } from '../../dialects/system-rows.ts';
import type { RouterModel } from '../../traffic/world.ts';
import { type ExpectedRow, flagValue, type TableTruth, wholeSecondsMs } from './table-truth.ts';

export const DEVICE_RESOURCES: TableTruth = {
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
};

export const ROUTER_IDENTITIES: TableTruth = {
  menus: [{ path: '/system/identity', rows: (model) => new Map([['', [model.identity]]]) }],
  object: "''",
  columns: ['identity'],
  countColumn: 'identity_rows',
};

export const SENSORS: TableTruth = {
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
};

export const BOARDS: TableTruth = {
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
};

export const CPU_CORES: TableTruth = {
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
};

export const PACKAGES: TableTruth = {
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
};

export const PACKAGE_UPDATES: TableTruth = {
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
};

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
