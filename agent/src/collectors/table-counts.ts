/** How many entries large tables have. The router counts them: no entry, which can be personal, leaves it. */
import { type Collector, type CollectorName, noteUnreadable } from './collector.ts';
import { parseCounter } from './values/counter.ts';

interface CountedTable {
  readonly collector: CollectorName;
  readonly path: string;
  /** What has to hold of an entry, as the API's query word; undefined: all are counted. */
  readonly query: string | undefined;
  /** What the number is stored as. */
  readonly counted: string;
}

function countingCollector({ collector, path, query, counted }: CountedTable): Collector {
  return {
    name: collector,
    optional: true,
    menus: [
      {
        path,
        words: [`${path}/print`, '=count-only=', ...(query === undefined ? [] : [query])],
        counts: true,
        parse([row], gathering) {
          const entries = parseCounter(row?.get('ret') ?? 'none');
          if (entries === undefined) return;
          if (Number.isNaN(entries)) noteUnreadable(gathering, 'ret');
          else gathering.rows.tableCounts.push({ counted, entries });
        },
      },
    ],
  };
}

export const dhcpLeasesCollector = countingCollector({
  collector: 'dhcp_leases',
  path: '/ip/dhcp-server/lease',
  query: '?status=bound',
  counted: 'dhcp_leases_bound',
});

export const pppSessionsCollector = countingCollector({
  collector: 'ppp_sessions',
  path: '/ppp/active',
  query: undefined,
  counted: 'ppp_sessions',
});

/** Of IPv4. Those that lost against a better one, or whose gateway is gone, are not active. */
export const routesCollector = countingCollector({
  collector: 'routes',
  path: '/ip/route',
  query: '?active=true',
  counted: 'routes_active',
});

export const connectionsCollector = countingCollector({
  collector: 'connections',
  path: '/ip/firewall/connection',
  query: undefined,
  counted: 'connections',
});

export const arpCollector = countingCollector({
  collector: 'arp',
  path: '/ip/arp',
  query: undefined,
  counted: 'arp_entries',
});
