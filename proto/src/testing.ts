/** Sample polls for tests of this package and of the ones that store or send batches. */
import type { BatchIdentity, PollHeader, PollRows } from './builder.ts';
import {
  type BoardRow,
  type DeviceRow,
  type InterfaceRow,
  perRowFamily,
  type RadioClientRow,
  type SensorRow,
} from './families.ts';
import { PollOutcome } from './gen/poplar/telemetry/v1/payload_pb.ts';

export const SAMPLE_TIME_MS = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

export const SAMPLE_IDENTITY: BatchIdentity = {
  agent: 'fra1',
  epoch: 0xfedc_ba98_7654_3210n,
  sequence: 7,
  epochStartedAtMs: SAMPLE_TIME_MS - 60_000,
  sealedAtMs: SAMPLE_TIME_MS + 900,
  clockOffsetMs: -12,
};

export function samplePoll(changes: Partial<PollHeader> = {}): PollHeader {
  return {
    site: 'fra1',
    router: 'r0001',
    tsMs: SAMPLE_TIME_MS,
    pollNumber: 1,
    outcome: PollOutcome.OK,
    error: '',
    durationUs: 4_321,
    baseline: 0xffff_ffff_ffff_fff0n,
    intervalMs: 10_000,
    collapsedRows: 0,
    parseErrors: 0,
    address: '127.64.0.1:8728',
    answeredCollectors: undefined,
    ...changes,
  };
}

export function sampleRows(changes: Partial<PollRows> = {}): PollRows {
  return { ...perRowFamily((): never[] => []), ...changes };
}

export function sampleInterface(changes: Partial<InterfaceRow> = {}): InterfaceRow {
  return {
    interface: 'ether1',
    type: 'ether',
    comment: '',
    mac: 0x02_00_00_00_00_01,
    running: true,
    disabled: false,
    generation: 0,
    rxBytes: 38_784_330_741,
    txBytes: 2n ** 64n - 1n,
    rxPackets: 64_321_220,
    txPackets: 68_227_154,
    rxDrops: 0,
    txDrops: 0,
    txQueueDrops: undefined,
    rxErrors: 0,
    txErrors: 0,
    linkDowns: 83,
    fpRxBytes: undefined,
    fpTxBytes: undefined,
    fpRxPackets: undefined,
    fpTxPackets: undefined,
    ...changes,
  };
}

export function sampleDevice(changes: Partial<DeviceRow> = {}): DeviceRow {
  return {
    uptimeMs: 400_838_000,
    version: '6.49.18 (long-term)',
    board: 'hAP ac^2',
    architecture: 'arm',
    cpuLoadPct: 28,
    cpuCount: 4,
    cpuFrequencyMhz: undefined,
    memoryTotalBytes: 134_217_728,
    memoryFreeBytes: 36_741_120,
    diskTotalBytes: 16_777_216,
    diskFreeBytes: 1_224_704,
    sectorsWritten: 1_070,
    badBlocksPct: 0.1,
    ...changes,
  };
}

export function sampleRadioClient(changes: Partial<RadioClientRow> = {}): RadioClientRow {
  return {
    interface: 'wlan1',
    mac: 0x02_aa_bb_cc_dd_ee,
    stack: 'wireless',
    ssid: '',
    band: '',
    radioName: '',
    signalDbm: -68,
    snrDb: 30,
    txCcqPct: 51,
    txRateBps: 36_000_000,
    rxRateBps: 19_500_000,
    txBytes: 96_975_022,
    rxBytes: 4_951_337,
    txPackets: 67_059,
    rxPackets: 56_097,
    uptimeMs: 917_000,
    lastActivityMs: 1_030,
    distanceM: undefined,
    ...changes,
  };
}

export function sampleSensor(changes: Partial<SensorRow> = {}): SensorRow {
  return { sensor: 'voltage', value: 24.1, unit: 'V', state: '', ...changes };
}

export function sampleBoard(changes: Partial<BoardRow> = {}): BoardRow {
  return {
    board: 'hAP ac^2',
    routerboard: true,
    model: 'RBD52G-5HacD2HnD',
    revision: 'r2',
    serial: 'HP000000001',
    firmwareType: 'ipq4000L',
    factoryFirmware: '6.45.9',
    currentFirmware: '6.49.10',
    upgradeFirmware: '6.49.18',
    ...changes,
  };
}
