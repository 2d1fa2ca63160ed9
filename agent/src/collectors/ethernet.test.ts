import { describe, expect, it } from 'vitest';
import { ethernetCollector } from './ethernet.ts';
import { collectWritten } from './testing.ts';

type Attributes = Readonly<Record<string, string>>;

function port(printed: Attributes, monitored: Attributes) {
  const name = { name: 'sfp-sfpplus1' };
  const { rows, parseErrors, unreadable } = collectWritten(ethernetCollector, {
    '/interface/ethernet': [{ ...name, ...printed }],
    '/interface/ethernet/monitor': [{ ...name, ...monitored }],
  });
  return { row: rows.ethernetPorts[0], parseErrors, unreadable: Object.fromEntries(unreadable) };
}

const OPTIC = {
  'module-present': 'true',
  'rx-loss': 'false',
  'tx-fault': 'false',
  type: 'SFP-or-SFP+',
  'connector-type': 'LC',
  'vendor-name': 'Poplar',
  'vendor-part-number': 'P-85DLC03D',
  'vendor-serial': 'S0000001',
  wavelength: '850nm',
  temperature: '33C',
  'supply-voltage': '3.251V',
  'tx-bias-current': '6mA',
  'tx-power': '-2.843dBm',
  'rx-power': '-1.203dBm',
};

const READ = {
  modulePresent: 1,
  moduleRxLoss: 0,
  moduleTxFault: 0,
  moduleType: 'SFP-or-SFP+',
  moduleConnector: 'LC',
  moduleVendor: 'Poplar',
  modulePartNumber: 'P-85DLC03D',
  moduleSerial: 'S0000001',
  moduleWavelengthNm: 850,
  moduleTemperatureC: 33,
  moduleSupplyV: 3.251,
  moduleBiasMa: 6,
  moduleTxPowerDbm: -2.843,
  moduleRxPowerDbm: -1.203,
};

const prefixed = Object.fromEntries(Object.entries(OPTIC).map(([name, value]) => [`sfp-${name}`, value]));
const bareNumbers = Object.fromEntries(
  Object.entries(prefixed).map(([name, value]) => [name, value.replace(/^(-?[\d.]+)(?:nm|C|V|mA|dBm)$/, '$1')]),
);

describe('the ethernet collector', () => {
  it.each([
    ['with units', prefixed],
    ['without units', bareNumbers],
    ['without the prefix, as QSFP28 cages of recent versions', OPTIC],
  ])('reads an optic %s', (_, module) => {
    expect(port({}, module)).toMatchObject({ row: READ, parseErrors: 0 });
  });

  it.each([
    ['10Mbps', 10_000_000],
    ['100Mbps', 100_000_000],
    ['1Gbps', 1_000_000_000],
    ['2.5Gbps', 2_500_000_000],
    ['10Gbps', 10_000_000_000],
    ['100Gbps', 100_000_000_000],
    ['400Gbps', 400_000_000_000],
    ['1000000000', 1_000_000_000],
    ['', undefined],
  ])('reads the rate %s', (rate, bps) => {
    expect(port({}, { rate })).toMatchObject({ row: { rateBps: bps }, parseErrors: 0 });
  });

  it('reads the counters of the wire, of 64 bits', () => {
    const counters = { 'rx-bytes': '18446744073709551615', 'tx-bytes': '0', 'rx-fcs-error': '7', 'driver-rx-byte': '3' };
    expect(port(counters, {}).row).toMatchObject({
      wireRxBytes: 18_446_744_073_709_551_615n,
      wireTxBytes: 0,
      wireRxFcsErrors: 7,
    });
  });

  it('leaves absent what a port does not report: no zeros', () => {
    expect(port({}, { status: 'no-link', 'auto-negotiation': 'incomplete' }).row).toEqual({
      interface: 'sfp-sfpplus1',
      status: 'no-link',
      rateBps: undefined,
      fullDuplex: undefined,
      autoNegotiation: 'incomplete',
      fec: '',
      wireRxBytes: undefined,
      wireTxBytes: undefined,
      wireRxFcsErrors: undefined,
      modulePresent: undefined,
      moduleRxLoss: undefined,
      moduleTxFault: undefined,
      moduleType: '',
      moduleConnector: '',
      moduleVendor: '',
      modulePartNumber: '',
      moduleSerial: '',
      moduleWavelengthNm: undefined,
      moduleTemperatureC: undefined,
      moduleSupplyV: undefined,
      moduleBiasMa: undefined,
      moduleTxPowerDbm: undefined,
      moduleRxPowerDbm: undefined,
    });
  });

  it('tells an empty cage from a port without one, and a cable from an optic', () => {
    expect(port({}, { 'sfp-module-present': 'false' }).row).toMatchObject({ modulePresent: 0, moduleTemperatureC: undefined });
    const cable = { 'sfp-module-present': 'true', 'sfp-connector-type': 'copper-pigtail', 'sfp-vendor-name': 'Poplar' };
    expect(port({}, cable).row).toMatchObject({
      modulePresent: 1,
      moduleConnector: 'copper-pigtail',
      moduleTxPowerDbm: undefined,
      moduleSupplyV: undefined,
    });
  });

  it('counts by name what it cannot read, and leaves it absent', () => {
    const { row, parseErrors, unreadable } = port(
      { 'rx-bytes': 'many' },
      { rate: 'fast', 'sfp-temperature': '33F', 'sfp-rx-power': 'dark', status: 'link-ok' },
    );
    expect(row).toMatchObject({ status: 'link-ok', rateBps: undefined, moduleTemperatureC: undefined, wireRxBytes: undefined });
    expect(parseErrors).toBe(4);
    expect(unreadable).toEqual({ 'rx-bytes': 1, rate: 1, 'sfp-temperature': 1, 'sfp-rx-power': 1 });
  });
});
