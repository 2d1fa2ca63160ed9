/** The replies of /system, by version. */
import type { Board } from '../boards/board.ts';
import type { ResourceState } from '../traffic/resources.ts';
import type { Dialect } from './dialect.ts';
import { durationText, type Property, type Row } from './forms.ts';

/** The one row of /system/resource/print. */
export function resourceRow(dialect: Dialect, board: Board, state: ResourceState): Row {
  const row: Property[] = [
    ['uptime', durationText(state.uptimeMs)],
    ['version', dialect.version],
    ['build-time', dialect.buildTime],
  ];
  if (board.factorySoftware !== undefined) row.push(['factory-software', board.factorySoftware]);
  row.push(
    ['free-memory', String(state.memoryFreeBytes)],
    ['total-memory', String(board.memoryBytes)],
    ['cpu', board.cpu[dialect.major]],
    ['cpu-count', String(board.cpuCount)],
  );
  if (board.cpuFrequencyMhz !== undefined) row.push(['cpu-frequency', String(board.cpuFrequencyMhz)]);
  row.push(
    ['cpu-load', String(state.cpuLoadPct)],
    ['free-hdd-space', String(state.diskFreeBytes)],
    ['total-hdd-space', String(board.diskBytes)],
    ['write-sect-since-reboot', String(state.sectorsWrittenSinceBoot)],
    ['write-sect-total', String(state.sectorsWrittenTotal)],
    // A virtual disk has none to count.
    ...(board.virtual === true ? [] : [['bad-blocks', '0'] as const]),
    ['architecture-name', board.architecture],
    ['board-name', board.boardName],
    ['platform', 'MikroTik'],
  );
  return row;
}

/** /system/resource/cpu/print: a row per core. */
export function coreRows(state: ResourceState): Row[] {
  return state.coreLoadsPct.map((load, core) => [
    ['.id', `*${core.toString(16).toUpperCase()}`],
    ['cpu', `cpu${core}`],
    ['load', String(load)],
    ['irq', String(Math.floor(load / 4))],
    ['disk', '0'],
  ]);
}

/** The one row of /system/routerboard/print. */
export function routerboardRow(dialect: Dialect, board: Board, serial: string): Row {
  if (board.virtual === true) return [['routerboard', 'false']];
  const factory = board.factorySoftware ?? '3.41';
  return [
    ['routerboard', 'true'],
    ['board-name', board.boardName],
    ['model', board.model],
    ['serial-number', serial],
    ['firmware-type', board.firmwareType],
    ['factory-firmware', factory],
    ['current-firmware', dialect.installedVersion],
    ['upgrade-firmware', dialect.installedVersion],
  ];
}

/** /system/health/print: v6 puts all sensors in one row, v7 gives each a row with its unit. No sensors, no rows. */
export function healthRows(dialect: Dialect, board: Board, value: (sensor: Board['sensors'][number]) => number): Row[] {
  if (board.sensors.length === 0) return [];
  const texts = board.sensors.map((sensor) => ({ sensor, text: value(sensor).toFixed(sensor.decimals) }));
  if (dialect.major === 6) return [texts.map(({ sensor, text }): Property => [sensor.name, text])];
  return texts.map(({ sensor, text }, index) => [
    ['.id', `*${(index + 1).toString(16).toUpperCase()}`],
    ['name', sensor.name],
    ['value', text],
    ['type', sensor.unit],
  ]);
}
