/** Root causes: one line for what many routers suffer from together. Pure. */
import { compare, keyOf } from './fleet-routers.ts';
import type { AgentSummary, RootCause, RouterState, RouterSummary } from './schemas.ts';

/** Two routers of a site that heard each other, by name. */
export interface Adjacency {
  readonly site: string;
  readonly router: string;
  readonly neighbor: string;
}

/** An agent whose newest batch is older than this is silent, ms: it seals one every second. */
const SILENT_MS = 15_000;
/** From this many on, routers that share site, state and outcome are one line. */
const GROUP_MIN = 3;

type Member = Pick<RouterSummary, 'site' | 'router' | 'state' | 'agent' | 'since_ms' | 'outcome' | 'error'>;

/** How far a cause reaches: the farther, the earlier it is told. */
const REACH: Readonly<Record<RootCause['kind'], number>> = {
  agent_silent: 0,
  site_not_polled: 1,
  site_unreachable: 1,
  router_behind: 2,
  routers: 3,
  router: 4,
};
const WEIGHT: Readonly<Record<RouterState, number>> = { down: 0, unknown: 1, suspect: 2, up: 3 };

/**
 * Explains every router that is not up, each by one cause, the farthest reaching first:
 * - all routers that an agent polls are unknown: the agent is silent, or its uplink is cut;
 * - all routers of a site are unknown although their agent reports others: nobody polls the site;
 * - no router of a site with several answers, and their agent reports: the agent does not reach the site;
 * - routers that fail have no way to one that is up but over one of them: that one is the cause;
 * - three and more that share site, state and outcome.
 */
export function rootCauses(
  routers: readonly Member[],
  agents: readonly Pick<AgentSummary, 'agent' | 'lag_ms'>[],
  adjacencies: readonly Adjacency[],
): RootCause[] {
  const bySite = Map.groupBy(routers, ({ site }) => site);
  const byAgent = Map.groupBy(routers, ({ agent }) => agent);
  const lags = new Map(agents.map(({ agent, lag_ms }) => [agent, lag_ms]));
  const silent = new Set([...byAgent].filter(([agent, own]) => isSilent(own, lags.get(agent) ?? null)).map(([agent]) => agent));
  const causes: RootCause[] = [];
  const left: Member[] = [];
  for (const [agent, own] of byAgent) {
    if (silent.has(agent)) causes.push(causeOf('agent_silent', own, { agent, text: agentText(agent, own, bySite) }));
  }
  for (const [site, all] of bySite) {
    const rest = all.filter(({ agent, state }) => state !== 'up' && !silent.has(agent));
    const whole = rest.length === all.length && all.length > 1;
    if (whole && rest.every(({ state }) => state === 'unknown')) {
      causes.push(causeOf('site_not_polled', rest, { site, text: `site ${site} is not polled: ${told(rest)}` }));
    } else if (whole && rest.every(({ state }) => state !== 'unknown')) {
      causes.push(
        causeOf('site_unreachable', rest, { site, text: `site ${site} does not answer (${outcomes(rest)}): ${told(rest)}` }),
      );
    } else left.push(...rest);
  }
  const byParent = behindOne(left, bySite, adjacencies);
  const explained = new Set<Member>();
  for (const [parent, behind] of byParent) {
    const { site, router } = parent;
    const members = [parent, ...behind];
    const text = `router ${router} is ${parent.state} (${parent.outcome}), and with it ${told(behind)} behind it`;
    causes.push(causeOf('router_behind', members, { site, router, text }));
    for (const member of members) explained.add(member);
  }
  const alike = Map.groupBy(
    left.filter((member) => !explained.has(member)),
    ({ site, state, outcome }) => `${site}\n${state}\n${state === 'unknown' ? '' : outcome}`,
  );
  for (const members of alike.values()) {
    const [first] = members;
    if (first === undefined) continue;
    if (members.length >= GROUP_MIN) {
      const why = first.state === 'unknown' ? 'no polls arrive' : first.outcome;
      causes.push(causeOf('routers', members, { site: first.site, text: `${told(members)} at ${first.site}: ${why}` }));
    } else {
      for (const member of members) {
        const { site, router } = member;
        causes.push(
          causeOf('router', [member], { site, router, text: `router ${router} at ${site} is ${member.state}: ${why(member)}` }),
        );
      }
    }
  }
  return causes.sort(
    (a, b) =>
      REACH[a.kind] - REACH[b.kind] ||
      WEIGHT[a.state] - WEIGHT[b.state] ||
      (b.since_ms ?? 0) - (a.since_ms ?? 0) ||
      compare(a.text, b.text),
  );
}

