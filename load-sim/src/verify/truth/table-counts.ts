import { activeRoutesAt, arpEntriesAt, boundLeasesAt, connectionsAt, pppSessionsAt } from '../../routers/menus/network.ts';
import type { RouterModel } from '../../traffic/world.ts';
import type { MenuTruth, TableTruth } from './table-truth.ts';

/** What is counted, by the command as the journal names it. */
const COUNTS = [
  counting('dhcp_leases_bound', '/ip/dhcp-server/lease count-only ?status=bound', boundLeasesAt),
  counting('ppp_sessions', '/ppp/active count-only', pppSessionsAt),
  counting('routes_active', '/ip/route count-only ?active=true', activeRoutesAt),
  counting('connections', '/ip/firewall/connection count-only', connectionsAt),
  counting('arp_entries', '/ip/arp count-only', arpEntriesAt),
];

export const TABLE_COUNTS: TableTruth = {
  menus: COUNTS,
  menuOf: ([counted]) => COUNTS.find((menu) => menu.counted === counted),
  object: 'counted',
  columns: ['counted', 'entries'],
  countColumn: 'table_count_rows',
};

function counting(
  counted: string,
  path: string,
  count: (model: RouterModel, atMs: number) => number,
): MenuTruth & { readonly counted: string } {
  return { counted, path, rows: (model, atMs) => new Map([[counted, [counted, String(count(model, atMs))]]]) };
}
