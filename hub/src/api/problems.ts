/** What is broken now, by root cause. */
import { cached } from './cached.ts';
import { type Adjacency, rootCauses } from './causes.ts';
import type { Fleet, FleetSnapshot } from './fleet.ts';
import { fleetAdjacencies } from './queries/fleet-adjacencies.ts';
import type { Reader } from './reader.ts';
import type { AgentSummary, RootCause } from './schemas.ts';

/** Neighbours were heard before the failure that they explain. */
const HEARD_MS = 24 * 3600_000;
const ADJACENCIES_FRESH_MS = 30_000;

export interface Problems {
  /** Root causes of a snapshot. Throws StoreError. */
  of(snapshot: FleetSnapshot, agents: readonly AgentSummary[], signal: AbortSignal): Promise<RootCause[]>;
}

export function createProblems({ reader, fleet, now }: { reader: Reader; fleet: Fleet; now: () => number }): Problems {
  const adjacencies = cached(ADJACENCIES_FRESH_MS, now, async (signal) => {
    const snapshot = await fleet.read(signal);
    const sites = [...new Set(failing(snapshot).map(({ site }) => site))];
    const range = { from_ms: snapshot.atMs - HEARD_MS, to_ms: snapshot.atMs };
    return adjacent(snapshot, await reader.rows(fleetAdjacencies, { sites, ...range }, signal));
  });
  return {
    async of(snapshot, agents, signal) {
      // One router that fails explains itself.
      const known = failing(snapshot).length > 1 ? await adjacencies(signal) : [];
      return rootCauses(
        snapshot.routers.map(({ summary }) => summary),
        agents,
        known,
      );
    },
  };
}

function failing({ routers }: FleetSnapshot) {
  return routers.flatMap(({ summary }) => (summary.state === 'down' || summary.state === 'suspect' ? [summary] : []));
}

interface Heard {
  readonly site: string;
  readonly router: string;
  readonly identity: string;
  readonly address: string;
}

/** Finds the routers that others heard, by the address that the agent dials or a name that no other router of the site has. */
function adjacent({ routers }: FleetSnapshot, heard: readonly Heard[]): Adjacency[] {
  const names = new Map<string, string | null>();
  const name = (site: string, text: string, router: string): void => {
    if (text === '') return;
    const key = `${site}\n${text}`;
    names.set(key, names.has(key) && names.get(key) !== router ? null : router);
  };
  for (const { summary } of routers) {
    name(summary.site, summary.address.replace(/:\d+$/, ''), summary.router);
    name(summary.site, summary.identity ?? '', summary.router);
  }
  return heard.flatMap(({ site, router, identity, address }) => {
    const neighbor = names.get(`${site}\n${address}`) ?? names.get(`${site}\n${identity}`) ?? null;
    return neighbor === null || neighbor === router ? [] : [{ site, router, neighbor }];
  });
}
