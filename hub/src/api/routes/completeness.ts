/** Routes about what is missing: gaps with their causes, and the reconciliation of a day. */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { RouteDeps } from '../deps.ts';
import { GapList, Reconciliation } from '../gap-schemas.ts';
import { readGaps } from '../gaps.ts';
import { Problem } from '../problem.ts';
import { completeRange } from '../range.ts';
import { dayOf, readReconciliation } from '../reconciliation.ts';
import { BAD_PARAMETER, json, rangeQuery, STORE_AWAY } from './answers.ts';

const GAPS_DEFAULT_MS = 6 * 3600_000;

const gapsRoute = createRoute({
  method: 'get',
  path: '/api/v1/gaps',
  summary: 'Intervals without samples, and why; six hours unless a range is given',
  request: {
    query: rangeQuery.extend({
      site: z.string().optional().describe('Only routers of this site'),
      router: z.string().optional().describe('Only routers of this name'),
    }),
  },
  responses: { 200: json(GapList, 'The gaps of the range'), ...BAD_PARAMETER, ...STORE_AWAY },
});

const reconciliationRoute = createRoute({
  method: 'get',
  path: '/api/v1/reconciliation',
  summary: 'Whether everything that was polled on a day is stored: per agent, polls by their numbers and rows by table',
  request: {
    query: z.object({
      day: z.iso.date().optional().describe('UTC, YYYY-MM-DD; left out: today').openapi({ example: '2026-01-01' }),
    }),
  },
  responses: { 200: json(Reconciliation, 'The balance of the day'), ...BAD_PARAMETER, ...STORE_AWAY },
});

export function addCompletenessRoutes(app: OpenAPIHono, deps: RouteDeps): void {
  app.openapi(gapsRoute, async (c) => {
    const { site, router, ...query } = c.req.valid('query');
    const range = completeRange(query, deps.now(), GAPS_DEFAULT_MS);
    return c.json(await readGaps(deps, { ...range, site, router }, c.req.raw.signal), 200);
  });

  app.openapi(reconciliationRoute, async (c) => {
    const today = dayOf(deps.now());
    const { day = today } = c.req.valid('query');
    if (day > today) throw new Problem(400, `The day ${day} has not begun. Today is ${today}, UTC.`, { parameter: 'day' });
    return c.json(await readReconciliation(deps, day, c.req.raw.signal), 200);
  });
}
