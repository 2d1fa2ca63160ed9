/** The board models that can be simulated, from published replies and data sheets, and how common each is in a fleet. */
import type { DialectName } from '../dialects/dialect.ts';
import type { Board, BoardName } from './board.ts';

const MBIT = 1_000_000;
const GBIT = 1000 * MBIT;
const MIB = 1_048_576;

const BOARDS: Readonly<Record<BoardName, Board>> = {
  'hap-ac2': {
    name: 'hap-ac2',
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
    sensors: [],
    vlansMax: 1,
    wirelessPackage: true,
    dialects: ['6.49', '6.44', '6.42'],
  },
  rb4011: {
    name: 'rb4011',
    boardName: 'RB4011iGS+',
    model: 'RB4011iGS+RM',
    architecture: 'arm',
    cpu: { 6: 'ARMv7', 7: 'ARM' },
    cpuCount: 4,
    cpuFrequencyMhz: 1400,
    memoryBytes: 1024 * MIB,
    diskBytes: 512 * MIB,
    factorySoftware: '6.45.9',
    firmwareType: 'al2',
    ports: [
      { prefix: 'ether', count: 10, speedBps: GBIT, maxL2mtu: 9578 },
      { prefix: 'sfp-sfpplus', count: 1, speedBps: 10 * GBIT, maxL2mtu: 9982 },
    ],
    radios: [],
    sensors: [
      { name: 'voltage', unit: 'V', mid: 24.1, swing: 0.3, decimals: 1 },
      { name: 'temperature', unit: 'C', mid: 42, swing: 6, decimals: 0 },
    ],
    vlansMax: 3,
    wirelessPackage: true,
    dialects: ['6.49', '7.18', '6.44'],
  },
  rb5009: {
    name: 'rb5009',
    boardName: 'RB5009UG+S+',
    model: 'RB5009UG+S+',
    architecture: 'arm64',
    cpu: { 6: 'ARM64', 7: 'ARM64' },
    cpuCount: 4,
    cpuFrequencyMhz: 1400,
    memoryBytes: 1024 * MIB,
    diskBytes: 1024 * MIB,
    factorySoftware: '7.4.1',
    firmwareType: '70x0',
    ports: [
      { prefix: 'ether', count: 1, speedBps: 2.5 * GBIT, maxL2mtu: 9796 },
      { prefix: 'ether', count: 7, speedBps: GBIT, maxL2mtu: 9796 },
      { prefix: 'sfp-sfpplus', count: 1, speedBps: 10 * GBIT, maxL2mtu: 9796 },
    ],
    radios: [],
    sensors: [{ name: 'cpu-temperature', unit: 'C', mid: 48, swing: 7, decimals: 0 }],
    vlansMax: 3,
    wirelessPackage: false,
    dialects: ['7.18'],
  },
  'wap-ax': {
    name: 'wap-ax',
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
    sensors: [],
    vlansMax: 1,
    wirelessPackage: false,
    dialects: ['7.18'],
  },
  ccr2004: {
    name: 'ccr2004',
    boardName: 'CCR2004-1G-12S+2XS',
    model: 'CCR2004-1G-12S+2XS',
    architecture: 'arm64',
    cpu: { 6: 'ARM64', 7: 'ARM64' },
    cpuCount: 4,
    cpuFrequencyMhz: undefined,
    memoryBytes: 4_227_858_432,
    diskBytes: 128 * MIB,
    factorySoftware: '7.6',
    firmwareType: 'al64v2',
    ports: [
      { prefix: 'ether', count: 1, speedBps: GBIT, maxL2mtu: 9586 },
      { prefix: 'sfp-sfpplus', count: 12, speedBps: 10 * GBIT, maxL2mtu: 9586 },
      { prefix: 'sfp28-', count: 2, speedBps: 25 * GBIT, maxL2mtu: 9586 },
    ],
    radios: [],
    sensors: [
      { name: 'cpu-temperature', unit: 'C', mid: 55, swing: 6, decimals: 0 },
      { name: 'fan1-speed', unit: 'RPM', mid: 3600, swing: 300, decimals: 0 },
      { name: 'psu1-voltage', unit: 'V', mid: 12, swing: 0.2, decimals: 1 },
      { name: 'psu2-voltage', unit: 'V', mid: 12.1, swing: 0.2, decimals: 1 },
      { name: 'board1-temperature', unit: 'C', mid: 43, swing: 4, decimals: 0 },
    ],
    stateSensors: [
      ['psu1-state', 'ok'],
      ['psu2-state', 'not-present'],
    ],
    vlansMax: 4,
    wirelessPackage: false,
    dialects: ['7.18'],
  },
  'hex-poe-lite': {
    name: 'hex-poe-lite',
    boardName: 'hEX PoE lite',
    model: 'RouterBOARD 750UP r2',
    architecture: 'mipsbe',
    cpu: { 6: 'MIPS 24Kc V7.4', 7: 'MIPS 24Kc V7.4' },
    cpuCount: 1,
    cpuFrequencyMhz: 650,
    memoryBytes: 64 * MIB,
    diskBytes: 16 * MIB,
    factorySoftware: undefined,
    firmwareType: 'qca9531L',
    ports: [{ prefix: 'ether', count: 5, speedBps: 100 * MBIT, maxL2mtu: 2028 }],
    radios: [],
    sensors: [
      { name: 'voltage', unit: 'V', mid: 24.3, swing: 0.4, decimals: 1 },
      { name: 'temperature', unit: 'C', mid: 38, swing: 8, decimals: 0 },
    ],
    vlansMax: 2,
    wirelessPackage: true,
    dialects: ['6.49', '6.44', '6.42'],
  },
  crs326: {
    name: 'crs326',
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
      { prefix: 'sfp-sfpplus', count: 2, speedBps: 10 * GBIT, maxL2mtu: 10218 },
    ],
    radios: [],
    sensors: [
      { name: 'voltage', unit: 'V', mid: 24, swing: 0.2, decimals: 1 },
      { name: 'temperature', unit: 'C', mid: 36, swing: 5, decimals: 0 },
    ],
    vlansMax: 3,
    wirelessPackage: false,
    dialects: ['6.49', '6.44'],
  },
};

export const BOARD_NAMES: readonly BoardName[] = ['hap-ac2', 'rb4011', 'rb5009', 'wap-ax', 'ccr2004', 'hex-poe-lite', 'crs326'];

export function boardOf(name: BoardName): Board {
  return BOARDS[name];
}

/** One kind of router in a fleet and how many percent of the routers it makes up. */
export interface FleetShare {
  readonly board: BoardName;
  readonly dialect: DialectName;
  readonly percent: number;
}

/** Half access points, then CPEs, edge routers, few core routers and switches: ten interfaces per router on average. */
export const FLEET_MIX: readonly FleetShare[] = [
  { board: 'hap-ac2', dialect: '6.49', percent: 30 },
  { board: 'rb5009', dialect: '7.18', percent: 10 },
  { board: 'wap-ax', dialect: '7.18', percent: 22 },
  { board: 'rb4011', dialect: '6.49', percent: 8 },
  { board: 'hex-poe-lite', dialect: '6.49', percent: 18 },
  { board: 'ccr2004', dialect: '7.18', percent: 3 },
  { board: 'rb4011', dialect: '7.18', percent: 7 },
  { board: 'crs326', dialect: '6.49', percent: 2 },
];
