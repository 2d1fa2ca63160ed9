/** The menus of a simulated router: which commands exist on it and the rows that they answer at a time. */
import type { Row } from '../dialects/forms.ts';
import { ethernetMonitorRow, ethernetRow, interfaceRow } from '../dialects/interface-rows.ts';
import {
  wifiClientRow,
  wifiMonitorRow,
  wifiRow,
  wirelessClientRow,
  wirelessMonitorRow,
  wirelessRow,
} from '../dialects/radio-rows.ts';
import { coreRows, healthRows, packageRows, packageUpdateRow, resourceRow, routerboardRow } from '../dialects/system-rows.ts';
import type { InterfaceState } from '../traffic/interfaces.ts';
import type { RouterModel } from '../traffic/world.ts';

export interface Menu {
  /** True when this router has the menu. */
  readonly exists: (model: RouterModel) => boolean;
  readonly print?: (model: RouterModel, atMs: number) => Row[];
  /** The row of each interface of a monitor command; undefined for an interface that the menu does not know. */
  readonly monitor?: (model: RouterModel, interfaceName: string, atMs: number) => Row | undefined;
}

const always = (): boolean => true;
/** v6 has the wireless package unless it is disabled; from 7.13 on it is a package of its own that these boards lack. */
const hasWireless = (model: RouterModel): boolean => model.dialect.radioMenu === 'wireless' && model.board.wirelessPackage;
/** The wifi menu is part of every RouterOS from 7.13 on, also on boards without radios. */
const hasWifi = (model: RouterModel): boolean => model.dialect.radioMenu === 'wifi';

/** Menus by path, without the command at the end. */
const MENUS: ReadonlyMap<string, Menu> = new Map<string, Menu>([
  [
    '/system/resource',
    {
      exists: always,
      print: (model, atMs) => [resourceRow(model.dialect, model.board, model.resources.at(model.bootAt(atMs), atMs))],
    },
  ],
  ['/system/resource/cpu', { exists: always, print: (model, atMs) => coreRows(model.resources.at(model.bootAt(atMs), atMs)) }],
  ['/system/identity', { exists: always, print: (model) => [[['name', model.identity]]] }],
  ['/system/routerboard', { exists: always, print: (model) => [routerboardRow(model.dialect, model.board, model.serial)] }],
  [
    '/system/health',
    {
      exists: always,
      print: (model, atMs) => healthRows(model.dialect, model.board, (sensor) => model.resources.sensor(sensor, atMs)),
    },
  ],
  ['/system/package', { exists: always, print: (model) => packageRows(model.dialect, model.board) }],
  ['/system/package/update', { exists: always, print: (model) => [packageUpdateRow(model.dialect)] }],
  [
    '/interface',
    { exists: always, print: (model, atMs) => interfacesAt(model, atMs).map((state) => interfaceRow(model.dialect, state)) },
  ],
  [
    '/interface/ethernet',
    {
      exists: always,
      print: (model, atMs) => ofType(model, atMs, 'ether').map((state) => ethernetRow(model.dialect, state)),
      monitor(model, name, atMs) {
        const state = ofType(model, atMs, 'ether').find(({ spec }) => spec.name === name || spec.id === name);
        return state === undefined ? undefined : ethernetMonitorRow(model.dialect, state);
      },
    },
  ],
  [
    '/interface/wireless',
    {
      exists: hasWireless,
      print: (model, atMs) => radiosAt(model, atMs).map(({ state, radio }) => wirelessRow(state, radio)),
      monitor(model, name, atMs) {
        const found = radiosAt(model, atMs).find(({ state: { spec } }) => spec.name === name || spec.id === name);
        return found === undefined ? undefined : wirelessMonitorRow(found.radio, clientsOf(model, found.state, atMs));
      },
    },
  ],
  [
    '/interface/wireless/registration-table',
    {
      exists: hasWireless,
      print: (model, atMs) =>
        model.clientsAt(atMs).map((client) => wirelessClientRow(client, radioSpec(model, client.radio).name)),
    },
  ],
  [
    '/interface/wifi',
    {
      exists: hasWifi,
      print: (model, atMs) => radiosAt(model, atMs).map(({ state, radio }) => wifiRow(state, radio)),
      monitor(model, name, atMs) {
        const found = radiosAt(model, atMs).find(({ state: { spec } }) => spec.name === name || spec.id === name);
        return found === undefined ? undefined : wifiMonitorRow(found.radio, clientsOf(model, found.state, atMs));
      },
    },
  ],
  [
    '/interface/wifi/registration-table',
    {
      exists: hasWifi,
      print: (model, atMs) =>
        model.clientsAt(atMs).map((client) => {
          const { name, ssid } = radioSpec(model, client.radio);
          return wifiClientRow(client, name, ssid);
        }),
    },
  ],
]);

/** The menu at a path if this router has it. */
export function menuOf(model: RouterModel, path: string): Menu | undefined {
  const menu = MENUS.get(path);
  return menu?.exists(model) === true ? menu : undefined;
}

/** The first part of a path that leads nowhere on this router, as its error message names it. */
export function firstUnknownPart(model: RouterModel, path: string): string {
  const parts = path.split('/').slice(1);
  const known = [...MENUS].filter(([, menu]) => menu.exists(model)).map(([one]) => `${one}/`);
  const wrong = parts.findIndex((_, index) => !known.some((one) => one.startsWith(`/${parts.slice(0, index + 1).join('/')}/`)));
  return parts[wrong] ?? parts.at(-1) ?? '';
}

function interfacesAt(model: RouterModel, atMs: number): InterfaceState[] {
  return model.interfaces.at(model.bootAt(atMs), atMs);
}

function ofType(model: RouterModel, atMs: number, type: string): InterfaceState[] {
  return interfacesAt(model, atMs).filter(({ spec }) => spec.type === type);
}

function radiosAt(model: RouterModel, atMs: number) {
  return interfacesAt(model, atMs).flatMap((state) => {
    const radio = state.spec.radio === undefined ? undefined : model.board.radios[state.spec.radio];
    return radio === undefined ? [] : [{ state, radio }];
  });
}

function clientsOf(model: RouterModel, state: InterfaceState, atMs: number) {
  return model.clientsAt(atMs).filter((client) => client.radio === state.spec.radio);
}

/** The interface of a radio, by its position on the board. */
export function radioSpec(model: RouterModel, radio: number) {
  const spec = model.interfaces.specs.find((one) => one.radio === radio);
  if (spec === undefined) throw new Error(`BUG: ${model.plan.router} has no radio ${radio}`);
  return spec;
}
