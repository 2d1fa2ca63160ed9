import { areaCode, MODEM_OPERATOR, MODEM_REGISTRATION, modemAt } from '../../dialects/modem-rows.ts';
import { interfaceKey, ofType } from '../../routers/menus/interfaces.ts';
import type { RouterModel } from '../../traffic/world.ts';
import { type ExpectedRow, type MenuTruth, type TableTruth, wholeSecondsMs } from './table-truth.ts';

/** Version 7 has a monitor that tells status and modulation, version 6 another command that tells neither. */
const MONITOR: MenuTruth = { path: '/interface/lte/monitor', rows: (model, atMs) => modemRows(model, atMs, 7) };
const INFO: MenuTruth = { path: '/interface/lte/info', rows: (model, atMs) => modemRows(model, atMs, 6) };

export const MODEMS: TableTruth = {
  menus: [INFO, MONITOR],
  // Either is enough, so that a row in which one is wrong is still held against its own reply.
  menuOf: ([status, modulation]) => (status === '' || modulation === '' ? INFO : MONITOR),
  object: 'interface',
  columns: [
    'status',
    'modulation',
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
  ],
  countColumn: 'modem_rows',
};

function modemRows(model: RouterModel, atMs: number, major: 6 | 7): Map<string, ExpectedRow> {
  const { dialect, board } = model;
  const { modem } = board;
  if (modem === undefined || dialect.major !== major) return new Map();
  return new Map(
    ofType(model, atMs, 'lte').map(({ spec }) => {
      const state = modemAt(dialect, modem, interfaceKey(model, spec), atMs - model.bootAt(atMs).atMs, atMs);
      const { cellId, fiveG, downlink } = state;
      const values: ExpectedRow = [
        state.status ?? '',
        downlink?.modulation ?? '',
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
      ];
      return [spec.name, values];
    }),
  );
}
