import { ofType } from '../../routers/menus/interfaces.ts';
import { w60gLinkAt } from '../../routers/menus/links.ts';
import type { RouterModel } from '../../traffic/world.ts';
import { type ExpectedRow, flagValue, type MenuTruth, numberValue, type TableTruth } from './table-truth.ts';

/** The rows of stations tell of the peer alone; frequency and temperatures are the radio's. */
const RADIO: MenuTruth = { path: '/interface/w60g/monitor', rows: (model, atMs) => linkRows(model, atMs, 'w60g') };
const STATION: MenuTruth = {
  path: '/interface/w60g/station/monitor',
  rows: (model, atMs) => linkRows(model, atMs, 'w60g-station'),
};

export const W60G_LINKS: TableTruth = {
  menus: [RADIO, STATION],
  // Both, so that a row in which one is wrong is still held against its own reply.
  menuOf: ([frequencyMhz, rfC]) => (frequencyMhz === null && rfC === null ? STATION : RADIO),
  object: 'interface',
  columns: [
    'frequency_mhz',
    'rf_temperature_c',
    'connected',
    'remote_mac',
    'tx_mcs',
    'tx_rate_bps',
    'signal_pct',
    'rssi_dbm',
    'tx_sector',
    'tx_sector_info',
    'distance_m',
    'tx_packet_error_pct',
    'baseband_temperature_c',
  ],
  countColumn: 'w60g_link_rows',
};

function linkRows(model: RouterModel, atMs: number, type: 'w60g' | 'w60g-station'): Map<string, ExpectedRow> {
  return new Map(
    ofType(model, atMs, type).map(({ spec }) => {
      const state = w60gLinkAt(model, atMs);
      const own = (value: number): string | null => (type === 'w60g' ? String(value) : null);
      const values: ExpectedRow = [
        own(state.frequencyMhz),
        own(state.rfC),
        flagValue(true),
        String(state.peerMac),
        String(state.mcs),
        String(state.rate.bps),
        String(state.signalPct),
        String(state.rssi),
        String(state.sector),
        state.sectorInfo,
        numberValue(state.distance),
        own(state.errorPct),
        own(state.basebandC),
      ];
      return [spec.name, values];
    }),
  );
}
