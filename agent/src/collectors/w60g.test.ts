import { describe, expect, it } from 'vitest';
import { collectWritten, type WrittenReplies, wordsAfter } from './testing.ts';
import { w60gCollector } from './w60g.ts';

function links(replies: WrittenReplies) {
  const { rows, parseErrors, collapsedRows, unreadable } = collectWritten(w60gCollector, replies);
  return { rows: rows.w60gLinks, parseErrors, collapsedRows, unreadable: Object.fromEntries(unreadable) };
}

const MONITORED = {
  connected: 'true',
  frequency: '58320',
  'remote-address': '02:71:00:00:00:01',
  'tx-mcs': '8',
  'tx-phy-rate': '2.3Gbps',
  signal: '80',
  rssi: '-58',
  'tx-sector': '28',
  'tx-sector-info': 'center',
  distance: '120.5m',
  'tx-packet-error-rate': '3%',
  'baseband-temperature': '48',
  'rf-temperature': '44C',
};

const READ = {
  connected: 1,
  remoteMac: 0x02_71_00_00_00_01,
  frequencyMhz: 58_320,
  txMcs: 8,
  txRateBps: 2_300_000_000,
  signalPct: 80,
  rssiDbm: -58,
  txSector: 28,
  txSectorInfo: 'center',
  distanceM: 120.5,
  txPacketErrorPct: 3,
  basebandTemperatureC: 48,
  rfTemperatureC: 44,
};

const NOTHING = {
  ...Object.fromEntries(Object.keys(READ).map((column) => [column, undefined])),
  txSectorInfo: '',
};

describe('the 60 GHz collector', () => {
  it('reads the link of a station', () => {
    expect(links({ '/interface/w60g': [{ name: 'wlan60-1' }], '/interface/w60g/monitor': [MONITORED] })).toEqual({
      rows: [{ interface: 'wlan60-1', ...READ }],
      parseErrors: 0,
      collapsedRows: 0,
      unreadable: {},
    });
  });

  it('reads the stations of an access point as links of their own, and of itself what is no list', () => {
    const listed = {
      connected: 'true,true',
      frequency: '58320',
      'remote-address': '02:71:00:00:00:01,02:71:00:00:00:02',
      'tx-mcs': '8,6',
      'tx-phy-rate': '2.3Gbps,1.5Gbps',
      signal: '80,70',
      distance: '120.5m,300.1m',
      'rf-temperature': '44',
    };
    const { rows, parseErrors } = links({
      '/interface/w60g': [{ name: 'wlan60-1' }],
      '/interface/w60g/monitor': [{ name: 'wlan60-1', ...listed }],
      '/interface/w60g/station': [{ name: 'wlan60-station-1' }, { name: 'wlan60-station-2' }],
      '/interface/w60g/station/monitor': [
        { name: 'wlan60-station-1', ...MONITORED },
        { name: 'wlan60-station-2', connected: 'false', remote: '02:71:00:00:00:02' },
      ],
    });
    expect(parseErrors).toBe(0);
    expect(rows).toEqual([
      { interface: 'wlan60-1', ...NOTHING, frequencyMhz: 58_320, rfTemperatureC: 44 },
      { interface: 'wlan60-station-1', ...READ },
      { interface: 'wlan60-station-2', ...NOTHING, connected: 0, remoteMac: 0x02_71_00_00_00_02 },
    ]);
  });

  it('asks for stations only where there is a 60 GHz interface, and monitors what is not disabled', () => {
    const [, monitor, stations, stationMonitor] = w60gCollector.menus;
    const printed = [{ name: 'wlan60-1' }, { name: 'wlan60-2', disabled: 'true' }];
    expect(wordsAfter(monitor, { '/interface/w60g': printed })).toEqual([
      '/interface/w60g/monitor',
      '=numbers=wlan60-1',
      '=once=',
    ]);
    expect(wordsAfter(stations, { '/interface/w60g': printed })?.[0]).toBe('/interface/w60g/station/print');
    expect(wordsAfter(stations, { '/interface/w60g': [] })).toBeUndefined();
    expect(wordsAfter(stations, {})).toBeUndefined();
    expect(wordsAfter(stationMonitor, { '/interface/w60g/station': [] })).toBeUndefined();
  });

  it('keeps the first of interfaces with one name, and counts by name what it cannot read', () => {
    const twice = { '/interface/w60g': [{ name: 'wlan60-1' }], '/interface/w60g/station': [{ name: 'wlan60-1' }] };
    expect(links(twice)).toMatchObject({ rows: [{ interface: 'wlan60-1' }], collapsedRows: 1 });
    const monitored = { 'remote-address': 'x', distance: 'far', 'tx-packet-error-rate': '103%', rssi: '-58' };
    expect(links({ '/interface/w60g': [{ name: 'wlan60-1' }], '/interface/w60g/monitor': [monitored] })).toMatchObject({
      rows: [{ remoteMac: undefined, distanceM: undefined, txPacketErrorPct: undefined, rssiDbm: -58 }],
      unreadable: { 'remote-address': 1, distance: 1, 'tx-packet-error-rate': 1 },
    });
  });
});