/** Nothing of what an agent polls is known, or nothing comes from it any more while some of it is still taken for known. */
function isSilent(own: readonly Member[], lagMs: number | null): boolean {
  return own.every(({ state }) => state === 'unknown') && (lagMs === null || lagMs > SILENT_MS);
}

function agentText(agent: string, own: readonly Member[], bySite: ReadonlyMap<string, readonly Member[]>): string {
  const sites = [...new Set(own.map(({ site }) => site))].sort(compare);
  const [site = ''] = sites;
  // With all that there is at the site gone, the site's uplink is as likely as the agent itself.
  if (sites.length === 1 && bySite.get(site)?.length === own.length)
    return `uplink of site ${site} down, or agent ${agent} stopped: ${told(own)}`;
  return `agent ${agent} silent: ${told(own)} at ${sites.join(', ')}`;
}

/** Says how many routers of which state there are. */
function told(members: readonly Member[]): string {
  const counts = Map.groupBy(members, ({ state }) => state);
  const parts = [...counts]
    .sort(([a], [b]) => WEIGHT[a] - WEIGHT[b])
    .map(
      ([state, of], index) =>
        `${of.length} ${index > 0 ? '' : of.length === 1 && counts.size === 1 ? 'router ' : 'routers '}${state}`,
    );
  return parts.join(', ');
}

function outcomes(members: readonly Member[]): string {
  return [...Map.groupBy(members, ({ outcome }) => outcome)]
    .sort(([a, ofA], [b, ofB]) => ofB.length - ofA.length || compare(a, b))
    .map(([outcome]) => outcome)
    .join(', ');
}

function why({ state, outcome, error }: Member): string {
  if (state === 'unknown') return 'no polls arrive: its agent no longer polls it';
  return error === '' ? outcome : `${outcome}: ${error}`;
}

function causeOf(
  kind: RootCause['kind'],
  members: readonly Member[],
  { text, site, router, agent }: { text: string; site?: string; router?: string; agent?: string },
): RootCause {
  const times = members.flatMap(({ since_ms }) => (since_ms === null ? [] : [since_ms]));
  const [worst] = members.map(({ state }) => state).sort((a, b) => WEIGHT[a] - WEIGHT[b]);
  const sites = [...new Set(members.map((member) => member.site))].sort(compare);
  return {
    kind,
    text,
    state: worst ?? 'unknown',
    site: site ?? (sites.length === 1 ? (sites[0] ?? null) : null),
    router: router ?? null,
    agent: agent ?? null,
    routers: members.length,
    outcome: kind === 'router' || kind === 'routers' || kind === 'router_behind' ? (members[0]?.outcome ?? '') : '',
    since_ms: times.length === 0 ? null : Math.min(...times),
  };
}

/**
 * Failing routers by the one of them that all ways to routers that are up lead over. Ways are what routers heard of each other; where there
 * are several ways in, or none is known, nothing is explained.
 */
function behindOne(
  failing: readonly Member[],
  bySite: ReadonlyMap<string, readonly Member[]>,
  adjacencies: readonly Adjacency[],
): Map<Member, Member[]> {
  const parents = new Map<Member, Member[]>();
  const down = new Map(
    failing.filter(({ state }) => state !== 'unknown').map((member) => [keyOf(member.site, member.router), member]),
  );
  const up = new Set(
    [...bySite.values()].flat().flatMap(({ site, router, state }) => (state === 'up' ? [keyOf(site, router)] : [])),
  );
  const ways = new Map<string, Set<string>>();
  for (const { site, router, neighbor } of adjacencies) {
    const [a, b] = [keyOf(site, router), keyOf(site, neighbor)];
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const)
      ways.set(from, (ways.get(from) ?? new Set()).add(to));
  }
  const seen = new Set<string>();
  for (const start of down.keys()) {
    if (seen.has(start)) continue;
    const together: Member[] = [];
    const entries: Member[] = [];
    const waiting = [start];
    seen.add(start);
    for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) {
      const member = down.get(key);
      if (member === undefined) continue;
      together.push(member);
      const next = [...(ways.get(key) ?? [])];
      if (next.some((other) => up.has(other))) entries.push(member);
      for (const other of next) {
        if (seen.has(other) || !down.has(other)) continue;
        seen.add(other);
        waiting.push(other);
      }
    }
    const [entry] = entries;
    if (entry !== undefined && entries.length === 1 && together.length > 1)
      parents.set(
        entry,
        together.filter((member) => member !== entry).sort((a, b) => compare(a.router, b.router)),
      );
  }
  return parents;
}
