import { wifiBand, wifiRateBps, wirelessBand, wirelessRate } from '../../dialects/radio-facts.ts';
import type { RadioStack } from '../../dialects/stack.ts';
import { radioSpec } from '../../routers/menus/interfaces.ts';
import { clientsIn } from '../../routers/menus/radio.ts';
import type { ClientState } from '../../traffic/stations.ts';
import type { RouterModel } from '../../traffic/world.ts';
import { type ExpectedRow, type TableTruth, wholeSecondsMs } from './table-truth.ts';

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
  // A router may tell a client twice.
  replyRows: (model: RouterModel, _: number, atMs: number): number => clientsIn(stack, model, atMs).length,
}));

export const RADIO_CLIENTS: TableTruth = {
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
};

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
