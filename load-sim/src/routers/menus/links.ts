/** The menus of wired, LTE and 60 GHz interfaces. */
import { ethernetRow, interfaceRow, trafficRow } from '../../dialects/interface-rows.ts';
import { ethernetMonitorRow, poeMonitorRow, poeRow } from '../../dialects/link-rows.ts';
import {
  lteMonitorRow,
  lteRow,
  modemAt,
  type W60gState,
  w60gAt,
  w60gMonitorRow,
  w60gRow,
  w60gStationMonitorRow,
  w60gStationRow,
} from '../../dialects/modem-rows.ts';
import { poeAt } from '../../traffic/ports.ts';
import type { RouterModel } from '../../traffic/world.ts';
import { interfaceKey, interfacesAt, named, ofType } from './interfaces.ts';
import { always, type Menus, type MonitorRow } from './menu.ts';

const hasPoe = (model: RouterModel): boolean => model.interfaces.specs.some(({ poeOut }) => poeOut);
const hasModem = (model: RouterModel): boolean => model.board.modem !== undefined;
const hasW60g = (model: RouterModel): boolean => model.board.w60g === true;

const lteMonitor: MonitorRow = (model, item, atMs) => {
  const state = named(ofType(model, atMs, 'lte'), item);
  const { modem } = model.board;
  if (state === undefined || modem === undefined) return undefined;
  const key = interfaceKey(model, state.spec);
  return lteMonitorRow(model.dialect, modem, key, modemAt(model.dialect, modem, key, atMs - model.bootAt(atMs).atMs, atMs));
};

/** The link of a board with one 60 GHz radio, and one peer. */
export function w60gLinkAt(model: RouterModel, atMs: number): W60gState {
  const radio = model.interfaces.specs.find(({ type }) => type === 'w60g');
  if (radio === undefined) throw new Error(`BUG: ${model.plan.router} has no 60 GHz radio`);
  return w60gAt(interfaceKey(model, radio), atMs);
}

export const LINK_MENUS: Menus = [
  [
    '/interface',
    {
      exists: always,
      print(model, atMs, wants) {
        const clockMs = model.clock.localShiftMs(atMs);
        return interfacesAt(model, atMs).map((state) => interfaceRow(model.dialect, state, wants, clockMs));
      },
      monitors: {
        'monitor-traffic': (model, item, atMs) => {
          const boot = model.bootAt(atMs);
          const now = named(model.interfaces.at(boot, atMs), item);
          // Counters of a second ago: before the boot there were none.
          const before = named(model.interfaces.at(boot, Math.max(boot.atMs, atMs - 1000)), item);
          return now === undefined || before === undefined ? undefined : trafficRow(model.dialect, before, now);
        },
      },
      watched: ['name', 'running', 'disabled', 'comment', 'mac-address'],
    },
  ],
  [
    '/interface/ethernet',
    {
      exists: always,
      print: (model, atMs) => ofType(model, atMs, 'ether').map((state) => ethernetRow(model.dialect, state)),
      monitors: {
        monitor: (model, item, atMs) => {
          const state = named(ofType(model, atMs, 'ether'), item);
          if (state === undefined) return undefined;
          return ethernetMonitorRow(model.dialect, state, interfaceKey(model, state.spec), atMs);
        },
      },
      watched: ['name', 'running', 'disabled', 'comment', 'mac-address'],
    },
  ],
  [
    '/interface/ethernet/poe',
    {
      exists: hasPoe,
      print: (model) => model.interfaces.specs.filter(({ poeOut }) => poeOut).map(poeRow),
      monitors: {
        monitor: (model, item, atMs) => {
          const spec = model.interfaces.specs.find((one) => one.poeOut && (one.name === item || one.id === item));
          return spec === undefined ? undefined : poeMonitorRow(spec, poeAt(spec, interfaceKey(model, spec), atMs));
        },
      },
      watched: ['poe-out'],
    },
  ],
  [
    '/interface/lte',
    {
      exists: hasModem,
      print: (model, atMs) => ofType(model, atMs, 'lte').map((state) => lteRow(model.dialect, state)),
      // v6 calls the command info, v7 monitor.
      monitors: { info: lteMonitor, monitor: lteMonitor },
      lacks: (model, verb) => verb === (model.dialect.major === 6 ? 'monitor' : 'info'),
      watched: ['running', 'disabled'],
    },
  ],
  [
    '/interface/w60g',
    {
      exists: hasW60g,
      print: (model, atMs) => {
        const waits = ofType(model, atMs, 'w60g-station').length > 0;
        return ofType(model, atMs, 'w60g').map((state) => w60gRow(state, waits));
      },
      monitors: {
        monitor: (model, item, atMs) => {
          const state = named(ofType(model, atMs, 'w60g'), item);
          return state === undefined ? undefined : w60gMonitorRow(state.spec, w60gLinkAt(model, atMs));
        },
      },
      watched: ['running', 'disabled'],
    },
  ],
  [
    '/interface/w60g/station',
    {
      exists: hasW60g,
      print: (model, atMs) => ofType(model, atMs, 'w60g-station').map((state) => w60gStationRow(state, w60gLinkAt(model, atMs))),
      monitors: {
        monitor: (model, item, atMs) => {
          const state = named(ofType(model, atMs, 'w60g-station'), item);
          return state === undefined ? undefined : w60gStationMonitorRow(state.spec, w60gLinkAt(model, atMs));
        },
      },
      watched: ['running', 'disabled'],
    },
  ],
];
