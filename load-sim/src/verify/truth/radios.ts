import {
  NOISE_FLOOR_DBM,
  overallCcqPct,
  type RadioFacts,
  radioName,
  wifiFacts,
  wifiTxPowerDbm,
  wirelessFacts,
} from '../../dialects/radio-facts.ts';
import type { RadioStack } from '../../dialects/stack.ts';
import { clientsOf, interfacesAt, type RadioState } from '../../routers/menus/interfaces.ts';
import { radiosOf } from '../../routers/menus/radio.ts';
import type { InterfaceState } from '../../traffic/interfaces.ts';
import type { ClientState } from '../../traffic/stations.ts';
import type { RouterModel } from '../../traffic/world.ts';
import { type ExpectedRow, flagValue, type MenuTruth, type TableTruth } from './table-truth.ts';

type RowsOf = MenuTruth['rows'];

/** A CAPsMAN prints everything at once; of the others a row is what the monitor says, and what a print said shortly before. */
const MENUS: Readonly<Record<RadioStack, MenuTruth>> = {
  wireless: { path: '/interface/wireless/monitor', rows: monitoredRows('wireless', '/interface/wireless') },
  wifi: { path: '/interface/wifi/monitor', rows: monitoredRows('wifi', '/interface/wifi') },
  wifiwave2: { path: '/interface/wifiwave2/monitor', rows: monitoredRows('wifiwave2', '/interface/wifiwave2') },
  'caps-man': {
    path: '/caps-man/interface',
    rows: (model, atMs) => radioRows('caps-man', model, atMs, atMs),
  },
};

export const RADIOS: TableTruth = {
  menus: Object.values(MENUS),
  menuOf: ([stack]) => Object.entries(MENUS).find(([name]) => name === stack)?.[1],
  object: 'interface',
  columns: [
    'stack',
    'mac',
    'ssid',
    'radio_name',
    'mode',
    'master',
    'hardware',
    'running',
    'disabled',
    'state',
    'band',
    'width',
    'channel',
    'frequency_mhz',
    'registered_clients',
    'authorized_clients',
    'noise_floor_dbm',
    'tx_ccq_pct',
    'tx_power_dbm',
    'signal_dbm',
    'snr_db',
    'tx_rate_bps',
    'rx_rate_bps',
  ],
  countColumn: 'radio_rows',
};

function monitoredRows(stack: RadioStack, printed: string): RowsOf {
  return (model, atMs, asked) => radioRows(stack, model, atMs, asked(printed));
}

function radioRows(stack: RadioStack, model: RouterModel, monitoredMs: number, printedMs: number): Map<string, ExpectedRow> {
  const printed = new Map(interfacesAt(model, printedMs).map((state) => [state.spec.name, state]));
  return new Map(
    radiosOf(stack, model, monitoredMs).map((radio) => {
      const { name } = radio.state.spec;
      return [name, radioValues(stack, radio, printed.get(name) ?? radio.state, clientsOf(model, radio.state, monitoredMs))];
    }),
  );
}

function radioValues(
  stack: RadioStack,
  { radio }: RadioState,
  { spec, running }: InterfaceState,
  clients: readonly ClientState[],
): ExpectedRow {
  const isWireless = stack === 'wireless';
  const isElsewhere = stack === 'caps-man';
  const isWifi = !isWireless && !isElsewhere;
  const facts: RadioFacts = isWifi ? wifiFacts(radio) : wirelessFacts(radio);
  const mac = spec.mac ?? 0;
  return [
    stack,
    String(mac),
    spec.ssid,
    isWireless ? radioName(mac) : '',
    isElsewhere ? '' : facts.mode,
    '',
    isElsewhere ? '' : radio.chip,
    flagValue(running),
    flagValue(spec.disabled),
    facts.state,
    isElsewhere ? '' : facts.band,
    isElsewhere ? '' : facts.width,
    facts.channel,
    facts.channel.slice(0, 4),
    String(clients.length),
    String(clients.length),
    isWireless ? NOISE_FLOOR_DBM : null,
    isWireless ? String(overallCcqPct(clients)) : null,
    isWifi ? wifiTxPowerDbm(radio) : null,
    null,
    null,
    null,
    null,
  ];
}
