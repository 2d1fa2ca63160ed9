import type { Expectations } from './expectation.ts';

/** Texts that the router left out. */
const NO_PORT_TEXTS = {
  status: '',
  autoNegotiation: '',
  fec: '',
  moduleType: '',
  moduleConnector: '',
  moduleVendor: '',
  modulePartNumber: '',
  moduleSerial: '',
};

const NO_RADIO_TEXTS = { ssid: '', radioName: '', mode: '', master: '', hardware: '', state: '', band: '', width: '', channel: '' };

/** Ports, radios, modems: their menus and monitors. */
export const LINKS: Expectations = {
  '/interface/ethernet/print': {
    'port 7.19': {
      rows: {
        ethernetPorts: [
          {
            ...NO_PORT_TEXTS,
            interface: 'ether1',
            wireRxBytes: 3_251_396_817,
            wireTxBytes: 292_327_453,
            wireRxFcsErrors: 0,
          },
        ],
      },
    },
    'switched port, version 7': {
      rows: { ethernetPorts: [{ ...NO_PORT_TEXTS, interface: 'ether7', wireRxBytes: 204_486_259_019 }] },
    },
  },
  '/interface/ethernet/monitor': {
    'gigabit link, version 6': {
      beside: { '/interface/ethernet': [{ name: 'ether1' }] },
      rows: {
        ethernetPorts: [
          {
            ...NO_PORT_TEXTS,
            interface: 'ether1',
            status: 'link-ok',
            autoNegotiation: 'done',
            rateBps: 1_000_000_000,
            fullDuplex: 1,
          },
        ],
      },
    },
    'gigabit link, version 7': {
      beside: { '/interface/ethernet': [{ name: 'ether1' }] },
      rows: {
        ethernetPorts: [
          {
            ...NO_PORT_TEXTS,
            interface: 'ether1',
            status: 'link-ok',
            autoNegotiation: 'done',
            rateBps: 1_000_000_000,
            fullDuplex: 1,
          },
        ],
      },
    },
    'no link, version 7': {
      beside: { '/interface/ethernet': [{ name: 'ether5' }] },
      rows: {
        ethernetPorts: [{ ...NO_PORT_TEXTS, interface: 'ether5', status: 'no-link', autoNegotiation: 'done' }],
      },
    },
  },
  '/interface/ethernet/poe/print': {
    'hEX PoE lite 6.48': { rows: { poePorts: [{ interface: 'ether2', mode: 'auto-on', status: '' }] } },
  },
  '/interface/ethernet/poe/monitor': {
    'powered port': {
      beside: { '/interface/ethernet/poe': [{ name: 'ether16', 'poe-out': 'auto-on' }] },
      rows: {
        poePorts: [
          { interface: 'ether16', mode: 'auto-on', status: 'powered-on', voltageV: 26.5, currentMa: 152, powerW: 4 },
        ],
      },
    },
  },
  '/interface/wireless/print': {
    'nv2 access point 6.27': {
      rows: {
        radios: [
          {
            ...NO_RADIO_TEXTS,
            interface: 'North_AP1',
            stack: 'wireless',
            mac: 0x02_71_00_00_20_05,
            radioName: 'North_AP1',
            mode: 'ap-bridge',
            hardware: 'Atheros AR92xx',
            running: 1,
            disabled: 0,
            band: '5ghz-onlyn',
            width: '20/40mhz-Ce',
            frequencyMhz: 5475,
          },
        ],
      },
    },
    'dual-band access point': {
      rows: {
        radios: [
          {
            ...NO_RADIO_TEXTS,
            interface: 'wlan2',
            stack: 'wireless',
            mac: 0x02_71_00_00_20_80,
            ssid: 'OurNetwork',
            radioName: '027100002080',
            mode: 'ap-bridge',
            hardware: 'IPQ4019',
            band: '5ghz-a/n/ac',
            width: '20/40/80mhz-eCee',
          },
        ],
      },
    },
  },
  '/interface/wifi/monitor': {
    'access point, version 7': {
      beside: { '/interface/wifi': [{ name: 'wifi1' }] },
      rows: {
        radios: [
          {
            ...NO_RADIO_TEXTS,
            interface: 'wifi1',
            stack: 'wifi',
            state: 'running',
            channel: '5500/ax/Ceee/D',
            frequencyMhz: 5500,
            registeredClients: 10,
            authorizedClients: 10,
            txPowerDbm: 24,
          },
        ],
      },
    },
  },
  '/interface/wifiwave2/monitor': {
    'access point, version 7': {
      beside: { '/interface/wifiwave2': [{ name: 'wifi1' }] },
      rows: {
        radios: [
          {
            ...NO_RADIO_TEXTS,
            interface: 'wifi1',
            stack: 'wifiwave2',
            state: 'running',
            channel: '5500/ax/Ceee',
            frequencyMhz: 5500,
            registeredClients: 2,
          },
        ],
      },
    },
  },
  '/interface/wifi/radio/print': {
    'wAP ax 7.23': {
      beside: { '/interface/wifi': [{ name: 'wifi1' }] },
      rows: { radios: [{ ...NO_RADIO_TEXTS, interface: 'wifi1', stack: 'wifi', hardware: 'QCA5018' }] },
    },
  },
  '/interface/lte/monitor': {
    'LTE modem 7.24': {
      beside: { '/interface/lte': [{ name: 'lte1' }] },
      rows: {
        modems: [
          {
            interface: 'lte1',
            status: 'running',
            registration: '',
            operator: 'EXAMPLE',
            technology: 'LTE',
            model: 'EG18-EA',
            revision: 'EG18EAPAR01A14M4G',
            cellId: 654_321,
            enbId: 2556,
            sectorId: 49,
            physicalCellId: 321,
            primaryBand: 'B1@20Mhz earfcn: 500 phy-cellid: 321',
            aggregatedBands: 'B3@20Mhz earfcn: 1800 phy-cellid: 321',
            sessionUptimeMs: 285_479_000,
            rssiDbm: -69,
            rsrpDbm: -97,
            rsrqDb: -9,
            sinrDb: 17,
            cqi: 15,
            rankIndicator: 2,
            mcs: 20,
            modulation: '256qam',
          },
        ],
      },
    },
  },
};
