/** Templates of switches that run RouterOS. */
import type { Board } from './board.ts';
import { SWITCH } from './roles.ts';
import { GBIT, MIB } from './units.ts';

const CONSTRUCTED = 'constructed from documentation';

export const CRS326: Board = {
  name: 'crs326',
  evidence: CONSTRUCTED,
  boardName: 'CRS326-24G-2S+',
  model: 'CRS326-24G-2S+',
  architecture: 'arm',
  cpu: { 6: 'ARMv7', 7: 'ARM' },
  cpuCount: 1,
  cpuFrequencyMhz: 800,
  memoryBytes: 512 * MIB,
  diskBytes: 16 * MIB,
  factorySoftware: '6.44.3',
  firmwareType: 'dx3230L',
  ports: [
    { prefix: 'ether', count: 24, speedBps: GBIT, maxL2mtu: 10218 },
    { prefix: 'sfp-sfpplus', count: 2, speedBps: 10 * GBIT, maxL2mtu: 10218, cage: 'sfp' },
  ],
  uplink: 'sfp-sfpplus1',
  radios: [],
  radioDriver: 'none',
  sensors: [
    { name: 'voltage', unit: 'V', mid: 24, swing: 0.2, decimals: 1 },
    { name: 'temperature', unit: 'C', mid: 36, swing: 5, decimals: 0 },
  ],
  vlansMax: 3,
  wirelessPackage: false,
  role: SWITCH,
  dialects: ['6.49', '6.44', '7.12', '7.18', '7.20'],
};

export const CRS317: Board = {
  name: 'crs317',
  evidence: CONSTRUCTED,
  boardName: 'CRS317-1G-16S+',
  model: 'CRS317-1G-16S+',
  architecture: 'arm',
  cpu: { 6: 'ARMv7', 7: 'ARM' },
  cpuCount: 2,
  cpuFrequencyMhz: 800,
  memoryBytes: 1024 * MIB,
  diskBytes: 16 * MIB,
  factorySoftware: '6.42.9',
  firmwareType: 'dx3230L',
  ports: [
    { prefix: 'ether', count: 1, speedBps: GBIT, maxL2mtu: 10218 },
    { prefix: 'sfp-sfpplus', count: 16, speedBps: 10 * GBIT, maxL2mtu: 10218, cage: 'sfp' },
  ],
  uplink: 'sfp-sfpplus1',
  radios: [],
  radioDriver: 'none',
  sensors: [
    { name: 'cpu-temperature', unit: 'C', mid: 49, swing: 6, decimals: 0 },
    { name: 'fan1-speed', unit: 'RPM', mid: 4100, swing: 300, decimals: 0 },
    { name: 'psu1-voltage', unit: 'V', mid: 24, swing: 0.2, decimals: 1 },
  ],
  vlansMax: 3,
  wirelessPackage: false,
  role: SWITCH,
  dialects: ['6.49', '7.12', '7.18', '7.20'],
};
