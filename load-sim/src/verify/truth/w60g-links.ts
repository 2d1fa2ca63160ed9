import { w60gAt } from '../../dialects/modem-rows.ts';
import { interfaceKey, ofType } from '../../routers/menus/interfaces.ts';
import type { RouterModel } from '../../traffic/world.ts';
import { type ExpectedRow, flagValue, numberValue, type TableTruth } from './table-truth.ts';

export const W60G_LINKS: TableTruth = {
  menus: [{ path: '/interface/w60g/monitor', rows: linkRows }],
  object: 'interface',
  columns: [
    'connected',
    'remote_mac',
    'frequency_mhz',
    'tx_mcs',
    'tx_rate_bps',
    'signal_pct',
    'rssi_dbm',
    'tx_sector',
    'tx_sector_info',
    'distance_m',
    'tx_packet_error_pct',
    'baseband_temperature_c',
    'rf_temperature_c',
  ],
  countColumn: 'w60g_link_rows',
};

function linkRows(model: RouterModel, atMs: number): Map<string, ExpectedRow> {
  return new Map(
    ofType(model, atMs, 'w60g').map(({ spec }) => {
      const state = w60gAt(interfaceKey(model, spec), atMs);
      const values: ExpectedRow = [
        flagValue(true),
        String(state.peerMac),
        String(state.frequencyMhz),
        String(state.mcs),
        String(state.rate.bps),
        String(state.signalPct),
        String(state.rssi),
        String(state.sector),
        state.sectorInfo,
        numberValue(state.distance),
        String(state.errorPct),
        String(state.basebandC),
        String(state.rfC),
      ];
      return [spec.name, values];
    }),
  );
}
