/** The menus below /system and /tool. */
import { packageRows, packageUpdateRow } from '../../dialects/package-rows.ts';
import { clockRow, coreRows, healthRows, resourceRow, routerboardRow } from '../../dialects/system-rows.ts';
import { netwatchRow, scriptRow, type WatchedHost, watchedHostAt } from '../../dialects/tool-rows.ts';
import { derive, wholeBetween } from '../../traffic/random.ts';
import type { RouterModel } from '../../traffic/world.ts';
import { always, type Menus } from './menu.ts';

function resourcesAt(model: RouterModel, atMs: number) {
  return model.resources.at(model.bootAt(atMs), atMs);
}

/** The hosts that a router watches, in the order of its rows. */
export function watchedHostsAt(model: RouterModel, atMs: number): WatchedHost[] {
  const bootMs = model.bootAt(atMs).atMs;
  return Array.from({ length: wholeBetween(derive(model.key, 'watched hosts'), 0, 5) }, (_, index) =>
    watchedHostAt(model.key, index, bootMs, atMs),
  );
}

export const SYSTEM_MENUS: Menus = [
  [
    '/system/resource',
    { exists: always, print: (model, atMs) => [resourceRow(model.dialect, model.board, resourcesAt(model, atMs))] },
  ],
  ['/system/resource/cpu', { exists: always, print: (model, atMs) => coreRows(resourcesAt(model, atMs)) }],
  ['/system/identity', { exists: always, print: (model) => [[['name', model.identity]]], watched: ['name'] }],
  ['/system/routerboard', { exists: always, print: (model) => [routerboardRow(model.dialect, model.board, model.serial)] }],
  [
    '/system/health',
    {
      // Boards without sensors answer nothing, a virtual machine does not know the menu.
      exists: (model) => model.board.virtual !== true,
      print: (model, atMs) => healthRows(model.dialect, model.board, (sensor) => model.resources.sensor(sensor, atMs)),
    },
  ],
  ['/system/clock', { exists: always, print: (model, atMs) => [clockRow(model.dialect, model.clock, atMs)] }],
  ['/system/package', { exists: always, print: (model) => packageRows(model.dialect, model.board) }],
  ['/system/package/update', { exists: always, print: (model) => [packageUpdateRow(model.dialect, model.key)] }],
  [
    '/system/script',
    {
      exists: always,
      print: (model, atMs) => [scriptRow(model.dialect, model.bootAt(atMs).atMs + 60_000 + model.clock.localShiftMs(atMs))],
    },
  ],
  [
    '/tool/netwatch',
    {
      exists: always,
      print: (model, atMs) =>
        watchedHostsAt(model, atMs).map((host, index) => netwatchRow(model.dialect, index, host, model.clock.localShiftMs(atMs))),
    },
  ],
];
