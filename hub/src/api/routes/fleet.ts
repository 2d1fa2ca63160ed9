/** Routes about all routers: overview, sites, list of routers. */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { cached } from '../cached.ts';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import type { RouteDeps } from '../deps.ts';
import { readFaults } from '../faults.ts';
import { compare, type FleetRouter } from '../fleet-routers.ts';
import { readCauses, readOverview } from '../overview.ts';
import { Problem } from '../problem.ts';
import { createProblems } from '../problems.ts';
import { Overview, RootCauseList, RouterList, RouterState, SiteList } from '../schemas.ts';
import { siteSummaries } from '../sites.ts';
import { BAD_PARAMETER, json, STORE_AWAY } from './answers.ts';

const overviewRoute = createRoute({
  method: 'get',
  path: '/api/v1/overview',
  summary: 'What is broken, what is busy, and how far behind the agents are',
  responses: { 200: json(Overview, 'The fleet now'), ...STORE_AWAY },
});

const sitesRoute = createRoute({
  method: 'get',
  path: '/api/v1/sites',
  summary: 'Sites with the states and traffic of their routers',
  responses: { 200: json(SiteList, 'All sites, in order of name'), ...STORE_AWAY },
});

const problemsRoute = createRoute({
  method: 'get',
  path: '/api/v1/problems',
  summary: 'What is broken now, one entry per root cause',
  responses: { 200: json(RootCauseList, 'All causes'), ...STORE_AWAY },
});

const routersRoute = createRoute({
  method: 'get',
  path: '/api/v1/routers',
  summary: 'Routers, filtered, page by page',
  request: {
    query: z.object({
      site: z.string().optional().describe('Only routers of this site'),
      state: RouterState.optional(),
      q: z.string().max(200).optional().describe('Text found in name, site, identity, address, board or version, in any case'),
      cursor: z.string().max(12_000).optional().describe('next_cursor of the page before'),
      limit: z.coerce.number().int().min(1).max(5000).default(500).describe('Most routers on a page'),
    }),
  },
  responses: { 200: json(RouterList, 'A page of routers'), ...BAD_PARAMETER, ...STORE_AWAY },
});

const OVERVIEW_FRESH_MS = 900;
/** Faults are found by collectors that run once a minute. */
const FAULTS_FRESH_MS = 10_000;
/** Older ones still do while newer ones are being read. */
const FAULTS_USABLE_MS = 20_000;

export function addFleetRoutes(app: OpenAPIHono, deps: RouteDeps): void {
  const faults = cached(FAULTS_FRESH_MS, deps.now, (signal) => readFaults(deps, signal), FAULTS_USABLE_MS);
  const problems = createProblems(deps);
  const causes = cached(OVERVIEW_FRESH_MS, deps.now, (signal) => readCauses({ ...deps, problems }, signal));
  // Every open viewer asks for it.
  const overview = cached(OVERVIEW_FRESH_MS, deps.now, (signal) => readOverview({ ...deps, faults, problems }, signal));
  app.openapi(overviewRoute, async (c) => c.json(await overview(), 200));

  app.openapi(sitesRoute, async (c) => {
    const [{ routers }, found] = await Promise.all([deps.fleet.read(), causes()]);
    return c.json({ sites: siteSummaries(routers, found) }, 200);
  });

  app.openapi(problemsRoute, async (c) => c.json({ causes: await causes() }, 200));

  app.openapi(routersRoute, async (c) => {
    const { site, state, q, cursor, limit } = c.req.valid('query');
    const after = cursor === undefined ? undefined : decodeCursor(cursor);
    if (cursor !== undefined && after === undefined)
      throw new Problem(400, 'The cursor is not one of this hub. Start again without it.', { parameter: 'cursor' });
    const { routers } = await deps.fleet.read();
    const text = q?.toLowerCase();
    const rest = routers.filter(
      (router) =>
        (site === undefined || router.summary.site === site) &&
        (state === undefined || router.summary.state === state) &&
        (text === undefined || mentions(router, text)) &&
        (after === undefined || isAfter(router, after)),
    );
    const page = rest.slice(0, limit).map(({ summary }) => summary);
    const last = rest.length > limit ? page.at(-1) : undefined;
    return c.json({ routers: page, next_cursor: last === undefined ? null : encodeCursor(last) }, 200);
  });
}

function mentions({ summary }: FleetRouter, text: string): boolean {
  const { site, router, identity, address, board, version } = summary;
  return [site, router, identity ?? '', address, board, version].some((value) => value.toLowerCase().includes(text));
}

function isAfter({ summary }: FleetRouter, cursor: { readonly site: string; readonly router: string }): boolean {
  return (compare(summary.site, cursor.site) || compare(summary.router, cursor.router)) > 0;
}
