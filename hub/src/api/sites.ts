/** Sums of routers per site. Pure. */
import { compare, type FleetRouter } from './fleet-routers.ts';
import type { RouterState, SiteSummary } from './schemas.ts';

/** How many routers are in each state. */
export function countStates(routers: readonly FleetRouter[]): Record<RouterState, number> {
  const counts = { up: 0, suspect: 0, down: 0, unknown: 0 };
  for (const { summary } of routers) counts[summary.state]++;
  return counts;
}

/** Sum of what is known; null when nothing is. */
export function sumKnown(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
}

/** One summary per site, in order of name. */
export function siteSummaries(routers: readonly FleetRouter[]): SiteSummary[] {
  return [...Map.groupBy(routers, ({ summary }) => summary.site)]
    .map(([site, members]) => ({
      site,
      ...countStates(members),
      rx_bps: sumKnown(members.map(({ summary }) => summary.rx_bps)),
      tx_bps: sumKnown(members.map(({ summary }) => summary.tx_bps)),
      radio_clients: sumKnown(members.map(({ summary }) => summary.radio_clients)),
    }))
    .sort((a, b) => compare(a.site, b.site));
}
