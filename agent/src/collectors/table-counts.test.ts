import { describe, expect, it } from 'vitest';
import {
  arpCollector,
  connectionsCollector,
  dhcpLeasesCollector,
  pppSessionsCollector,
  routesCollector,
} from './table-counts.ts';
import { collectWritten } from './testing.ts';

const COUNTING = [
  [dhcpLeasesCollector, '/ip/dhcp-server/lease', 'dhcp_leases_bound', ['=count-only=', '?status=bound']],
  [pppSessionsCollector, '/ppp/active', 'ppp_sessions', ['=count-only=']],
  [routesCollector, '/ip/route', 'routes_active', ['=count-only=', '?active=true']],
  [connectionsCollector, '/ip/firewall/connection', 'connections', ['=count-only=']],
  [arpCollector, '/ip/arp', 'arp_entries', ['=count-only=']],
] as const;

describe('the collectors of counts', () => {
  it.each(COUNTING)('%o have the router count', (collector, path, counted, words) => {
    expect(collector.menus.map((menu) => [menu.words, menu.counts])).toEqual([[[`${path}/print`, ...words], true]]);
    expect(collectWritten(collector, { [path]: [{ ret: '53801' }] }).rows.tableCounts).toEqual([{ counted, entries: 53_801 }]);
  });

  it('tell none from unknown', () => {
    const counts = (...rows: Readonly<Record<string, string>>[]) => collectWritten(arpCollector, { '/ip/arp': rows });
    expect(counts({ ret: '0' }).rows.tableCounts).toEqual([{ counted: 'arp_entries', entries: 0 }]);
    // A router that refused to count.
    expect(counts()).toMatchObject({ rows: { tableCounts: [] }, parseErrors: 0 });
    const { rows, unreadable } = counts({ ret: 'many' });
    expect(rows.tableCounts).toEqual([]);
    expect(Object.fromEntries(unreadable)).toEqual({ ret: 1 });
  });
});
