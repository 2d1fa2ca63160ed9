/** Sums of routers per site. Pure. */
import { compare, type FleetRouter } from './fleet-routers.ts';
import type { RootCause, RouterState, SiteSummary } from './schemas.ts';

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

/** One summary per site, in order of name. Causes come as rootCauses has them. */
export function siteSummaries(routers: readonly FleetRouter[], causes: readonly RootCause[]): SiteSummary[] {
  return [...Map.groupBy(routers, ({ summary }) => summary.site)]
    .map(([site, members]) => ({
      site,
      ...countStates(members),
      rx_bps: sumKnown(members.map(({ summary }) => summary.rx_bps)),
      tx_bps: sumKnown(members.map(({ summary }) => summary.tx_bps)),
      radio_clients: sumKnown(members.map(({ summary }) => summary.radio_clients)),
      cause: siteCause(site, members, causes),
    }))
    .sort((a, b) => compare(a.site, b.site));
}

/** Kinds that explain several routers. */
const SHARED: ReadonlySet<RootCause['kind']> = new Set(['site_not_polled', 'site_unreachable', 'router_behind', 'routers']);

function siteCause(site: string, members: readonly FleetRouter[], causes: readonly RootCause[]): string | null {
  const unknownOf = new Set(members.flatMap(({ summary }) => (summary.state === 'unknown' ? [summary.agent] : [])));
  const ofSite = causes.filter(
    (cause) =>
      (cause.kind === 'agent_silent' && cause.agent !== null && unknownOf.has(cause.agent)) ||
      (SHARED.has(cause.kind) && cause.site === site),
  );
  return ofSite.toSorted((a, b) => b.routers - a.routers)[0]?.text ?? null;
}
