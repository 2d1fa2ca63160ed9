/** The replies of /interface/ethernet/monitor and /interface/ethernet/poe, by version. */
import type { InterfaceSpec } from '../boards/layout.ts';
import type { InterfaceState } from '../traffic/interfaces.ts';
import { type OpticState, opticAt, type PoeState } from '../traffic/ports.ts';
import type { Dialect } from './dialect.ts';
import { flagText, type Property, type Row } from './forms.ts';

/** One row of /interface/ethernet/monitor. Without link there is no rate and no duplex; `key` is the port's own. */
export function ethernetMonitorRow(dialect: Dialect, state: InterfaceState, key: number, atMs: number): Row {
  const { spec } = state;
  const caged = spec.module !== undefined;
  const able = (caged ? CAGE_MODES : COPPER_MODES)[dialect.linkModes]
    .filter(([speedBps]) => speedBps <= spec.speedBps)
    .map(([, mode]) => mode);
  const row: Property[] = [
    ['name', spec.name],
    ['status', state.running ? 'link-ok' : 'no-link'],
    ['auto-negotiation', spec.disabled ? 'disabled' : 'done'],
  ];
  if (state.running)
    row.push(
      ['rate', rateText(spec.speedBps)],
      ['full-duplex', 'true'],
      ['tx-flow-control', 'false'],
      ['rx-flow-control', 'false'],
    );
  const fec = fecOf(state);
  if (fec !== '') row.push(['fec', fec]);
  if (dialect.linkModes === 'base') row.push(['supported', able.join(',')]);
  row.push(['advertising', able.join(',')], ['link-partner-advertising', state.running ? able.join(',') : '']);
  if (caged) {
    const properties = moduleProperties(spec, state.running, opticAt(spec, key, atMs));
    const prefix = dialect.bareQsfp && spec.name.startsWith('qsfp') ? '' : 'sfp-';
    row.push(...properties.map(([name, value]): Property => [`${prefix}${name}`, value]));
    if (spec.module !== 'empty') row.push(['eeprom-checksum', 'good']);
  }
  return row;
}

/** Forward error correction of a fast link; empty where there is none. */
export function fecOf({ running, spec }: InterfaceState): string {
  if (!running || spec.speedBps < 2.5e10) return '';
  return spec.module === 'copper-cable' ? 'fec74' : 'fec91';
}

/** What the EEPROM of a module says. */
export interface ModuleFacts {
  readonly type: string;
  readonly connector: string;
  readonly vendor: string;
  readonly partNumber: string;
}

/** The module in a cage; undefined for an empty cage, and for a port without one. */
export function moduleFacts({ module, speedBps }: InterfaceSpec): ModuleFacts | undefined {
  if (module === undefined || module === 'empty') return undefined;
  const form = speedBps >= 1e11 ? 'QSFP28' : speedBps >= 2.5e10 ? 'SFP28' : 'SFP+';
  const type = form === 'QSFP28' ? form : 'SFP/SFP+/SFP28';
  const vendor = 'Poplar';
  if (module === 'copper-cable') return { type, vendor, connector: 'copper-pigtail', partNumber: `${form}-DAC1` };
  return { type, vendor, connector: form === 'QSFP28' ? 'MPO' : 'LC', partNumber: `${form}-LR` };
}

/** What an optic measures, in the digits that RouterOS shows; without a link it receives no light. */
export function opticReadings(optic: OpticState, running: boolean): Readonly<Record<OpticReading, string>> {
  return {
    temperature: String(optic.temperatureC),
    'supply-voltage': optic.supplyV.toFixed(3),
    'tx-bias-current': String(optic.biasMa),
    'tx-power': optic.txDbm.toFixed(3),
    'rx-power': (running ? optic.rxDbm : -40).toFixed(3),
  };
}

type OpticReading = 'temperature' | 'supply-voltage' | 'tx-bias-current' | 'tx-power' | 'rx-power';

