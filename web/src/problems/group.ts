import type { Overview, RouterState } from '@poplar/hub/api/schemas';

/** A router that is not up, as the overview tells it. */
export type Problem = Overview['problems'][number];

/** What went wrong at one place for one reason. */
export interface ProblemGroup {
  readonly site: string;
  readonly state: RouterState;
  /** The one router, or null when the group is several. */
  readonly router: string | null;
  readonly count: number;
  /** In words. */
  readonly cause: string;
  /** When the first of them began, Unix ms. */
  readonly sinceMs: number | null;
  /** Query of the router list that shows exactly these. */
  readonly query: string;
  /** Whether all routers of the site are in it: then the cause lies above the router. */
  readonly wholeSite: boolean;
}

/** From this many on, routers that share site, state and outcome are one line. */
const GROUP_MIN = 3;

const WEIGHT: Readonly<Record<RouterState, number>> = { down: 0, unknown: 1, suspect: 2, up: 3 };

function earliest(problems: readonly Problem[]): number | null {
  let since: number | null = null;
  for (const { since_ms } of problems) if (since_ms !== null && (since === null || since_ms < since)) since = since_ms;
  return since;
}

function causeOf(problem: Problem): string {
  if (problem.state === 'unknown') return 'no polls arrive: its agent is silent or no longer polls it';
  if (problem.error !== '') return problem.outcome === '' ? problem.error : `${problem.outcome}: ${problem.error}`;
  return problem.outcome;
}

function groupOf(problems: readonly Problem[], first: Problem, siteTotal: number): ProblemGroup {
  const wholeSite = problems.length > 1 && problems.length >= siteTotal;
  const silent = first.state === 'unknown';
  return {
    site: first.site,
    state: first.state,
    router: null,
    count: problems.length,
    cause:
      wholeSite && silent
        ? 'no polls arrive: the agent is silent, or its uplink is cut'
        : silent
          ? causeOf(first)
          : `${first.outcome}${wholeSite ? ': the whole site' : ''}`,
    sinceMs: earliest(problems),
    query: `site:${first.site} state:${first.state}${silent ? '' : ` outcome:${first.outcome}`}`,
    wholeSite,
  };
}

/**
 * Groups problems by what they share: site, state and, where the router was reached, how it failed.
 * Whole sites come first, then other groups, then single routers; among equals the worst state, then the newest.
 */
export function groupProblems(problems: readonly Problem[], siteTotals: ReadonlyMap<string, number>): ProblemGroup[] {
  const shared = Map.groupBy(problems, ({ site, state, outcome }) => `${site}\n${state}\n${state === 'unknown' ? '' : outcome}`);
  const groups: ProblemGroup[] = [];
  for (const members of shared.values()) {
    const [first] = members;
    if (first === undefined) continue;
    if (members.length >= GROUP_MIN) {
      groups.push(groupOf(members, first, siteTotals.get(first.site) ?? Infinity));
      continue;
    }
    for (const problem of members) {
      const { site, router, state, since_ms } = problem;
      groups.push({ site, state, router, count: 1, cause: causeOf(problem), sinceMs: since_ms, query: '', wholeSite: false });
    }
  }
  return groups.sort(
    (left, right) =>
      Number(right.wholeSite) - Number(left.wholeSite) ||
      Number(right.count > 1) - Number(left.count > 1) ||
      WEIGHT[left.state] - WEIGHT[right.state] ||
      (right.sinceMs ?? 0) - (left.sinceMs ?? 0),
  );
}
