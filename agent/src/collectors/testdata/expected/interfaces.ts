import type { Expectations } from './expectation.ts';

/** /interface. */
export const INTERFACES: Expectations = {
  '/interface/print': {
    'port that is down, version 6': {
      rows: {
        interfaces: [
          {
            interface: 'ether3',
            type: 'ether',
            comment: '',
            mac: 0x02_71_00_00_20_01,
            running: 0,
            disabled: 0,
            generation: 0,
            rxBytes: 38_784_330_741,
            txBytes: 70_881_296_060,
            rxPackets: 64_321_220,
            txPackets: 68_227_154,
            rxDrops: 0,
            txDrops: 0,
            rxErrors: 0,
            txErrors: 0,
            linkDowns: 83,
            fpRxBytes: 38_527_028_417,
            fpTxBytes: 70_563_654_783,
            fpRxPackets: 64_320_956,
            fpTxPackets: 68_227_181,
          },
        ],
      },
    },
    'port of a virtual machine, version 6': {
      rows: {
        interfaces: [
          {
            interface: 'ether1',
            type: 'ether',
            comment: '',
            mac: 0x02_71_00_00_20_02,
            running: 1,
            disabled: 0,
            generation: 0,
            rxBytes: 3910,
            txBytes: 4005,
            rxPackets: 35,
            txPackets: 30,
            rxDrops: 0,
            txDrops: 0,
            rxErrors: 0,
            txErrors: 0,
            linkDowns: 0,
          },
        ],
      },
    },
    'port 7.19': {
      rows: {
        interfaces: [
          {
            interface: 'ether1',
            type: 'ether',
            comment: '',
            running: 1,
            disabled: 0,
            generation: 0,
            rxBytes: 3_251_396_817,
            txBytes: 292_327_453,
            rxPackets: 3_329_969,
            txPackets: 1_526_698,
            rxDrops: 0,
            txDrops: 0,
            rxErrors: 0,
            txErrors: 0,
            linkDowns: 0,
            fpRxBytes: 3_238_077_859,
            fpTxBytes: 168_986_922,
            fpRxPackets: 3_329_975,
            fpTxPackets: 1_216_116,
          },
        ],
      },
    },
    'bridge 7.19': {
      rows: {
        interfaces: [
          {
            interface: 'bridge',
            type: 'bridge',
            comment: '',
            running: 1,
            disabled: 0,
            generation: 0,
            rxBytes: 26_213_966,
            txBytes: 95_940_776,
            rxPackets: 272_396,
            txPackets: 263_166,
            linkDowns: 0,
            fpRxBytes: 21_248_223,
            fpTxBytes: 0,
          },
        ],
      },
    },
    'loopback 7.19': {
      rows: { interfaces: [{ interface: 'lo', type: 'loopback', comment: '', running: 1, disabled: 0, generation: 0 }] },
    },
    'disabled radio without name 7.19': { rows: {}, parseErrors: 1 },
    'counters of 64 bits': {
      rows: {
        interfaces: [
          {
            interface: 'qsfp28-1-1',
            type: 'ether',
            comment: 'to core-2',
            mac: 0x02_71_00_00_20_a0,
            running: 1,
            disabled: 0,
            generation: 0,
            rxBytes: 18_446_744_073_709_551_615n,
            txBytes: 9_007_199_254_740_993n,
            rxPackets: 9_007_199_254_740_991,
            txPackets: 9_007_199_254_740_992n,
            txQueueDrops: 0,
            linkDowns: 2,
          },
        ],
      },
    },
  },
};
