import { describe, expect, it } from 'vitest';
import { bgpCollector } from './bgp.ts';
import { argumentsOf, collectWritten, type WrittenReplies } from './testing.ts';

const SESSION = '/routing/bgp/session';
const CONNECTION = '/routing/bgp/connection';
const PEER = '/routing/bgp/peer';

function peers(replies: WrittenReplies) {
  const { rows, parseErrors, collapsedRows, unreadable } = collectWritten(bgpCollector, replies);
  return { rows: rows.bgpPeers, parseErrors, collapsedRows, unreadable: Object.fromEntries(unreadable) };
}

const TRANSIT_1 = {
  name: 'transit-1',
  instance: 'bgp-1',
  'remote.address': '192.0.2.17',
  'remote.as': '4200000001',
  'remote.id': '192.0.2.17',
  'remote.messages': '54',
  'remote.bytes': '9007199254740993',
  'local.address': '192.0.2.18',
  'local.as': '64496',
  'local.messages': '55',
  'local.bytes': '1109',
  established: 'true',
  uptime: '53m10s720ms',
  'prefix-count': '0',
  'hold-time': '3m',
};
const TRANSIT = { name: 'transit', 'remote.address': '192.0.2.17/32', 'remote.as': '4200000001', as: '64496', disabled: 'false' };
const TRANSIT_UP = {
  peer: 'transit',
  remoteAddress: '192.0.2.17',
  instance: 'bgp-1',
  remoteAs: 4_200_000_001,
  remoteId: '192.0.2.17',
  localAddress: '192.0.2.18',
  localAs: 64_496,
  established: 1,
  state: '',
  disabled: 0,
  uptimeMs: 3_190_720,
  prefixes: 0,
  messagesReceived: 54,
  messagesSent: 55,
  receivedBytes: 9_007_199_254_740_993n,
  sentBytes: 1109,
  updatesReceived: undefined,
  updatesSent: undefined,
  holdTimeMs: 180_000,
};

describe('the bgp collector', () => {
  it('joins the sessions of RouterOS 7 with the connections that they came of', () => {
    expect(peers({ [SESSION]: [TRANSIT_1], [CONNECTION]: [TRANSIT] })).toEqual({
      rows: [TRANSIT_UP],
      parseErrors: 0,
      collapsedRows: 0,
      unreadable: {},
    });
  });

  it('says of a connection without a session that it is down, under the name and address that it has when it is up', () => {
    const down = {
      ...TRANSIT_UP,
      instance: '',
      remoteId: '',
      localAddress: '',
      established: 0,
      uptimeMs: undefined,
      prefixes: undefined,
      messagesReceived: undefined,
      messagesSent: undefined,
      receivedBytes: undefined,
      sentBytes: undefined,
      holdTimeMs: undefined,
    };
    expect(peers({ [SESSION]: [], [CONNECTION]: [TRANSIT] }).rows).toEqual([down]);
  });

  it('gives a row for each session of a connection that accepts a network', () => {
    const { rows, collapsedRows } = peers({
      [SESSION]: [
        { ...TRANSIT_1, name: 'customers-1', 'remote.address': '192.0.2.33' },
        { ...TRANSIT_1, name: 'customers-12', 'remote.address': '192.0.2.34' },
        { ...TRANSIT_1, name: 'customers-12', 'remote.address': '192.0.2.34' },
      ],
      [CONNECTION]: [
        { ...TRANSIT, name: 'customers', 'remote.address': '192.0.2.32/28', disabled: 'false' },
        { ...TRANSIT, name: 'guests', 'remote.address': '2001:db8::2/128', disabled: 'true' },
      ],
    });
    expect(rows.map((row) => [row.peer, row.remoteAddress, row.established, row.disabled])).toEqual([
      ['customers', '192.0.2.33', 1, 0],
      ['customers', '192.0.2.34', 1, 0],
      ['guests', '2001:db8::2', 0, 1],
    ]);
    expect(collapsedRows).toBe(1);
  });

  it('keeps names that end in a number apart from the numbers of sessions', () => {
    const { rows } = peers({
      [SESSION]: [{ ...TRANSIT_1, name: 'peer-7-1' }],
      [CONNECTION]: [
        { ...TRANSIT, name: 'peer-7' },
        { ...TRANSIT, name: 'peer' },
      ],
    });
    expect(rows.map((row) => [row.peer, row.established])).toEqual([
      ['peer-7', 1],
      ['peer', 0],
    ]);
  });

  it.each([
    [{ established: 'true' }, 1],
    [{ established: '' }, 1],
    [{ established: 'false' }, 0],
    [{}, 0],
  ])('reads the mark %o of a session as %s', (mark, established) => {
    const { established: _, ...session } = TRANSIT_1;
    expect(peers({ [SESSION]: [{ ...session, ...mark }] }).rows).toMatchObject([{ established }]);
  });

  it('says nothing of connections while the sessions are not known, and of what only these know without them', () => {
    expect(peers({ [CONNECTION]: [TRANSIT] }).rows).toEqual([]);
    expect(peers({ [SESSION]: [TRANSIT_1] }).rows).toEqual([{ ...TRANSIT_UP, disabled: undefined }]);
  });

  it('reads the peers of RouterOS 6, up and down', () => {
    const up = {
      name: 'Peer One',
      instance: 'default',
      'remote-address': '192.0.2.20',
      'remote-as': '64498',
      'remote-id': '192.0.2.20',
      'local-address': '192.0.2.19',
      established: 'true',
      state: 'established',
      disabled: 'false',
      uptime: '19w4d13h22m21s',
      'prefix-count': '1',
      'updates-received': '9',
      'updates-sent': '0',
      'used-hold-time': '30s',
    };
    const down = { name: 'Peer Two', 'remote-address': '192.0.2.21', 'remote-as': '64498', state: 'active', disabled: 'false' };
    expect(peers({ [PEER]: [up, down, down] })).toMatchObject({
      rows: [
        {
          peer: 'Peer One',
          established: 1,
          state: 'established',
          localAs: undefined,
          messagesReceived: undefined,
          uptimeMs: (((19 * 7 + 4) * 24 + 13) * 3600 + 22 * 60 + 21) * 1000,
          prefixes: 1,
          updatesReceived: 9,
          updatesSent: 0,
          holdTimeMs: 30_000,
        },
        { peer: 'Peer Two', established: 0, state: 'active', uptimeMs: undefined, prefixes: undefined, holdTimeMs: undefined },
      ],
      collapsedRows: 1,
    });
  });

  it('asks RouterOS 6 for the state, which it tells only then', () => {
    expect(bgpCollector.menus.filter((menu) => argumentsOf(menu).includes('=status=')).map(({ path }) => path)).toEqual([PEER]);
  });

  it('counts what it cannot read, and drops what has no name', () => {
    const { rows, unreadable } = peers({
      [SESSION]: [
        { ...TRANSIT_1, 'remote.as': 'AS1', uptime: 'long', established: 'perhaps' },
        { 'remote.address': '192.0.2.9' },
      ],
      [CONNECTION]: [{ 'remote.address': '192.0.2.9' }],
    });
    expect(rows).toMatchObject([{ remoteAs: undefined, uptimeMs: undefined, established: undefined }]);
    expect(unreadable).toEqual({ 'remote.as': 1, uptime: 1, established: 1, name: 2 });
  });
});
