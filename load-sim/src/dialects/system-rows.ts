/** The replies of /system, by version. */
import type { Board } from '../boards/board.ts';
import type { RouterClock } from '../traffic/clock.ts';
import type { ResourceState } from '../traffic/resources.ts';
import type { Dialect } from './dialect.ts';
import { dayText, durationText, flagText, type Property, type Row, timeText } from './forms.ts';

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

/** One core at one time, percent. */
export interface CoreState {
  readonly cpu: string;
  readonly load: number;
  /** Part of the load that serves interrupts. */
  readonly irq: number;
  /** Part of the load that waits for the disk. */
  readonly disk: number;
}

export function coresOf(state: ResourceState): CoreState[] {
  return state.coreLoadsPct.map((load, core) => ({ cpu: `cpu${core}`, load, irq: Math.floor(load / 4), disk: 0 }));
}

/** /system/resource/cpu/print: a row per core. */
export function coreRows(state: ResourceState): Row[] {
  return coresOf(state).map(({ cpu, load, irq, disk }, core) => [
    ['.id', `*${core.toString(16).toUpperCase()}`],
    ['cpu', cpu],
    ['load', String(load)],
    ['irq', String(irq)],
    ['disk', String(disk)],
  ]);
}

/** The one row of /system/routerboard/print. */
export function routerboardRow(dialect: Dialect, board: Board, serial: string): Row {
  if (board.virtual === true) return [['routerboard', 'false']];
  return [
    ['routerboard', 'true'],
    ['board-name', board.boardName],
    ['model', board.model],
    ['serial-number', serial],
    ['firmware-type', board.firmwareType],
    ['factory-firmware', factoryFirmware(board)],
    ['current-firmware', dialect.installedVersion],
    ['upgrade-firmware', dialect.installedVersion],
  ];
}

/** The one row of /system/clock/print, in local time. */
export function clockRow(dialect: Dialect, clock: RouterClock, atMs: number): Row {
  const localMs = atMs + clock.localShiftMs(atMs);
  const minutes = Math.abs(clock.gmtOffsetS) / 60;
  const twoDigits = (number: number): string => String(Math.floor(number)).padStart(2, '0');
  return [
    ['time', timeText(localMs)],
    ['date', dayText(dialect, localMs)],
    ['time-zone-autodetect', flagText(true)],
    ['time-zone-name', clock.zone],
    ['gmt-offset', `${clock.gmtOffsetS < 0 ? '-' : '+'}${twoDigits(minutes / 60)}:${twoDigits(minutes % 60)}`],
    ['dst-active', flagText(false)],
  ];
}

/** Firmware that the board was sold with. */
export function factoryFirmware(board: Board): string {
  return board.factorySoftware ?? '3.41';
}

/** /system/health/print: v6 puts all sensors in one row, v7 gives each a row with its unit. No sensors, no rows. */
export function healthRows(dialect: Dialect, board: Board, value: (sensor: Board['sensors'][number]) => number): Row[] {
  const readings = board.sensors.map((sensor) => ({
    name: sensor.name,
    text: value(sensor).toFixed(sensor.decimals),
    type: sensor.unit,
  }));
  const states = (board.stateSensors ?? []).map(([name, text]) => ({ name, text, type: '' }));
  const all = [...readings, ...states];
  if (all.length === 0) return [];
  if (dialect.major === 6) return [all.map(({ name, text }): Property => [name, text])];
  return all.map(({ name, text, type }, index) => [
    ['.id', `*${(index + 1).toString(16).toUpperCase()}`],
    ['name', name],
    ['value', text],
    ['type', type],
  ]);
}
