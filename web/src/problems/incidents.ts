import type { Incident } from '@poplar/hub/api/alert-schemas';
import type { Overview, RootCause, RouterState } from '@poplar/hub/api/schemas';

/** An open incident with what it explains. */
export interface IncidentLine {
  readonly incident: Incident;
  /** Open incidents that are quiet because of it. */
  readonly covered: number;
}

const WEIGHT: Readonly<Record<Incident['severity'], number>> = { critical: 0, warning: 1, info: 2 };

/** The shape that a severity has, besides its word. */
export const SEVERITY_STATE: Readonly<Record<Incident['severity'], RouterState>> = {
  critical: 'down',
  warning: 'suspect',
  info: 'unknown',
};

/** Why nobody is told of an incident, in words; null where it is the other incident of this id, or nothing. */
export function quietWords(suppressedBy: string): string | null {
  if (suppressedBy.startsWith('maintenance:')) return `maintenance: ${suppressedBy.slice('maintenance:'.length)}`;
  if (suppressedBy.startsWith('rule:')) return `${suppressedBy.slice('rule:'.length)} may be opening`;
  return null;
}

/** Open incidents that nothing else explains, the worst first, then the latest. */
export function incidentLines(open: readonly Incident[]): IncidentLine[] {
  const ids = new Set(open.map(({ id }) => id));
  const covered = new Map<string, number>();
  for (const { suppressed_by } of open) covered.set(suppressed_by, (covered.get(suppressed_by) ?? 0) + 1);
  return open
    .filter(({ suppressed_by }) => !ids.has(suppressed_by))
    .map((incident) => ({ incident, covered: covered.get(incident.id) ?? 0 }))
    .sort((a, b) => WEIGHT[a.incident.severity] - WEIGHT[b.incident.severity] || b.incident.started_ms - a.incident.started_ms);
}

/** Root causes that no open incident is about: of the router, of its whole site, or of the agent. */
export function unexplained(causes: readonly RootCause[], open: readonly Incident[]): RootCause[] {
  const ofSites = open.filter(({ router }) => router === '');
  const sites = new Set(ofSites.map(({ site }) => site));
  const agents = new Set(ofSites.map(({ object }) => object));
  const routers = new Set(open.filter(({ object }) => object === '').map(({ site, router }) => `${site}\n${router}`));
  return causes.filter(({ site, router, agent }) => {
    if (agent !== null && agents.has(agent)) return false;
    if (site === null) return true;
    return !sites.has(site) && (router === null || !routers.has(`${site}\n${router}`));
  });
}

/** Faults that no open incident is about. */
export function unexplainedFaults(faults: Overview['faults'], open: readonly Incident[]): Overview['faults'] {
  const told = new Set(open.map(({ site, router, object }) => JSON.stringify([site, router, object])));
  return faults.filter(({ site, router, item }) => !told.has(JSON.stringify([site, router, item])));
}
