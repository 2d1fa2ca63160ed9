import { fecOf, moduleFacts, OPTIC_WAVELENGTH_NM, opticReadings } from '../../dialects/link-rows.ts';
import { interfaceKey, interfacesAt } from '../../routers/menus/interfaces.ts';
import type { InterfaceState } from '../../traffic/interfaces.ts';
import { opticAt } from '../../traffic/ports.ts';
import type { RouterModel } from '../../traffic/world.ts';
import { type ExpectedRow, type ExpectedValue, flagValue, numberValue, type TableTruth } from './table-truth.ts';

const PRINT = '/interface/ethernet';

/** A row is what the monitor says of a port, and the counters that a print said shortly before. */
export const ETHERNET_PORTS: TableTruth = {
  menus: [{ path: `${PRINT}/monitor`, rows: (model, atMs, asked) => portRows(model, atMs, asked(PRINT)) }],
  object: 'interface',
  columns: [
    'status',
    'rate_bps',
    'full_duplex',
    'auto_negotiation',
    'fec',
    'wire_rx_bytes',
    'wire_tx_bytes',
    'wire_rx_fcs_errors',
    'module_present',
    'module_rx_loss',
    'module_tx_fault',
    'module_type',
    'module_connector',
    'module_vendor',
    'module_part_number',
    'module_serial',
    'module_wavelength_nm',
    'module_temperature_c',
    'module_supply_v',
    'module_bias_ma',
    'module_tx_power_dbm',
    'module_rx_power_dbm',
  ],
  countColumn: 'ethernet_port_rows',
};

function portRows(model: RouterModel, monitoredMs: number, printedMs: number): Map<string, ExpectedRow> {
  const counted = new Map(interfacesAt(model, printedMs).map((state) => [state.spec.name, state]));
  const ports = interfacesAt(model, monitoredMs).filter(({ spec }) => spec.type === 'ether');
  return new Map(
    ports.map((state) => {
      const { name, speedBps, disabled } = state.spec;
      const { rxBytes = 0, rxPackets = 0, txBytes = 0, txPackets = 0, rxErrors = 0 } = counted.get(name) ?? {};
      const values: ExpectedRow = [
        state.running ? 'link-ok' : 'no-link',
        state.running ? String(speedBps) : null,
        state.running ? '1' : null,
        disabled ? 'disabled' : 'done',
        fecOf(state),
        String(rxBytes + 4 * rxPackets),
        String(txBytes + 4 * txPackets),
        String(rxErrors),
        ...moduleValues(model, state, monitoredMs),
      ];
      return [name, values];
    }),
  );
}

const NO_READINGS = Array.from({ length: 6 }, () => null);

function moduleValues(model: RouterModel, { spec, running }: InterfaceState, atMs: number): ExpectedValue[] {
  const optic = opticAt(spec, interfaceKey(model, spec), atMs);
  const facts = moduleFacts(spec);
  if (facts === undefined) {
    const present = spec.module === undefined ? null : flagValue(false);
    return [present, null, null, '', '', '', '', '', ...NO_READINGS];
  }
  const readings = Object.values(opticReadings(optic, running)).map(numberValue);
  return [
    flagValue(true),
    flagValue(!running),
    flagValue(false),
    facts.type,
    facts.connector,
    facts.vendor,
    facts.partNumber,
    optic.serial,
    ...(spec.module === 'optic' ? [OPTIC_WAVELENGTH_NM, ...readings] : NO_READINGS),
  ];
}
