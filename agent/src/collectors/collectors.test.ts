import { createBatchBuilder } from '@poplar/proto/builder';
import { SYMBOL_LENGTH_MAX } from '@poplar/proto/limits';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COLLECTORS } from './all.ts';
import { boardsCollector } from './boards.ts';
import { type Collector, createGathering, type Gathering } from './collector.ts';
import { cpuCoresCollector } from './cpu-cores.ts';
import { identityCollector } from './identity.ts';
import { interfaceCollector } from './interface.ts';
import { packageUpdateCollector } from './package-update.ts';
import { packagesCollector } from './packages.ts';
import { radioClientsCollector } from './radio-clients.ts';
import { resourceCollector } from './resource.ts';
import { sensorsCollector } from './sensors.ts';
import {
  BOARDS,
  CAPS_MAN_CLIENT,
  CPU_CORES,
  HEALTH,
  INTERFACE_WITHOUT_NAME,
  INTERFACES,
  PACKAGE_UPDATES,
  PACKAGES,
  RESOURCES,
  WIFI_CLIENT,
  WIRELESS_CLIENTS,
} from './testdata/replies.ts';
import { argumentsOf, collectReplies, commandOf } from './testing.ts';

type Row = Readonly<Record<string, string>>;

function collect(collector: Collector, replies: Readonly<Record<string, readonly Row[]>>): Gathering {
  const read = Object.entries(replies).map(([path, rows]): [string, Map<string, string>[]] => [
    path,
    rows.map((row) => new Map(Object.entries(row))),
  ]);
  return collectReplies(collector, new Map(read));
}

const interfaces = (...rows: Row[]): Gathering => collect(interfaceCollector, { '/interface': rows });
const resources = (...rows: Row[]): Gathering => collect(resourceCollector, { '/system/resource': rows });
const sensors = (...rows: Row[]): Gathering => collect(sensorsCollector, { '/system/health': rows });
const wireless = (...rows: Row[]): Gathering =>
  collect(radioClientsCollector, { '/interface/wireless/registration-table': rows });

describe('the interface collector', () => {
  it.each(Object.entries(INTERFACES))('reads %s', (name, row) => {
    const { rows, parseErrors, collapsedRows } = interfaces(row);
    expect({ parseErrors, collapsedRows }).toEqual({ parseErrors: 0, collapsedRows: 0 });
    expect(rows.interfaces).toMatchSnapshot(name);
  });

  it('leaves absent what the router does not report', () => {
    expect(interfaces(INTERFACES['v7 loopback without counters']).rows.interfaces[0]).toMatchObject({
      interface: 'lo',
      mac: undefined,
      rxBytes: undefined,
      linkDowns: undefined,
      running: 1,
      disabled: 0,
    });
  });

  it('keeps the first of rows with one name and counts the others', () => {
    const { rows, collapsedRows } = interfaces({ name: 'ether1', 'rx-byte': '1' }, { name: 'ether1', 'rx-byte': '2' });
    expect(rows.interfaces.map((row) => row.rxBytes)).toEqual([1]);
    expect(collapsedRows).toBe(1);
  });

  it('drops a row without name and counts it', () => {
    expect(interfaces(INTERFACE_WITHOUT_NAME)).toMatchObject({ parseErrors: 1, rows: { interfaces: [] } });
  });

  it('counts every value that it cannot read, and leaves it absent', () => {
    const { rows, parseErrors } = interfaces({
      name: 'ether1',
      'rx-byte': 'many',
      'mac-address': 'x',
      running: 'maybe',
      'tx-byte': '5',
    });
    expect(rows.interfaces[0]).toMatchObject({ rxBytes: undefined, mac: undefined, running: undefined, txBytes: 5 });
    expect(parseErrors).toBe(3);
  });

  it('asks for the generation of each interface with what tells it apart', () => {
    const asked: unknown[] = [];
    const gathering = createGathering();
    interfaceCollector.menus[0]?.parse?.(
      [
        new Map([
          ['name', 'ether1'],
          ['.id', '*1'],
          ['mac-address', '02:71:00:00:00:01'],
        ]),
        new Map([['name', 'lo']]),
      ],
      gathering,
      { generationOf: (...what) => asked.push(what) },
      { middleMs: undefined, roundTripMs: 0 },
    );
    expect(asked).toEqual([
      ['ether1', '*1', 0x027100000001],
      ['lo', undefined, undefined],
    ]);
    expect(gathering.rows.interfaces.map((row) => row.generation)).toEqual([1, 2]);
  });
});

