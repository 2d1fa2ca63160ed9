import type { Expectations } from './expectation.ts';

/** Attributes of a port or a modem that the router left out, and that are kept as texts. */
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
};
