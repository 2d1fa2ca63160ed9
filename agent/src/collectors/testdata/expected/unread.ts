import type { Expectations } from './expectation.ts';

/** Menus that the agent never prints row by row, and why. */
export const UNREAD: Expectations = {
  '/ip/dhcp-server/lease/print': {
    'RB3011 6.44': { unread: 'leases are personal and can be thousands: they are counted by the router, with count-only' },
  },
  '/ip/arp/print': {
    'incomplete entry, version 6': { unread: 'the table can be thousands of rows: it is counted by the router, with count-only' },
  },
  '/interface/monitor-traffic': {
    'version 6': { unread: 'it takes a second to measure rates that the counters of /interface tell between two polls' },
  },
};
