import type { Expectations } from './expectation.ts';

/** The registration tables. */
export const RADIO_CLIENTS: Expectations = {
  '/interface/wireless/registration-table/print': {
    '802.11 client 6.44': {
      rows: {
        radioClients: [
          {
            interface: 'wlan1',
            mac: 0x02_71_00_00_20_03,
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
            lastActivityMs: 1030,
            distanceM: 8,
          },
        ],
      },
    },
    'nv2 client 6.27': {
      rows: {
        radioClients: [
          {
            interface: 'North_AP1',
            mac: 0x02_71_00_00_20_04,
            stack: 'wireless',
            ssid: '',
            band: '',
            radioName: 'Mast->NorthOmni',
            signalDbm: -76,
            snrDb: 40,
            txCcqPct: 76,
            txRateBps: 60_000_000,
            rxRateBps: 26_000_000,
            txBytes: 2_871_035_632,
            rxBytes: 2_916_519_196,
            txPackets: 37_184_706,
            rxPackets: 33_176_656,
            uptimeMs: (((4 * 24 + 15) * 60 + 19) * 60 + 47) * 1000,
            lastActivityMs: 0,
            distanceM: 2,
          },
        ],
      },
    },
    'near 802.11 client 6.49': {
      rows: {
        radioClients: [
          {
            interface: 'wlan2',
            mac: 0x02_71_00_00_20_a1,
            stack: 'wireless',
            ssid: '',
            band: '',
            radioName: '',
            signalDbm: -51,
            snrDb: 61,
            txCcqPct: 104,
            txRateBps: 65_000_000,
            rxRateBps: 866_600_000,
            txBytes: 11_720,
            rxBytes: 9043,
            txPackets: 104,
            rxPackets: 98,
            uptimeMs: 788_645_000,
            lastActivityMs: 690,
          },
        ],
      },
    },
  },
  '/interface/wifi/registration-table/print': {
    'client, version 7': {
      rows: {
        radioClients: [
          {
            interface: 'wifi1',
            mac: 0x02_71_00_00_20_90,
            stack: 'wifi',
            ssid: 'guests',
            band: '5ghz-ax',
            radioName: '',
            signalDbm: -58,
            txRateBps: 28_900_000,
            rxRateBps: 54_000_000,
            uptimeMs: 3_720_000,
          },
        ],
      },
    },
  },
  '/caps-man/registration-table/print': {
    'client, version 7': {
      rows: {
        radioClients: [
          {
            interface: 'cap1',
            mac: 0x02_71_00_00_20_91,
            stack: 'caps-man',
            ssid: 'Guests',
            band: '',
            radioName: '',
            signalDbm: -61,
            txRateBps: 866_600_000,
            rxRateBps: 144_400_000,
            txBytes: 1000,
            rxBytes: 2000,
            uptimeMs: 93_784_000,
          },
        ],
      },
    },
  },
};
