import type { Expectations } from './expectation.ts';

/** Neighbours, BGP, queues. */
export const NETWORK: Expectations = {
  '/ip/neighbor/print': {
    'switch behind a bridge, version 6': {
      rows: {
        neighbors: [
          {
            interface: 'ether3',
            mac: 0x02_71_00_00_20_08,
            port: 'ether1',
            bridge: 'br-lan',
            address: '192.0.2.14',
            identity: 'as',
            platform: 'MikroTik',
            version: '6.40.8 (bugfix)',
            board: 'CRS112-8G-4S',
            softwareId: 'ABCD-0001',
            systemDescription: 'MikroTik RouterOS 6.40.8 (bugfix) CRS112-8G-4S',
            capabilities: 'router',
            discoveredBy: '',
            uptimeMs: (((8 * 7 + 6) * 24 + 6) * 3600 + 18 * 60 + 17) * 1000,
            ageMs: 49_000,
          },
        ],
      },
    },
    'hEX PoE lite 6.48': {
      rows: {
        neighbors: [
          {
            interface: 'ether1',
            mac: 0x02_71_00_00_20_09,
            port: 'ether2',
            bridge: '',
            address: '192.0.2.15',
            identity: 'RouterNo-One',
            platform: 'MikroTik',
            version: '6.48.6 (long-term)',
            board: 'RB750UPr2',
            softwareId: '0002-EFGH',
            systemDescription: 'MikroTik RouterOS 6.48.6 (long-term) RB750UPr2',
            capabilities: 'bridge,wlan-ap,router',
            discoveredBy: '',
            uptimeMs: (((1 * 7 + 5) * 24 + 2) * 3600 + 31 * 60 + 30) * 1000,
            ageMs: 17_000,
          },
        ],
      },
    },
  },
  '/routing/bgp/session/print': {
    'session, version 7': {
      rows: {
        bgpPeers: [
          {
            // RouterOS numbers the sessions of the connection "transit".
            peer: 'transit',
            remoteAddress: '192.0.2.17',
            instance: '',
            remoteAs: 64_497,
            remoteId: '192.0.2.17',
            localAddress: '192.0.2.18',
            localAs: 64_496,
            established: 1,
            state: '',
            uptimeMs: 3_190_720,
            prefixes: 0,
            messagesReceived: 54,
            messagesSent: 55,
            receivedBytes: 1026,
            sentBytes: 1109,
            holdTimeMs: 180_000,
          },
        ],
      },
    },
  },
  '/routing/bgp/peer/print': {
    'peer, version 6': {
      rows: {
        bgpPeers: [
          {
            peer: 'Peer One',
            remoteAddress: '192.0.2.20',
            instance: 'default',
            remoteAs: 64_498,
            remoteId: '192.0.2.20',
            localAddress: '192.0.2.19',
            established: 1,
            state: 'established',
            disabled: 0,
            uptimeMs: (((19 * 7 + 4) * 24 + 13) * 3600 + 22 * 60 + 21) * 1000,
            prefixes: 1,
            updatesReceived: 9,
            updatesSent: 1,
            holdTimeMs: 30_000,
          },
        ],
      },
    },
  },
  '/queue/simple/print': {
    'version 7.13': {
      rows: {
        queues: [{ queue: 'queue1', target: '192.0.2.21/32', parent: 'none', uploadLimitBps: 0, downloadLimitBps: 0 }],
      },
    },
  },
};
