import { describe, expect, it } from 'vitest';
import { radiosCollector } from './radios.ts';
import { collectWritten, type WrittenReplies, wordsAfter } from './testing.ts';

type Attributes = Readonly<Record<string, string>>;

function radios(replies: WrittenReplies) {
  const { rows, parseErrors, collapsedRows, unreadable } = collectWritten(radiosCollector, replies);
  return { rows: rows.radios, parseErrors, collapsedRows, unreadable: Object.fromEntries(unreadable) };
}

/** What the collector sends as this command after these replies. */
function wordsOf(command: string, replies: WrittenReplies): readonly string[] | undefined {
  return wordsAfter(
    radiosCollector.menus.find(({ path }) => path === command),
    replies,
  );
}

const WLAN1 = {
  '.id': '*6',
  name: 'wlan1',
  'mac-address': '02:71:00:00:00:01',
  'interface-type': 'IPQ4019',
  'radio-name': 'North_AP1',
  mode: 'ap-bridge',
  ssid: 'Linden',
  frequency: 'auto',
  band: '5ghz-a/n/ac',
  'channel-width': '20/40/80mhz-Ceee',
  running: 'true',
  disabled: 'false',
};
const VIRTUAL = {
  '.id': '*7',
  name: 'wlan1-guests',
  'mac-address': '02:71:00:00:00:02',
  'interface-type': 'virtual',
  mode: 'ap-bridge',
  ssid: 'Guests',
  'master-interface': 'wlan1',
  running: 'false',
  disabled: 'false',
};
const ABSENT = {
  noiseFloorDbm: undefined,
  txCcqPct: undefined,
  txPowerDbm: undefined,
  signalDbm: undefined,
  snrDb: undefined,
  txRateBps: undefined,
  rxRateBps: undefined,
};

