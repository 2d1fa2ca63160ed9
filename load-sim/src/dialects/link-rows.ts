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
  if (state.running && spec.speedBps >= 2.5e10) row.push(['fec', spec.module === 'copper-cable' ? 'fec74' : 'fec91']);
  if (dialect.linkModes === 'base') row.push(['supported', able.join(',')]);
  row.push(['advertising', able.join(',')], ['link-partner-advertising', state.running ? able.join(',') : '']);
  if (caged) row.push(...moduleProperties(spec, state.running, opticAt(spec, key, atMs)));
  return row;
}

/** A direct-attach cable has an EEPROM like an optic, but no transmitter whose light or temperature could be measured. */
function moduleProperties(spec: InterfaceSpec, running: boolean, optic: OpticState): Property[] {
  if (spec.module === 'empty') return [['sfp-module-present', 'false']];
  const fast = spec.speedBps >= 1e11 ? 'QSFP28' : spec.speedBps >= 2.5e10 ? 'SFP28' : 'SFP+';
  const head: Property[] = [
    ['sfp-module-present', 'true'],
    ['sfp-rx-loss', flagText(!running)],
    ['sfp-tx-fault', 'false'],
    ['sfp-type', fast === 'QSFP28' ? 'QSFP28' : 'SFP/SFP+/SFP28'],
  ];
  if (spec.module === 'copper-cable') {
    return [
      ...head,
      ['sfp-connector-type', 'copper-pigtail'],
      ['sfp-link-length-copper', '1'],
      ['sfp-vendor-name', 'Poplar'],
      ['sfp-vendor-part-number', `${fast}-DAC1`],
      ['sfp-vendor-revision', '1.0'],
      ['sfp-vendor-serial', optic.serial],
      ['sfp-manufacturing-date', '24-03-18'],
      ['eeprom-checksum', 'good'],
    ];
  }
  return [
    ...head,
    ['sfp-connector-type', fast === 'QSFP28' ? 'MPO' : 'LC'],
    ['sfp-link-length-sm', '10000'],
    ['sfp-vendor-name', 'Poplar'],
    ['sfp-vendor-part-number', `${fast}-LR`],
    ['sfp-vendor-revision', '1.0'],
    ['sfp-vendor-serial', optic.serial],
    ['sfp-manufacturing-date', '24-03-18'],
    ['sfp-wavelength', '1310'],
    ['sfp-temperature', String(optic.temperatureC)],
    ['sfp-supply-voltage', optic.supplyV.toFixed(3)],
    ['sfp-tx-bias-current', String(optic.biasMa)],
    ['sfp-tx-power', optic.txDbm.toFixed(3)],
    ['sfp-rx-power', (running ? optic.rxDbm : -40).toFixed(3)],
    ['eeprom-checksum', 'good'],
  ];
}

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
    ['poe-out', spec.disabled ? 'off' : 'auto-on'],
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
    ['poe-out', spec.disabled ? 'off' : 'auto-on'],
    ['poe-voltage', 'auto'],
    ['poe-out-status', state.status],
  ];
  if (state.status === 'powered-on')
    row.push(
      ['poe-out-voltage', state.volts.toFixed(1)],
      ['poe-out-current', String(state.milliamps)],
      ['poe-out-power', ((state.volts * state.milliamps) / 1000).toFixed(1)],
    );
  return row;
}