/** A direct-attach cable has an EEPROM like an optic, but no transmitter whose light or temperature could be measured. */
function moduleProperties(spec: InterfaceSpec, running: boolean, optic: OpticState): Property[] {
  const facts = moduleFacts(spec);
  if (facts === undefined) return [['module-present', 'false']];
  const isCable = spec.module === 'copper-cable';
  const common: Property[] = [
    ['module-present', 'true'],
    ['rx-loss', flagText(!running)],
    ['tx-fault', 'false'],
    ['type', facts.type],
    ['connector-type', facts.connector],
    isCable ? ['link-length-copper', '1'] : ['link-length-sm', '10000'],
    ['vendor-name', facts.vendor],
    ['vendor-part-number', facts.partNumber],
    ['vendor-revision', '1.0'],
    ['vendor-serial', optic.serial],
    ['manufacturing-date', '24-03-18'],
  ];
  if (isCable) return common;
  return [...common, ['wavelength', OPTIC_WAVELENGTH_NM], ...Object.entries(opticReadings(optic, running))];
}

export const OPTIC_WAVELENGTH_NM = '1310';

function rateText(speedBps: number): string {
  return speedBps >= 1e9 ? `${speedBps / 1e9}Gbps` : `${speedBps / 1e6}Mbps`;
}

type Modes = Readonly<Record<Dialect['linkModes'], readonly (readonly [bps: number, mode: string])[]>>;
const COPPER_MODES: Modes = {
  short: [
    [1e7, '10M-half'],
    [1e7, '10M-full'],
    [1e8, '100M-half'],
    [1e8, '100M-full'],
    [1e9, '1000M-half'],
    [1e9, '1000M-full'],
    [2.5e9, '2500M-full'],
    [1e10, '10G-full'],
  ],
  base: [
    [1e7, '10M-baseT-half'],
    [1e7, '10M-baseT-full'],
    [1e8, '100M-baseT-half'],
    [1e8, '100M-baseT-full'],
    [1e9, '1G-baseT-half'],
    [1e9, '1G-baseT-full'],
    [2.5e9, '2.5G-baseT'],
    [1e10, '10G-baseT'],
  ],
};
const CAGE_MODES: Modes = {
  short: [
    [1e9, '1000M-full'],
    [1e10, '10000M-full'],
    [2.5e10, '25G-full'],
    [1e11, '100G-full'],
  ],
  base: [
    [1e9, '1G-baseX'],
    [1e10, '10G-baseSR-LR'],
    [2.5e10, '25G-baseSR-LR'],
    [1e11, '100G-baseSR4-LR4'],
  ],
};

/** One row of /interface/ethernet/poe/print. */
export function poeRow(spec: InterfaceSpec): Row {
  return [
    ['.id', spec.id],
    ['name', spec.name],
    ['poe-out', poeMode(spec)],
    ['poe-voltage', 'auto'],
    ['poe-priority', '10'],
    ['power-cycle-ping-enabled', 'false'],
    ['power-cycle-interval', 'none'],
  ];
}

/** One row of /interface/ethernet/poe/monitor: voltage, current and power only of a port that feeds something. */
export function poeMonitorRow(spec: InterfaceSpec, state: PoeState): Row {
  const row: Property[] = [
    ['name', spec.name],
    ['poe-out', poeMode(spec)],
    ['poe-voltage', 'auto'],
    ['poe-out-status', state.status],
  ];
  const readings = poeReadings(state);
  if (readings !== undefined)
    row.push(['poe-out-voltage', readings.volts], ['poe-out-current', readings.milliamps], ['poe-out-power', readings.watts]);
  return row;
}

/** `poe-out` of a port. */
export function poeMode({ disabled }: InterfaceSpec): 'off' | 'auto-on' {
  return disabled ? 'off' : 'auto-on';
}

/** What a port measures of what it feeds, in the digits that RouterOS shows; undefined when it feeds nothing. */
export function poeReadings({ status, volts, milliamps }: PoeState): Readonly<Record<PoeReading, string>> | undefined {
  if (status !== 'powered-on') return undefined;
  return { volts: volts.toFixed(1), milliamps: String(milliamps), watts: ((volts * milliamps) / 1000).toFixed(1) };
}

type PoeReading = 'volts' | 'milliamps' | 'watts';
