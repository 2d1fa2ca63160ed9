/** Templates of boards at the end of a radio link: LTE, 5G and 60 GHz. */
import type { Board } from './board.ts';
import { CUSTOMER_GATEWAY } from './roles.ts';
import { GBIT, MBIT, MIB } from './units.ts';

const CONSTRUCTED = 'constructed from documentation';

export const SXT_LTE: Board = {
  name: 'sxt-lte',
  evidence: CONSTRUCTED,
  boardName: 'SXT LTE kit',
  model: 'RBSXTR',
  architecture: 'mipsbe',
  cpu: { 6: 'MIPS 24Kc V7.4', 7: 'MIPS 24Kc V7.4' },
  cpuCount: 1,
  cpuFrequencyMhz: 650,
  memoryBytes: 64 * MIB,
  diskBytes: 16 * MIB,
  factorySoftware: '6.42.7',
  firmwareType: 'qca9531L',
  ports: [{ prefix: 'ether', count: 2, speedBps: 100 * MBIT, maxL2mtu: 2028 }],
  radios: [],
  radioDriver: 'none',
  modem: { model: 'R11e-LTE', revision: 'MikroTik_CP_2.160.000_v021', fiveG: false },
  sensors: [],
  vlansMax: 1,
  wirelessPackage: true,
  role: CUSTOMER_GATEWAY,
  dialects: ['6.49', '6.44', '7.12', '7.18', '7.20'],
};

export const CHATEAU_5G: Board = {
  name: 'chateau-5g',
  evidence: CONSTRUCTED,
  boardName: 'Chateau 5G',
  model: 'D53G-5HacD2HnD-TC&RG502Q-EA',
  architecture: 'arm',
  cpu: { 6: 'ARMv7', 7: 'ARM' },
  cpuCount: 4,
  cpuFrequencyMhz: 716,
  memoryBytes: 256 * MIB,
  diskBytes: 16 * MIB,
  factorySoftware: '7.1.5',
  firmwareType: 'ipq4000L',
  ports: [{ prefix: 'ether', count: 5, speedBps: GBIT, maxL2mtu: 9214 }],
  radios: [
    { band: 2, chip: 'IPQ4019', speedBps: 300 * MBIT },
    { band: 5, chip: 'IPQ4019', speedBps: 866 * MBIT },
  ],
  radioDriver: 'wifi-qcom-ac',
  modem: { model: 'RG502Q-EA', revision: 'RG502QEAAAR11A07M4G', fiveG: true },
  sensors: [],
  vlansMax: 1,
  wirelessPackage: true,
  role: CUSTOMER_GATEWAY,
  dialects: ['7.12', '7.9', '7.13', '7.18', '7.20'],
};

export const LHG_60G: Board = {
  name: 'lhg-60g',
  evidence: CONSTRUCTED,
  boardName: 'LHGG-60ad',
  model: 'RBLHGG-60ad',
  architecture: 'arm',
  cpu: { 6: 'ARMv7', 7: 'ARM' },
  cpuCount: 4,
  cpuFrequencyMhz: 716,
  memoryBytes: 256 * MIB,
  diskBytes: 16 * MIB,
  factorySoftware: '6.43.2',
  firmwareType: 'ipq4000L',
  ports: [{ prefix: 'ether', count: 1, speedBps: GBIT, maxL2mtu: 9214 }],
  radios: [],
  radioDriver: 'none',
  w60g: true,
  sensors: [],
  vlansMax: 1,
  wirelessPackage: true,
  role: CUSTOMER_GATEWAY,
  dialects: ['6.49', '6.44', '7.12', '7.18', '7.20'],
};
