import { areaCode, MODEM_OPERATOR, MODEM_REGISTRATION, modemAt } from '../../dialects/modem-rows.ts';
import { interfaceKey, ofType } from '../../routers/menus/interfaces.ts';
import type { RouterModel } from '../../traffic/world.ts';
import { type ExpectedRow, type MenuTruth, type TableTruth, wholeSecondsMs } from './table-truth.ts';

/** Version 7 has a monitor and tells a status, version 6 neither. */
const MONITOR: MenuTruth = { path: '/interface/lte/monitor', rows: modemRows };
const INFO: MenuTruth = { path: '/interface/lte/info', rows: modemRows };

export const MODEMS: TableTruth = {
  menus: [MONITOR, INFO],
  menuOf: ([status]) => (status === '' ? INFO : MONITOR),
  object: 'interface',
  columns: [
    'status',
    'registration',
    'operator',
    'technology',
    'model',
    'revision',
    'roaming',
    'cell_id',
    'enb_id',
    'sector_id',
    'physical_cell_id',
    'area_code',
    'primary_band',
    'aggregated_bands',
    'session_uptime_ms',
    'rssi_dbm',
    'rsrp_dbm',
    'rsrq_db',
    'sinr_db',
    'nr_rsrp_dbm',
    'nr_rsrq_db',
    'nr_sinr_db',
    'cqi',
    'rank_indicator',
    'mcs',
    'modulation',
  ],
  countColumn: 'modem_rows',
};

function modemRows(model: RouterModel, atMs: number): Map<string, ExpectedRow> {
  const { dialect, board } = model;
  const { modem } = board;
  if (modem === undefined) return new Map();
  return new Map(
    ofType(model, atMs, 'lte').map(({ spec }) => {
      const state = modemAt(dialect, modem, interfaceKey(model, spec), atMs - model.bootAt(atMs).atMs, atMs);
      const { cellId, fiveG, downlink } = state;
      const values: ExpectedRow = [
        state.status ?? '',
        MODEM_REGISTRATION,
        MODEM_OPERATOR,
        state.technology,
        modem.model,
        modem.revision,
        null,
        String(cellId),
        String(cellId >>> 8),
        String(cellId & 255),
        String(state.physicalCellId),
        String(areaCode(cellId)),
        state.primaryBand,
        state.furtherBands.join(','),
        String(wholeSecondsMs(state.sessionMs)),
        ...[state.rssi, state.rsrp, state.rsrq, state.sinr].map(String),
        ...[fiveG?.rsrp, fiveG?.rsrq, fiveG?.sinr, downlink?.cqi, downlink?.rank, downlink?.mcs].map((value) =>
          value === undefined ? null : String(value),
        ),
        downlink?.modulation ?? '',
      ];
      return [spec.name, values];
    }),
  );
}
