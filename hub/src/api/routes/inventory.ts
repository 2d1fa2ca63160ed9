/** Routes about what there is and was. */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { RouteDeps } from '../deps.ts';
import { decodeKey, inventoryCsv, readInterfaceInventory, readRouterInventory } from '../inventory.ts';
import { InterfaceInventory, RouterInventory } from '../inventory-schemas.ts';
import { Problem } from '../problem.ts';
import { BAD_PARAMETER, STORE_AWAY } from './answers.ts';

const pageQuery = z.object({
  site: z.string().optional().describe('Only this site'),
  q: z
    .string()
    .max(200)
    .optional()
    .describe('Text found in a name, an address, a serial number, a model or a version, in any case'),
  cursor: z.string().max(20_000).optional().describe('next_cursor of the page before'),
  limit: z.coerce.number().int().min(1).max(50_000).default(1000).describe('Most rows on a page'),
  format: z
    .enum(['json', 'csv'])
    .default('json')
    .describe('csv: the page as a table; the header Poplar-Next-Cursor names the next one'),
});

const csv = { 'text/csv': { schema: z.string() } };

const routersRoute = createRoute({
  method: 'get',
  path: '/api/v1/inventory/routers',
  summary: 'Routers that were ever visited: serial numbers, boards, versions, first and last seen',
  request: { query: pageQuery },
  responses: {
    200: { content: { 'application/json': { schema: RouterInventory }, ...csv }, description: 'A page of routers' },
    ...BAD_PARAMETER,
    ...STORE_AWAY,
  },
});

const interfacesRoute = createRoute({
  method: 'get',
  path: '/api/v1/inventory/interfaces',
  summary: 'Interfaces that were ever listed: addresses, first and last seen',
  request: { query: pageQuery.extend({ router: z.string().optional().describe('Only routers of this name') }) },
  responses: {
    200: { content: { 'application/json': { schema: InterfaceInventory }, ...csv }, description: 'A page of interfaces' },
    ...BAD_PARAMETER,
    ...STORE_AWAY,
  },
});

export function addInventoryRoutes(app: OpenAPIHono, deps: RouteDeps): void {
  app.openapi(routersRoute, async (c) => {
    const { format, cursor, ...query } = c.req.valid('query');
    const found = await readRouterInventory(deps, { ...query, after: keyOf(cursor, 2) }, c.req.raw.signal);
    return format === 'json' ? c.json(found, 200) : c.body(inventoryCsv(found.routers), 200, csvHeaders(found.next_cursor));
  });

  app.openapi(interfacesRoute, async (c) => {
    const { format, cursor, ...query } = c.req.valid('query');
    const found = await readInterfaceInventory(deps, { ...query, after: keyOf(cursor, 3) }, c.req.raw.signal);
    return format === 'json' ? c.json(found, 200) : c.body(inventoryCsv(found.interfaces), 200, csvHeaders(found.next_cursor));
  });
}

function csvHeaders(nextCursor: string | null): Record<string, string> {
  return { 'content-type': 'text/csv; charset=utf-8', ...(nextCursor === null ? {} : { 'poplar-next-cursor': nextCursor }) };
}

function keyOf(cursor: string | undefined, length: number): readonly string[] {
  if (cursor === undefined) return [];
  const key = decodeKey(cursor, length);
  if (key === undefined)
    throw new Problem(400, 'The cursor is not one of this hub. Start again without it.', { parameter: 'cursor' });
  return key;
}
