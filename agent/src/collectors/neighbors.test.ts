import { describe, expect, it } from 'vitest';
import { neighborsCollector } from './neighbors.ts';
import { collectWritten } from './testing.ts';

type Attributes = Readonly<Record<string, string>>;

function neighbors(...rows: Attributes[]) {
  const gathering = collectWritten(neighborsCollector, { '/ip/neighbor': rows });
  const { parseErrors, collapsedRows, unreadable } = gathering;
  return { rows: gathering.rows.neighbors, parseErrors, collapsedRows, unreadable: Object.fromEntries(unreadable) };
}

const SWITCH = {
  interface: 'ether3,bridge',
  address: '192.0.2.14',
  address4: '192.0.2.14',
  'mac-address': '02:71:00:00:00:08',
  identity: 'mast',
  platform: 'MikroTik',
  version: '7.16.2 (stable)',
  age: '49s',
  uptime: '8w6d6h18m17s',
  'software-id': 'ABCD-0001',
  board: 'CRS112-8G-4S',
  'interface-name': 'bridge/ether1',
  'system-description': 'MikroTik RouterOS 7.16.2 (stable) CRS112-8G-4S',
  'system-caps': 'bridge,router',
  'system-caps-enabled': 'router',
  'discovered-by': 'cdp,lldp,mndp',
};

describe('the neighbors collector', () => {
  it('reads what a router of MikroTik announces', () => {
    expect(neighbors(SWITCH)).toEqual({
      rows: [
        {
          interface: 'ether3',
          bridge: 'bridge',
          mac: 0x02_71_00_00_00_08,
          port: 'bridge/ether1',
          address: '192.0.2.14',
          identity: 'mast',
          platform: 'MikroTik',
          version: '7.16.2 (stable)',
          board: 'CRS112-8G-4S',
          softwareId: 'ABCD-0001',
          systemDescription: 'MikroTik RouterOS 7.16.2 (stable) CRS112-8G-4S',
          capabilities: 'router',
          discoveredBy: 'cdp,lldp,mndp',
          uptimeMs: (((8 * 7 + 6) * 24 + 6) * 3600 + 18 * 60 + 17) * 1000,
          ageMs: 49_000,
        },
      ],
      parseErrors: 0,
      collapsedRows: 0,
      unreadable: {},
    });
  });

  it('leaves absent what a device that only speaks LLDP does not say, and cuts off what fills its texts up', () => {
    const { rows, parseErrors } = neighbors({
      interface: 'ether2',
      'mac-address': '02:71:00:00:00:09',
      identity: 'camera\0\0\0',
      platform: '',
      age: '0s',
      'interface-name': 'eth0\0',
      'system-description': '\0\0',
    });
    expect(rows).toEqual([
      {
        interface: 'ether2',
        bridge: '',
        mac: 0x02_71_00_00_00_09,
        port: 'eth0',
        address: '',
        identity: 'camera',
        platform: '',
        version: '',
        board: '',
        softwareId: '',
        systemDescription: '',
        capabilities: '',
        discoveredBy: '',
        uptimeMs: undefined,
        ageMs: 0,
      },
    ]);
    expect(parseErrors).toBe(0);
  });

  it('takes the address of IPv6 where there is no other', () => {
    const { rows } = neighbors(
      { ...SWITCH, address: '', address4: '', address6: 'fe80::1' },
      { ...SWITCH, interface: 'ether4', address: '', address6: 'fe80::1' },
    );
    expect(rows.map(({ address }) => address)).toEqual(['fe80::1', '192.0.2.14']);
  });

  it('drops a row without port or address of its own and counts it by the attribute', () => {
    const { 'mac-address': _, ...bare } = SWITCH;
    const { rows, parseErrors, unreadable } = neighbors(bare, { ...SWITCH, 'mac-address': 'x' }, { ...SWITCH, interface: '' });
    expect(rows).toEqual([]);
    expect(parseErrors).toBe(3);
    expect(unreadable).toEqual({ 'mac-address': 2, interface: 1 });
  });

  it('keeps a device once per port on either side', () => {
    const { rows, collapsedRows } = neighbors(
      SWITCH,
      { ...SWITCH, identity: 'again' },
      { ...SWITCH, interface: 'ether4' },
      { ...SWITCH, 'interface-name': 'ether2' },
    );
    expect(rows.map(({ interface: port, port: remote, identity }) => [port, remote, identity])).toEqual([
      ['ether3', 'bridge/ether1', 'mast'],
      ['ether4', 'bridge/ether1', 'mast'],
      ['ether3', 'ether2', 'mast'],
    ]);
    expect(collapsedRows).toBe(1);
  });

  it('counts times that it cannot read', () => {
    expect(neighbors({ ...SWITCH, age: 'soon', uptime: 'long' }).unreadable).toEqual({ age: 1, uptime: 1 });
  });
});
