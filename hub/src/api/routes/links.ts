/** Routes of wireless links and of the histories of wireless clients. */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { RouteDeps } from '../deps.ts';
import { ClientHistory, LinkDetail, LinkList, LinkState } from '../link-schemas.ts';
import { readClient, readLink, readLinks } from '../links.ts';
import { completeRange } from '../range.ts';
import { MAC, ROUTER, SITE } from '../schemas.ts';
import { BAD_PARAMETER, json, rangeQuery, STORE_AWAY } from './answers.ts';

const DAY_MS = 24 * 3600_000;

/** In any case; told in capitals. */
const macParam = MAC.regex(/^([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}$/).transform((text) => text.toUpperCase());

const linksRoute = createRoute({
  method: 'get',
  path: '/api/v1/links',
  summary: 'Wireless links between access points and routers that are their clients, now',
  request: {
    query: z.object({
      site: z.string().default('').describe('Only links of access points of this site'),
      router: z.string().default('').describe('Only links of access points of this name'),
      state: LinkState.optional(),
    }),
  },
  responses: { 200: json(LinkList, 'Links with their states'), ...BAD_PARAMETER, ...STORE_AWAY },
});

const linkRoute = createRoute({
  method: 'get',
  path: '/api/v1/links/{site}/{router}/{mac}',
  summary: 'One wireless link with its transitions and values over time; a day unless a range is given',
  request: { params: z.object({ site: SITE, router: ROUTER, mac: macParam }), query: rangeQuery },
  responses: { 200: json(LinkDetail, 'The link'), ...BAD_PARAMETER, ...STORE_AWAY },
});

const clientRoute = createRoute({
  method: 'get',
  path: '/api/v1/radio-clients/{mac}',
  summary: 'Where a wireless client was and how well it was heard; a day unless a range is given',
  request: { params: z.object({ mac: macParam }), query: rangeQuery },
  responses: { 200: json(ClientHistory, 'The history'), ...BAD_PARAMETER, ...STORE_AWAY },
});

export function addLinkRoutes(app: OpenAPIHono, deps: RouteDeps): void {
  app.openapi(linksRoute, async (c) => {
    const { state, ...filter } = c.req.valid('query');
    const { links, ...rest } = await readLinks(deps, { ...filter, mac: '' }, c.req.raw.signal);
    return c.json({ links: links.filter((link) => state === undefined || link.state === state), ...rest }, 200);
  });

  app.openapi(linkRoute, async (c) => {
    const range = completeRange(c.req.valid('query'), deps.now(), DAY_MS);
    return c.json(await readLink(deps, { ...c.req.valid('param'), ...range }, c.req.raw.signal), 200);
  });

  app.openapi(clientRoute, async (c) => {
    const range = completeRange(c.req.valid('query'), deps.now(), DAY_MS);
    return c.json(await readClient(deps, { ...c.req.valid('param'), ...range }, c.req.raw.signal), 200);
  });
}