describe('the resource collector', () => {
  it.each(Object.entries(RESOURCES))('reads %s', (name, row) => {
    const { rows, parseErrors } = resources(row);
    expect(parseErrors).toBe(0);
    expect(rows.devices).toMatchSnapshot(name);
  });

  it('gives one row at most', () => {
    expect(resources()).toMatchObject({ rows: { devices: [] }, collapsedRows: 0 });
    expect(resources({ uptime: '1s' }, { uptime: '2s' })).toMatchObject({
      rows: { devices: [{ uptimeMs: 1000 }] },
      collapsedRows: 1,
    });
  });
});

describe('the identity collector', () => {
  it('reads the name, cut where it would endanger the batch', () => {
    const { rows } = collect(identityCollector, { '/system/identity': [{ name: `${'x'.repeat(1023)}😀` }] });
    expect(rows.identities).toEqual([{ identity: `${'x'.repeat(1023)}\ufffd` }]);
    expect(String(rows.identities[0]?.identity).length).toBeLessThan(SYMBOL_LENGTH_MAX);
  });
});

describe('the radio client collector', () => {
  it.each(Object.entries(WIRELESS_CLIENTS))('reads %s of the wireless package', (name, row) => {
    const { rows, parseErrors } = wireless(row);
    expect(parseErrors).toBe(0);
    expect(rows.radioClients).toMatchSnapshot(name);
  });

  it.each([
    ['wifi', '/interface/wifi/registration-table', WIFI_CLIENT],
    ['wifiwave2', '/interface/wifiwave2/registration-table', WIFI_CLIENT],
    ['caps-man', '/caps-man/registration-table', CAPS_MAN_CLIENT],
  ])('reads a client of %s into the same shape', (stack, path, row) => {
    const { rows, parseErrors } = collect(radioClientsCollector, { [path]: [row] });
    expect(parseErrors).toBe(0);
    expect(rows.radioClients[0]?.stack).toBe(stack);
    expect(rows.radioClients).toMatchSnapshot(stack);
  });

  it('keeps one row per radio and client, whichever menus report it', () => {
    const { rows, collapsedRows } = collect(radioClientsCollector, {
      '/interface/wifi/registration-table': [WIFI_CLIENT, WIFI_CLIENT],
      '/interface/wireless/registration-table': [{ interface: 'wifi1', 'mac-address': WIFI_CLIENT['mac-address'] }],
      '/caps-man/registration-table': [{ interface: 'cap1', 'mac-address': WIFI_CLIENT['mac-address'] }],
    });
    expect(rows.radioClients.map((row) => [row.interface, row.stack])).toEqual([
      ['wifi1', 'wifi'],
      ['cap1', 'caps-man'],
    ]);
    expect(collapsedRows).toBe(2);
  });

  it('drops a row without radio or address and counts it once', () => {
    expect(
      wireless({ interface: 'wlan1' }, { interface: 'wlan1', 'mac-address': 'x' }, { 'mac-address': '02:71:00:00:00:01' }),
    ).toMatchObject({
      parseErrors: 3,
      rows: { radioClients: [] },
    });
  });
});

describe('the sensors collector', () => {
  it.each(Object.entries(HEALTH))('reads %s', (name, rows) => {
    const gathering = sensors(...rows);
    expect({ parseErrors: gathering.parseErrors, collapsedRows: gathering.collapsedRows }).toEqual({
      parseErrors: 0,
      collapsedRows: 0,
    });
    expect(gathering.rows.sensors).toMatchSnapshot(name);
  });

  it('keeps states apart from numbers, and absent from zero', () => {
    const { rows } = sensors(
      { name: 'psu1-state', value: 'fail', type: '' },
      { name: 'fan1-speed', value: '0', type: 'RPM' },
      { name: 'voltage' },
    );
    expect(rows.sensors).toEqual([
      { sensor: 'psu1-state', value: undefined, unit: '', state: 'fail' },
      { sensor: 'fan1-speed', value: 0, unit: 'RPM', state: '' },
      { sensor: 'voltage', value: undefined, unit: '', state: '' },
    ]);
  });

  it('counts what it cannot read and keeps the first of a name', () => {
    const { rows, parseErrors, collapsedRows } = sensors(
      { name: 'voltage', value: '24,1 V?', type: 'V' },
      { name: 'voltage', value: '24', type: 'V' },
      { name: 'temperature', value: '12furlong' },
      { voltage: '25' },
    );
    expect(rows.sensors.map(({ sensor, value }) => [sensor, value])).toEqual([
      ['voltage', undefined],
      ['temperature', undefined],
    ]);
    expect({ parseErrors, collapsedRows }).toEqual({ parseErrors: 2, collapsedRows: 2 });
  });
});

describe('the boards collector', () => {
  it.each(Object.entries(BOARDS))('reads %s', (name, row) => {
    const { rows, parseErrors } = collect(boardsCollector, { '/system/routerboard': [row] });
    expect(parseErrors).toBe(0);
    expect(rows.boards).toMatchSnapshot(name);
  });
});

