/** The menus of the radio stacks and of the CAPsMAN. */
import {
  capsManClientRow,
  capsManInterfaceRow,
  wifiClientRow,
  wifiMonitorRow,
  wifiRadioRow,
  wifiRow,
  wirelessClientRow,
  wirelessMonitorRow,
  wirelessRow,
} from '../../dialects/radio-rows.ts';
import { hasRadioMenu, type RadioStack, radioStackOf } from '../../dialects/stack.ts';
import type { ClientState } from '../../traffic/stations.ts';
import type { RouterModel } from '../../traffic/world.ts';
import { clientsOf, type RadioState, radioSpec, radiosAt } from './interfaces.ts';
import type { Menus } from './menu.ts';

const WATCHED_CLIENT = ['interface', 'mac-address'];

const having =
  (stack: RadioStack) =>
  (model: RouterModel): boolean =>
    hasRadioMenu(model.dialect, model.board, stack);

/** Radios are in the menu of the stack that drives them; the other menus that a router has are empty. */
export function radiosOf(stack: RadioStack, model: RouterModel, atMs: number): RadioState[] {
  return radioStackOf(model.dialect, model.board) === stack ? radiosAt(model, atMs) : [];
}

/** The clients in the registration table of a stack. */
export function clientsIn(stack: RadioStack, model: RouterModel, atMs: number): ClientState[] {
  return radioStackOf(model.dialect, model.board) === stack ? model.clientsAt(atMs) : [];
}

/** The menus of 7.13 and later, which up to 7.12 had another name. */
function wifiMenus(stack: 'wifi' | 'wifiwave2'): Menus {
  const exists = having(stack);
  const path = `/interface/${stack}`;
  return [
    [
      path,
      {
        exists,
        print: (model, atMs) => radiosOf(stack, model, atMs).map(({ state, radio }) => wifiRow(state, radio)),
        monitors: {
          monitor: (model, item, atMs) => {
            const found = radiosOf(stack, model, atMs).find(({ state: { spec } }) => spec.name === item || spec.id === item);
            return found === undefined ? undefined : wifiMonitorRow(found.radio, clientsOf(model, found.state, atMs));
          },
        },
        watched: ['name', 'running', 'inactive', 'disabled'],
      },
    ],
    [
      `${path}/registration-table`,
      {
        exists,
        print: (model, atMs) =>
          clientsIn(stack, model, atMs).map((client) => {
            const { name, ssid } = radioSpec(model, client.radio);
            return wifiClientRow(client, name, ssid);
          }),
        watched: WATCHED_CLIENT,
      },
    ],
    [
      `${path}/radio`,
      {
        exists,
        print: (model, atMs) =>
          radiosOf(stack, model, atMs).map(({ state, radio }, number) => wifiRadioRow(state, radio, number)),
      },
    ],
    // No simulated router manages others with this CAPsMAN.
    [`${path}/capsman/remote-cap`, { exists, print: () => [] }],
  ];
}

export const RADIO_MENUS: Menus = [
  [
    '/interface/wireless',
    {
      exists: having('wireless'),
      print: (model, atMs) => radiosOf('wireless', model, atMs).map(({ state, radio }) => wirelessRow(state, radio)),
      monitors: {
        monitor: (model, item, atMs) => {
          const found = radiosOf('wireless', model, atMs).find(({ state: { spec } }) => spec.name === item || spec.id === item);
          return found === undefined ? undefined : wirelessMonitorRow(found.radio, clientsOf(model, found.state, atMs));
        },
      },
      watched: ['name', 'running', 'disabled', 'ssid'],
    },
  ],
  [
    '/interface/wireless/registration-table',
    {
      exists: having('wireless'),
      print: (model, atMs) =>
        clientsIn('wireless', model, atMs).map((client) => wirelessClientRow(client, radioSpec(model, client.radio).name)),
      watched: WATCHED_CLIENT,
    },
  ],
  ...wifiMenus('wifi'),
  ...wifiMenus('wifiwave2'),
  [
    '/caps-man/interface',
    {
      exists: having('caps-man'),
      print: (model, atMs) =>
        radiosOf('caps-man', model, atMs).map(({ state, radio }) =>
          capsManInterfaceRow(state, radio, clientsOf(model, state, atMs)),
        ),
    },
  ],
  [
    '/caps-man/registration-table',
    {
      exists: having('caps-man'),
      print: (model, atMs) =>
        clientsIn('caps-man', model, atMs).map((client) => {
          const { name, ssid } = radioSpec(model, client.radio);
          return capsManClientRow(client, name, ssid);
        }),
      watched: WATCHED_CLIENT,
    },
  ],
];
