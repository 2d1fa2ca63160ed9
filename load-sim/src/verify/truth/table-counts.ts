import { boundLeases, pppSessions } from '../../dialects/customer-rows.ts';
import { activeRoutes } from '../../dialects/table-rows.ts';
import { arpEntriesAt, connectionsAt, sizeOf } from '../../routers/menus/network.ts';
import type { RouterModel } from '../../traffic/world.ts';
import type { MenuTruth, TableTruth } from './table-truth.ts';

/** What is counted, as the journal names the command. */
const COUNTS = [
  counting('dhcp_leases_bound', '/ip/dhcp-server/lease count-only ?status=bound', (model, atMs) =>
    boundLeases(model.key, sizeOf(model, 'dhcpLeases', atMs), atMs),
  ),
  counting('ppp_sessions', '/ppp/active count-only', (model, atMs) =>
    pppSessions(model.key, sizeOf(model, 'pppSessions', atMs), atMs),
  ),
  counting('routes_active', '/ip/route count-only ?active=true', createRouteCount()),
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

/** Active routes by the size of the table: which ones are active does not change, and there can be hundreds of thousands. */
function createRouteCount(): (model: RouterModel, atMs: number) => number {
  const known = new WeakMap<RouterModel, Map<number, number>>();
  return (model, atMs) => {
    const size = sizeOf(model, 'routes', atMs);
    const bySize = known.get(model) ?? new Map<number, number>();
    known.set(model, bySize);
    const count = bySize.get(size) ?? activeRoutes(model.key, size);
    bySize.set(size, count);
    return count;
  };
}
