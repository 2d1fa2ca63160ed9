import type { Expectations } from './expectation.ts';

/** /system: resource, routerboard, health, package/update, clock. The command was half-way at midnight, 2026-01-01, and took 20 ms. */
export const SYSTEM: Expectations = {
  '/system/resource/print': {
    'RB3011 6.44': {
      rows: {
        devices: [
          {
            uptimeMs: (((3 * 7 + 2) * 24 + 19) * 3600 + 6 * 60 + 3) * 1000,
            version: '6.44.5 (long-term)',
            board: 'RB3011UiAS',
            architecture: 'arm',
            cpuLoadPct: 20,
            cpuCount: 2,
            cpuFrequencyMhz: 1400,
            memoryTotalBytes: 1_073_741_824,
            memoryFreeBytes: 1_015_287_808,
            diskTotalBytes: 134_479_872,
            diskFreeBytes: 87_277_568,
          },
        ],
      },
    },
    'OmniTIK 6.27': {
      rows: {
        devices: [
          {
            uptimeMs: (((4 * 24 + 15) * 60 + 20) * 60 + 38) * 1000,
            version: '6.27',
            board: 'RB OmniTIK UPA-5HnD',
            architecture: 'mipsbe',
            cpuLoadPct: 28,
            cpuCount: 1,
            cpuFrequencyMhz: 400,
            memoryTotalBytes: 67_108_864,
            memoryFreeBytes: 36_741_120,
            diskTotalBytes: 134_217_728,
            diskFreeBytes: 116_649_984,
            sectorsWritten: 1070,
            badBlocksPct: 0,
          },
        ],
      },
    },
    'hAP ac3 7.19': {
      rows: {
        devices: [
          {
            uptimeMs: ((18 * 60 + 53) * 60 + 34) * 1000,
            version: '7.19.1 (stable)',
            board: 'hAP ac^3',
            architecture: 'arm',
            cpuLoadPct: 1,
            cpuCount: 4,
            cpuFrequencyMhz: 672,
            memoryTotalBytes: 268_435_456,
            memoryFreeBytes: 189_034_496,
            diskTotalBytes: 134_217_728,
            diskFreeBytes: 107_749_376,
            sectorsWritten: 108,
            badBlocksPct: 0,
          },
        ],
      },
    },
    'hEX PoE lite 6.48': {
      rows: {
        devices: [
          {
            uptimeMs: (((6 * 7 + 5) * 24 + 11) * 3600 + 55 * 60 + 45) * 1000,
            version: '6.48.6 (long-term)',
            board: 'hEX PoE lite',
            architecture: 'mipsbe',
            cpuLoadPct: 1,
            cpuCount: 1,
            cpuFrequencyMhz: 650,
            memoryTotalBytes: 67_108_864,
            memoryFreeBytes: 42_152_960,
            diskTotalBytes: 16_777_216,
            diskFreeBytes: 1_224_704,
            sectorsWritten: 44_663,
            badBlocksPct: 0,
          },
        ],
      },
    },
    'CCR2004 7.12': {
      rows: {
        devices: [
          {
            uptimeMs: (((10 * 7 + 2) * 24 + 6) * 3600 + 21 * 60 + 59) * 1000,
            version: '7.12.2 (stable)',
            board: 'CCR2004-1G-12S+2XS',
            architecture: 'arm64',
            cpuLoadPct: 36,
            cpuCount: 4,
            memoryTotalBytes: 4_227_858_432,
            memoryFreeBytes: 3_884_029_952,
            diskTotalBytes: 134_217_728,
            diskFreeBytes: 109_471_744,
            sectorsWritten: 54_120,
            badBlocksPct: 0,
          },
        ],
      },
    },
    'RB4011 with radios 7.14': {
      rows: {
        devices: [
          {
            uptimeMs: ((1 * 24 + 23) * 3600 + 10 * 60 + 42) * 1000,
            version: '7.14.1 (stable)',
            board: 'RB4011iGS+5HacQ2HnD',
            architecture: 'arm',
            cpuLoadPct: 0,
            cpuCount: 4,
            cpuFrequencyMhz: 533,
            memoryTotalBytes: 1_073_741_824,
            memoryFreeBytes: 950_953_984,
            diskTotalBytes: 536_870_912,
            diskFreeBytes: 438_829_056,
            sectorsWritten: 140_623,
            badBlocksPct: 0,
          },
        ],
      },
    },
    'RB4011 7.23': {
      rows: {
        devices: [
          {
            uptimeMs: ((2 * 7 + 4) * 24 * 3600 + 26 * 60 + 18) * 1000,
            version: '7.23.2 (stable)',
            board: 'RB4011iGS+',
            architecture: 'arm',
            cpuLoadPct: 2,
            cpuCount: 4,
            memoryTotalBytes: 1_073_741_824,
            memoryFreeBytes: 860_566_528,
            diskTotalBytes: 536_870_912,
            diskFreeBytes: 439_038_976,
          },
        ],
      },
    },
    'RB5009 7.14': {
      rows: {
        devices: [
          {
            uptimeMs: 788_645_000,
            version: '7.14.3 (stable)',
            board: 'RB5009UG+S+',
            architecture: 'arm64',
            cpuLoadPct: 17,
            cpuCount: 4,
            cpuFrequencyMhz: 1400,
            memoryTotalBytes: 1_073_741_824,
            memoryFreeBytes: 402_653_184,
          },
        ],
      },
    },
  },
  '/system/routerboard/print': {
    'hEX PoE lite 6.48': {
      rows: {
        boards: [
          {
            board: 'hEX PoE lite',
            routerboard: 1,
            model: 'RouterBOARD 750UP r2',
            revision: '',
            serial: 'HP0000000011',
            firmwareType: 'qca9531L',
            factoryFirmware: '3.41',
            currentFirmware: '3.41',
            upgradeFirmware: '6.48.6',
          },
        ],
      },
    },
    'x86 6.33': {
      rows: {
        boards: [
          {
            board: '',
            routerboard: 0,
            model: '',
            revision: '',
            serial: '',
            firmwareType: '',
            factoryFirmware: '',
            currentFirmware: '',
            upgradeFirmware: '',
          },
        ],
      },
    },
  },
  '/system/health/print': {
    'RB3011 6.44': {
      rows: {
        sensors: [
          { sensor: 'voltage', value: 24.1, unit: 'V', state: '' },
          { sensor: 'temperature', value: 38, unit: 'C', state: '' },
          { sensor: 'cpu-temperature', value: 51, unit: 'C', state: '' },
          { sensor: 'fan1-speed', value: 4700, unit: 'RPM', state: '' },
          { sensor: 'power-consumption', value: 10.4, unit: 'W', state: '' },
          { sensor: 'psu1-state', unit: '', state: 'ok' },
        ],
      },
    },
    'temperature, version 7': { rows: { sensors: [{ sensor: 'cpu-temperature', value: 42, unit: 'C', state: '' }] } },
    'power supply, version 7': { rows: { sensors: [{ sensor: 'psu2-state', unit: '', state: 'no-input' }] } },
    'settings, version 7': { rows: {} },
  },
  '/system/package/update/print': {
    'hAP ac3 7.19': {
      rows: {
        packageUpdates: [
          {
            channel: 'stable',
            installedVersion: '7.19.1',
            latestVersion: '7.19.1',
            status: 'System is already up to date',
          },
        ],
      },
    },
  },
  '/system/clock/print': {
    'Auckland, version 6': {
      rows: {
        routerClocks: [
          {
            clockMs: Date.UTC(2016, 11, 4, 7, 45, 55),
            offsetMs: Date.UTC(2016, 11, 4, 7, 45, 55) - Date.UTC(2026, 0, 1),
            roundTripUs: 20_000,
            timeZone: 'Pacific/Auckland',
            gmtOffsetS: 46_800,
          },
        ],
      },
    },
    'Bogota 7.18': {
      rows: {
        routerClocks: [
          {
            clockMs: Date.UTC(2026, 0, 1, 0, 0, 7),
            offsetMs: 7000,
            roundTripUs: 20_000,
            timeZone: 'America/Bogota',
            gmtOffsetS: -18_000,
          },
        ],
      },
    },
    'never set 6.49': {
      rows: {
        routerClocks: [
          {
            clockMs: 24 * 3_600_000 + 184_000,
            offsetMs: 24 * 3_600_000 + 184_000 - Date.UTC(2026, 0, 1),
            roundTripUs: 20_000,
            timeZone: 'Europe/Riga',
            gmtOffsetS: 7200,
          },
        ],
      },
    },
  },
};
