/** The route of events. */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { RouteDeps } from '../deps.ts';
import { decodeEventCursor } from '../event-cursor.ts';
import { EventList } from '../event-schemas.ts';
import { readEvents } from '../events.ts';
import { Problem } from '../problem.ts';
import { completeRange } from '../range.ts';
import { BAD_PARAMETER, json, rangeQuery, STORE_AWAY } from './answers.ts';

const DEFAULT_MS = 24 * 3600_000;

const eventsRoute = createRoute({
  method: 'get',
  path: '/api/v1/events',
  summary: 'Transitions of routers, interfaces, links, clients and agents, page by page; a day unless a range is given',
  request: {
    query: rangeQuery.extend({
      site: z.string().default('').describe('Only events of this site'),
      router: z.string().default('').describe('Only events of routers of this name'),
      object: z.string().default('').describe('Only events of this interface, MAC address or agent'),
      kind: z.string().max(1000).default('').describe('Only events of this kind, or of these, with commas between'),
      cursor: z.string().max(12_000).optional().describe('next_cursor of the page before, asked with the same range'),
      limit: z.coerce.number().int().min(1).max(5000).default(200).describe('Most events on a page'),
    }),
  },
  responses: { 200: json(EventList, 'A page of events'), ...BAD_PARAMETER, ...STORE_AWAY },
});

export function addEventRoutes(app: OpenAPIHono, deps: RouteDeps): void {
  app.openapi(eventsRoute, async (c) => {
    const { site, router, object, kind, cursor, limit, ...query } = c.req.valid('query');
    const after = cursor === undefined ? undefined : decodeEventCursor(cursor);
    if (cursor !== undefined && after === undefined)
      throw new Problem(400, 'The cursor is not one of this hub. Start again without it.', { parameter: 'cursor' });
    const range = completeRange(query, deps.now(), DEFAULT_MS);
    const kinds = kind.split(',').filter((name) => name !== '');
    return c.json(await readEvents(deps, { ...range, site, router, object, kinds, after, limit }, c.req.raw.signal), 200);
  });
}