describe('the radio collector', () => {
  it('reads an access point of the wireless package and the virtual one on its radio', () => {
    const monitored = {
      status: 'running-ap',
      channel: '5180/20-Ceee/ac/P(17dBm)',
      'noise-floor': '-104dBm',
      'overall-tx-ccq': '93%',
      'registered-clients': '12',
      'authenticated-clients': '11',
    };
    expect(
      radios({ '/interface/wireless': [WLAN1, VIRTUAL], '/interface/wireless/monitor': [{ name: 'wlan1', ...monitored }] }),
    ).toEqual({
      rows: [
        {
          ...ABSENT,
          interface: 'wlan1',
          stack: 'wireless',
          mac: 0x02_71_00_00_00_01,
          ssid: 'Linden',
          radioName: 'North_AP1',
          mode: 'ap-bridge',
          master: '',
          hardware: 'IPQ4019',
          running: 1,
          disabled: 0,
          state: 'running-ap',
          band: '5ghz-a/n/ac',
          width: '20/40/80mhz-Ceee',
          channel: '5180/20-Ceee/ac/P(17dBm)',
          frequencyMhz: 5180,
          registeredClients: 12,
          authorizedClients: 11,
          noiseFloorDbm: -104,
          txCcqPct: 93,
        },
        {
          ...ABSENT,
          interface: 'wlan1-guests',
          stack: 'wireless',
          mac: 0x02_71_00_00_00_02,
          ssid: 'Guests',
          radioName: '',
          mode: 'ap-bridge',
          master: 'wlan1',
          hardware: '',
          running: 0,
          disabled: 0,
          state: '',
          band: '',
          width: '',
          channel: '',
          frequencyMhz: undefined,
          registeredClients: undefined,
          authorizedClients: undefined,
        },
      ],
      parseErrors: 0,
      collapsedRows: 0,
      unreadable: {},
    });
  });

  it('reads a station: the access point that it hears, and the rates of the connection', () => {
    const monitored = {
      status: 'connected-to-ess',
      channel: '5280/20-eeCe/ac',
      'tx-ccq': '88',
      'signal-strength': '-61',
      'signal-to-noise': '44',
      'tx-rate': '866.6Mbps-80MHz/2S/SGI',
      'rx-rate': '780Mbps-80MHz/2S',
    };
    const { rows } = radios({
      '/interface/wireless': [{ ...WLAN1, mode: 'station-bridge' }],
      '/interface/wireless/monitor': [monitored],
    });
    expect(rows[0]).toMatchObject({
      mode: 'station-bridge',
      state: 'connected-to-ess',
      frequencyMhz: 5280,
      txCcqPct: 88,
      signalDbm: -61,
      snrDb: 44,
      txRateBps: 866_600_000,
      rxRateBps: 780_000_000,
      registeredClients: undefined,
    });
  });

  it.each(['wifi', 'wifiwave2'])('reads a radio of %s, whose chip another menu tells', (stack) => {
    const path = `/interface/${stack}`;
    const { rows, parseErrors } = radios({
      [path]: [
        {
          name: 'wifi1',
          'mac-address': '02:71:00:00:00:01',
          'configuration.ssid': 'Linden',
          'configuration.mode': 'ap',
          'channel.band': '5ghz-ax',
          'channel.width': '20/40/80mhz',
          'channel.frequency': '5180,5260-5320',
          disabled: 'false',
        },
        { name: 'wifi1-guests', 'master-interface': 'wifi1', 'configuration.ssid': 'Guests', disabled: 'false' },
      ],
      [`${path}/monitor`]: [
        { state: 'running', channel: '5500/ax/Ceee/D', 'registered-peers': '10', 'authorized-peers': '9', 'tx-power': '24' },
        { state: 'running', channel: '5500/ax/Ceee/D', 'registered-peers': '2', 'authorized-peers': '2', 'tx-power': '24' },
      ],
      [`${path}/radio`]: [{ interface: 'wifi1', 'hw-type': 'QCA5018' }],
    });
    expect(parseErrors).toBe(0);
    expect(rows).toMatchObject([
      {
        interface: 'wifi1',
        stack,
        ssid: 'Linden',
        hardware: 'QCA5018',
        frequencyMhz: 5500,
        registeredClients: 10,
        authorizedClients: 9,
        txPowerDbm: 24,
        band: '5ghz-ax',
        width: '20/40/80mhz',
      },
      { interface: 'wifi1-guests', master: 'wifi1', ssid: 'Guests', hardware: '', registeredClients: 2, band: '' },
    ]);
  });

  it('reads the radios that a CAPsMAN manages, without a monitor', () => {
    const cap = {
      name: 'cap1',
      'mac-address': '02:71:00:00:00:01',
      'master-interface': 'none',
      'configuration.ssid': 'Linden',
      'current-state': 'running-ap',
      'current-channel': '5280/ax/eCee',
      'current-registered-clients': '7',
      'current-authorized-clients': '6',
      running: 'true',
      disabled: 'false',
    };
    expect(radios({ '/caps-man/interface': [cap] })).toMatchObject({
      rows: [
        {
          interface: 'cap1',
          stack: 'caps-man',
          master: '',
          state: 'running-ap',
          channel: '5280/ax/eCee',
          frequencyMhz: 5280,
          registeredClients: 7,
          authorizedClients: 6,
        },
      ],
      parseErrors: 0,
    });
  });

  it.each([
    ['wifi', 'managed by CAPsMAN 02:71:00:00:00:09%ether1, traffic processing on CAP, SSID: Linden, channel: 5280/ax/eCee'],
    ['wifi', 'managed by CAPsMAN 192.0.2.1, traffic processing on CAP\nmode: AP, SSID: Linden, channel: 5280/ax/eCee'],
    ['wireless', 'managed by CAPsMAN\nchannel: 5280/20-eeeC/ac(27dBm), SSID: Linden, local forwarding'],
  ])('takes network and channel of a radio of %s from what is said about it: %s', (stack, about) => {
    const path = `/interface/${stack}`;
    const printed = { name: 'radio1', ssid: 'left from before', '.about': about, disabled: 'false' };
    expect(radios({ [path]: [printed] })).toMatchObject({ rows: [{ ssid: 'Linden', frequencyMhz: 5280 }], parseErrors: 0 });
    expect(wordsOf(`${path}/monitor`, { [path]: [printed] })).toBeUndefined();
  });

  it('takes a fixed frequency for the one in use where no channel is told, and no other', () => {
    const of = (printed: Attributes) => radios({ '/interface/wireless': [{ ...WLAN1, ...printed }] }).rows[0]?.frequencyMhz;
    expect(of({ frequency: '5475' })).toBe(5475);
    expect(of({ frequency: 'auto' })).toBeUndefined();
    expect(of({ frequency: '5475', disabled: 'true' })).toBeUndefined();
  });

  it('asks the monitor for what it can tell: no disabled radios, no virtual ones of the wireless package', () => {
    const off = { name: 'wlan2', 'interface-type': 'IPQ4019', disabled: 'true' };
    expect(wordsOf('/interface/wireless/monitor', { '/interface/wireless': [WLAN1, VIRTUAL, off] })).toEqual([
      '/interface/wireless/monitor',
      '=numbers=wlan1',
      '=once=',
    ]);
    const wifi = [{ name: 'wifi1' }, { name: 'wifi2', disabled: 'true' }, { name: 'wifi1-guests', 'master-interface': 'wifi1' }];
    expect(wordsOf('/interface/wifi/monitor', { '/interface/wifi': wifi })?.[1]).toBe('=numbers=wifi1,wifi1-guests');
  });

  it('asks a router without radios for no more than whether it has any', () => {
    const empty = Object.fromEntries(radiosCollector.menus.map(({ path }) => [path, []]));
    const asked = radiosCollector.menus.map((menu) => wordsAfter(menu, empty)?.[0]).filter((command) => command !== undefined);
    expect(asked).toEqual([
      '/interface/wifi/print',
      '/interface/wifiwave2/print',
      '/interface/wireless/print',
      '/caps-man/interface/print',
    ]);
  });

  it('keeps the print when the monitor was refused, and the first of interfaces with one name', () => {
    expect(radios({ '/interface/wireless': [WLAN1], '/interface/wireless/monitor': [] })).toMatchObject({
      rows: [{ interface: 'wlan1', ssid: 'Linden', state: '', registeredClients: undefined }],
      parseErrors: 0,
    });
    expect(radios({ '/interface/wifi': [{ name: 'wlan1' }], '/interface/wireless': [WLAN1] })).toMatchObject({
      rows: [{ interface: 'wlan1', stack: 'wifi' }],
      collapsedRows: 1,
    });
  });

  it('counts by name what it cannot read, and leaves it absent', () => {
    const monitored = { name: 'wlan1', channel: 'somewhere', 'registered-clients': 'some', 'noise-floor': '-104V' };
    const printed = { ...WLAN1, 'mac-address': 'x', running: 'perhaps' };
    expect(radios({ '/interface/wireless': [printed], '/interface/wireless/monitor': [monitored] })).toMatchObject({
      rows: [{ channel: 'somewhere', frequencyMhz: undefined, registeredClients: undefined, mac: undefined }],
      parseErrors: 5,
      unreadable: { channel: 1, 'registered-clients': 1, 'noise-floor': 1, 'mac-address': 1, running: 1 },
    });
  });
});