describe('the collector of cores', () => {
  it('reads a row per core, with what it says', () => {
    const { rows, parseErrors } = collect(cpuCoresCollector, { '/system/resource/cpu': CPU_CORES });
    expect(parseErrors).toBe(0);
    expect(rows.cpuCores).toEqual([
      { cpu: 'cpu0', loadPct: 7, irqPct: 2, diskPct: 0 },
      { cpu: 'cpu1', loadPct: 100, irqPct: undefined, diskPct: undefined },
    ]);
  });

  it('drops a core without name or named twice, and counts it', () => {
    const { rows, parseErrors, collapsedRows } = collect(cpuCoresCollector, {
      '/system/resource/cpu': [{ load: '1' }, { cpu: 'cpu0', load: 'busy' }, { cpu: 'cpu0', load: '2' }],
    });
    expect(rows.cpuCores).toEqual([{ cpu: 'cpu0', loadPct: undefined, irqPct: undefined, diskPct: undefined }]);
    expect({ parseErrors, collapsedRows }).toEqual({ parseErrors: 2, collapsedRows: 1 });
  });
});

describe('the collectors of packages', () => {
  it('read a row per package', () => {
    const { rows, parseErrors } = collect(packagesCollector, { '/system/package': PACKAGES });
    expect(parseErrors).toBe(0);
    expect(rows.packages).toEqual([
      { package: 'routeros', version: '7.18.2', disabled: 0, available: undefined },
      { package: 'container', version: '7.18.2', disabled: 0, available: 1 },
    ]);
  });

  it.each(Object.entries(PACKAGE_UPDATES))('read updates %s', (name, row) => {
    const { rows } = collect(packageUpdateCollector, { '/system/package/update': [row] });
    expect(rows.packageUpdates).toMatchSnapshot(name);
  });

  it('only print what is known of updates, within five seconds', () => {
    expect(packageUpdateCollector.menus.map((menu) => [commandOf(menu), menu.deadlineMs])).toEqual([
      ['/system/package/update/print', 5000],
    ]);
  });
});

describe('every collector', () => {
  it('asks for no more than it reads, except where .proplist is known to fail', () => {
    const prints = COLLECTORS.flatMap((collector) => collector.menus).filter((menu) => commandOf(menu).endsWith('/print'));
    const whole = prints.filter(
      (menu) => menu.counts !== true && !argumentsOf(menu).some((word) => word.startsWith('=.proplist=')),
    );
    expect(whole.map((menu) => menu.path)).toEqual([
      '/interface/wifi/registration-table',
      '/interface/wifiwave2/registration-table',
      '/system/health',
    ]);
  });

  it('turns whatever a router writes into rows that fit a batch', () => {
    const names = [
      'interface',
      'name',
      'mac-address',
      'uptime',
      'rx-byte',
      'signal-strength',
      'bytes',
      'packets',
      'cpu-load',
      'total-memory',
      'voltage',
      'value',
      'type',
      'cpu',
      'load',
      'routerboard',
      'serial-number',
      'fp-rx-byte',
      'rate',
      'rx-bytes',
      'sfp-temperature',
      'sfp-rx-power',
      'poe-out-voltage',
      'channel',
      'registered-clients',
      'noise-floor',
      'current-cellid',
      'rsrp',
      'session-uptime',
      'remote-address',
      'tx-phy-rate',
    ];
    const value = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.bigInt({ min: -10n, max: 2n ** 70n }).map(String),
      fc.constantFrom(
        '02:71:00:00:00:01',
        'true',
        '-999999999999',
        '1,2',
        '1e400',
        '99999999999w',
        '9'.repeat(400),
        '9Gbps',
        '33C',
        'ok',
        '-5e9',
      ),
    );
    const row = fc.dictionary(
      fc.constantFrom(...names, 'tx-rate', 'cpu-frequency', 'bad-blocks', 'distance', 'tx-ccq', 'signal'),
      value,
    );
    fc.assert(
      fc.property(fc.array(row, { maxLength: 4 }), (reply) => {
        const replies = Object.fromEntries(COLLECTORS.flatMap(({ menus }) => menus.map((menu) => [menu.path, reply])));
        const builder = createBatchBuilder();
        for (const collector of COLLECTORS) {
          const { rows } = collect(collector, replies);
          builder.add(POLL, rows);
        }
        expect(builder.polls).toBe(COLLECTORS.length);
      }),
      { numRuns: 200 },
    );
  });
});

const POLL = {
  site: 's',
  router: 'r',
  tsMs: 0,
  pollNumber: 1,
  outcome: 1,
  error: '',
  durationUs: 0,
  baseline: 0n,
  intervalMs: 1000,
  collapsedRows: 0,
  parseErrors: 0,
  answeredCollectors: 0n,
  address: '',
};
