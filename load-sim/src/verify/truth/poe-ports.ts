import { poeMode, poeReadings } from '../../dialects/link-rows.ts';
import { interfaceKey } from '../../routers/menus/interfaces.ts';
import { poeAt } from '../../traffic/ports.ts';
import type { RouterModel } from '../../traffic/world.ts';
import { type ExpectedRow, numberValue, type TableTruth } from './table-truth.ts';

export const POE_PORTS: TableTruth = {
  menus: [{ path: '/interface/ethernet/poe/monitor', rows: poeRows }],
  object: 'interface',
  columns: ['mode', 'status', 'voltage_v', 'current_ma', 'power_w'],
  countColumn: 'poe_port_rows',
};

function poeRows(model: RouterModel, atMs: number): Map<string, ExpectedRow> {
  const ports = model.interfaces.specs.filter(({ poeOut }) => poeOut);
  return new Map(
    ports.map((spec) => {
      const state = poeAt(spec, interfaceKey(model, spec), atMs);
      const { volts, milliamps, watts } = poeReadings(state) ?? {};
      return [spec.name, [poeMode(spec), state.status, ...[volts, milliamps, watts].map(numberValue)]];
    }),
  );
}
