/** Templates of access points. */
import type { Board } from './board.ts';
import { ACCESS_POINT, CUSTOMER_GATEWAY } from './roles.ts';
import { GBIT, MBIT, MIB } from './units.ts';

const CONSTRUCTED = 'constructed from documentation';

export const HAP_AC2: Board = {
  name: 'hap-ac2',
  evidence: 'published /interface/wireless/print of its class (IPQ4019), the rest constructed from documentation',
  boardName: 'hAP ac^2',
  model: 'RBD52G-5HacD2HnD',
  architecture: 'arm',
  cpu: { 6: 'ARMv7', 7: 'ARM' },
  cpuCount: 4,
  cpuFrequencyMhz: 716,
  memoryBytes: 128 * MIB,
  diskBytes: 16 * MIB,
  factorySoftware: '6.45.9',
  firmwareType: 'ipq4000L',
  ports: [{ prefix: 'ether', count: 5, speedBps: GBIT, maxL2mtu: 9214 }],
  radios: [
    { band: 2, chip: 'IPQ4019', speedBps: 300 * MBIT },
    { band: 5, chip: 'IPQ4019', speedBps: 866 * MBIT },
  ],
  // 128 MiB are too little for the newer driver's package before 7.13.
  radioDriver: 'wireless',
  sensors: [],
  vlansMax: 1,
  wirelessPackage: true,
  role: CUSTOMER_GATEWAY,
  dialects: ['6.49', '6.44', '6.42', '7.9', '7.12', '7.13', '7.18', '7.20'],
};

export const HAP_AC3: Board = {
  name: 'hap-ac3',
  evidence: 'published /system/resource, /interface and /interface/ethernet of 7.19.1',
  boardName: 'hAP ac^3',
  model: 'RBD53iG-5HacD2HnD',
  architecture: 'arm',
  cpu: { 6: 'ARMv7', 7: 'ARM' },
  cpuCount: 4,
  cpuFrequencyMhz: 672,
  memoryBytes: 256 * MIB,
  diskBytes: 128 * MIB,
  factorySoftware: '6.47.9',
  firmwareType: 'ipq4000L',
  ports: [{ prefix: 'ether', count: 5, speedBps: GBIT, maxL2mtu: 9214, poeOut: 1 }],
  radios: [
    { band: 2, chip: 'IPQ4019', speedBps: 300 * MBIT },
    { band: 5, chip: 'IPQ4019', speedBps: 866 * MBIT },
  ],
  radioDriver: 'wifi-qcom-ac',
  sensors: [],
  vlansMax: 1,
  wirelessPackage: true,
  role: CUSTOMER_GATEWAY,
  dialects: ['7.12', '7.18', '6.49', '7.9', '7.13', '7.20'],
};

export const CAP_AC: Board = {
  name: 'cap-ac',
  evidence: CONSTRUCTED,
  boardName: 'cAP ac',
  model: 'RBcAPGi-5acD2nD',
  architecture: 'arm',
  cpu: { 6: 'ARMv7', 7: 'ARM' },
  cpuCount: 4,
  cpuFrequencyMhz: 716,
  memoryBytes: 128 * MIB,
  diskBytes: 16 * MIB,
  factorySoftware: '6.44.6',
  firmwareType: 'ipq4000L',
  ports: [{ prefix: 'ether', count: 2, speedBps: GBIT, maxL2mtu: 9214, poeOut: 1 }],
  radios: [
    { band: 2, chip: 'IPQ4019', speedBps: 300 * MBIT },
    { band: 5, chip: 'IPQ4019', speedBps: 866 * MBIT },
  ],
  radioDriver: 'wifi-qcom-ac',
  sensors: [],
  vlansMax: 1,
  wirelessPackage: true,
  role: ACCESS_POINT,
  dialects: ['6.49', '6.44', '7.13', '7.18', '7.20'],
};

export const WAP_AX: Board = {
  name: 'wap-ax',
  evidence: 'published /interface/wifi/radio/print of 7.23, the rest constructed from documentation',
  boardName: 'wAP ax',
  model: 'wAPG-5HaxD2HaxD',
  architecture: 'arm64',
  cpu: { 6: 'ARM64', 7: 'ARM64' },
  cpuCount: 2,
  cpuFrequencyMhz: 800,
  memoryBytes: 256 * MIB,
  diskBytes: 128 * MIB,
  factorySoftware: '7.14.3',
  firmwareType: 'ipq5000',
  ports: [{ prefix: 'ether', count: 2, speedBps: GBIT, maxL2mtu: 9214 }],
  radios: [
    { band: 5, chip: 'QCN6102', speedBps: 2400 * MBIT },
    { band: 2, chip: 'QCA5018', speedBps: 574 * MBIT },
  ],
  radioDriver: 'wifi-qcom',
  sensors: [],
  vlansMax: 1,
  wirelessPackage: false,
  role: ACCESS_POINT,
  dialects: ['7.18', '7.20', '7.13'],
};

export const AUDIENCE: Board = {
  name: 'audience',
  evidence: CONSTRUCTED,
  boardName: 'Audience',
  model: 'RBD25G-5HPacQD2HPnD',
  architecture: 'arm',
  cpu: { 6: 'ARMv7', 7: 'ARM' },
  cpuCount: 4,
  cpuFrequencyMhz: 716,
  memoryBytes: 256 * MIB,
  diskBytes: 128 * MIB,
  factorySoftware: '6.46.6',
  firmwareType: 'ipq4000',
  ports: [{ prefix: 'ether', count: 2, speedBps: GBIT, maxL2mtu: 9214 }],
  // The third radio links Audiences with each other: no client joins it.
  radios: [
    { band: 2, chip: 'IPQ4019', speedBps: 300 * MBIT },
    { band: 5, chip: 'IPQ4019', speedBps: 866 * MBIT },
    { band: 5, chip: 'QCA9984', speedBps: 1733 * MBIT },
  ],
  radioDriver: 'wifi-qcom-ac',
  sensors: [{ name: 'temperature', unit: 'C', mid: 47, swing: 6, decimals: 0 }],
  vlansMax: 1,
  wirelessPackage: true,
  role: CUSTOMER_GATEWAY,
  dialects: ['6.49', '7.12', '7.13', '7.18', '7.20'],
};
