/** Routes about the tables of one router: one route per table, all answered in the same way. */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { RouteDeps } from '../deps.ts';
import type { FleetRouter } from '../fleet-routers.ts';
import {
  bgpPeers,
  clock,
  modems,
  neighbors,
  ospfNeighbors,
  queues,
  type RouterTable,
  radios,
  w60gLinks,
  watchedHosts,
} from '../queries/router-tables.ts';
import { ROUTER, SITE } from '../schemas.ts';
import { CollectorList, PortTable, TableCountList, tableOf } from '../table-schemas.ts';
import { readCollectors, readCounts, readPorts, readTable } from '../tables.ts';
import { json, NO_SUCH_ROUTER, STORE_AWAY } from './answers.ts';

/** Path below the router, the table, what it holds. */
const TABLES: readonly (readonly [string, RouterTable<z.ZodType>, string])[] = [
  ['radios', radios, 'Wireless interfaces of one router, virtual ones too'],
  ['modems', modems, 'LTE and 5G modems of one router'],
  ['w60g-links', w60gLinks, '60 GHz links of one router'],
  ['neighbors', neighbors, 'Neighbours that announce themselves to one router by MNDP, CDP or LLDP'],
  ['queues', queues, 'Simple queues of one router, with their rates'],
  ['bgp-peers', bgpPeers, 'BGP sessions of one router, and configured peers without one'],
  ['ospf-neighbors', ospfNeighbors, 'OSPF neighbours of one router'],
  ['watched-hosts', watchedHosts, 'Hosts that one router watches (netwatch)'],
  ['clock', clock, "The clock of one router against its agent's: one row"],
];

const portsRoute = tableRoute('ports', 'Ethernet ports of one router: link, module and what they feed', PortTable);
const countsRoute = tableRoute('table-counts', "How many entries one router's tables have, now and lately", TableCountList);
const collectorsRoute = tableRoute(
  'collectors',
  'What is read from one router, how often and at what cost; what is not, and why',
  CollectorList,
);

function tableRoute<Path extends string, Schema extends z.ZodType>(path: Path, summary: string, schema: Schema) {
  return createRoute({
    method: 'get',
    path: `/api/v1/routers/{site}/{router}/${path}` as const,
    summary,
    request: { params: z.object({ site: SITE, router: ROUTER }) },
    responses: { 200: json(schema, 'At the newest answer of the router'), ...NO_SUCH_ROUTER, ...STORE_AWAY },
  });
}

/** @param current finds a router as it is now, or throws the problem to answer with */
export function addTableRoutes(
  app: OpenAPIHono,
  { reader }: RouteDeps,
  current: (site: string, router: string) => Promise<FleetRouter>,
): void {
  for (const [path, table, summary] of TABLES) {
    app.openapi(tableRoute(path, summary, tableOf(table.query.row)), async (c) => {
      const { site, router } = c.req.valid('param');
      return c.json(await readTable(reader, await current(site, router), table, c.req.raw.signal), 200);
    });
  }

  app.openapi(portsRoute, async (c) => {
    const { site, router } = c.req.valid('param');
    return c.json(await readPorts(reader, await current(site, router), c.req.raw.signal), 200);
  });

  app.openapi(countsRoute, async (c) => {
    const { site, router } = c.req.valid('param');
    return c.json({ counts: await readCounts(reader, await current(site, router), c.req.raw.signal) }, 200);
  });

  app.openapi(collectorsRoute, async (c) => {
    const { site, router } = c.req.valid('param');
    return c.json({ collectors: await readCollectors(reader, await current(site, router), c.req.raw.signal) }, 200);
  });
}
