/** Routes about one router: its interfaces, wireless clients, polls and graphs. */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { RouteDeps } from '../deps.ts';
import { type FleetRouter, keyOf } from '../fleet-routers.ts';
import { readBoard, readSensors } from '../hardware.ts';
import { readInterfaces } from '../interfaces.ts';
import { Problem } from '../problem.ts';
import { routerPolls } from '../queries/router-polls.ts';
import { routerRadioClients } from '../queries/router-radio-clients.ts';
import { completeRange } from '../range.ts';
import { INTERFACE, InterfaceSeries, PollStrip, RadioClientList, ROUTER, RouterDetail, SITE } from '../schemas.ts';
import { readSeries } from '../series.ts';
import { FUTURE_MAX_MS } from '../state.ts';
import { chooseStep } from '../steps.ts';
import { BAD_PARAMETER, json, NO_SUCH_ROUTER, rangeQuery, STORE_AWAY } from './answers.ts';
import { addTableRoutes } from './tables.ts';

const routerParams = z.object({ site: SITE, router: ROUTER });
const HOUR_MS = 3600_000;
const STRIP_BUCKETS = 240;

const detailRoute = createRoute({
  method: 'get',
  path: '/api/v1/routers/{site}/{router}',
  summary: 'One router, its interfaces, board and sensors now',
  request: { params: routerParams },
  responses: { 200: json(RouterDetail, 'The router'), ...NO_SUCH_ROUTER, ...STORE_AWAY },
});

const radioClientsRoute = createRoute({
  method: 'get',
  path: '/api/v1/routers/{site}/{router}/radio-clients',
  summary: 'Wireless clients of one router at its newest answer',
  request: { params: routerParams },
  responses: { 200: json(RadioClientList, 'Associated clients'), ...NO_SUCH_ROUTER, ...STORE_AWAY },
});

const pollsRoute = createRoute({
  method: 'get',
  path: '/api/v1/routers/{site}/{router}/polls',
  summary: 'How the visits to one router ended; without a range the last six hours',
  request: { params: routerParams, query: rangeQuery },
  responses: { 200: json(PollStrip, 'Outcomes in buckets'), ...BAD_PARAMETER, ...NO_SUCH_ROUTER, ...STORE_AWAY },
});

const seriesRoute = createRoute({
  method: 'get',
  path: '/api/v1/routers/{site}/{router}/interfaces/{interface}/series',
  summary: 'Traffic of one interface over time; without a range the last hour',
  request: {
    params: routerParams.extend({ interface: INTERFACE }),
    query: rangeQuery.extend({ points: z.coerce.number().int().min(1).max(2000).default(600).describe('Most buckets wanted') }),
  },
  responses: {
    200: json(InterfaceSeries, 'Buckets, gaps, resets and figures'),
    ...BAD_PARAMETER,
    ...NO_SUCH_ROUTER,
    ...STORE_AWAY,
  },
});

export function addRouterRoutes(app: OpenAPIHono, deps: RouteDeps): void {
  const { reader, now } = deps;

  /** The router as it is now. */
  async function current(site: string, router: string): Promise<FleetRouter> {
    return existing((await deps.fleet.read()).byKey.get(keyOf(site, router)), site, router);
  }

  /** The router as it was lately: for what does not depend on its state. */
  async function known(site: string, router: string): Promise<FleetRouter> {
    return existing(await deps.fleet.find(site, router), site, router);
  }

  function existing(found: FleetRouter | undefined, site: string, router: string): FleetRouter {
    if (found === undefined)
      throw new Problem(404, `The hub knows no router ${router} at site ${site}. Look it up in /api/v1/routers.`);
    return found;
  }

  app.openapi(detailRoute, async (c) => {
    const { site, router } = c.req.valid('param');
    const found = await current(site, router);
    const { signal } = c.req.raw;
    const [interfaces, board, sensors] = await Promise.all([
      readInterfaces(reader, found, signal),
      readBoard(reader, found, now(), signal),
      readSensors(reader, found, signal),
    ]);
    return c.json({ router: found.summary, interfaces, board, sensors }, 200);
  });

  app.openapi(radioClientsRoute, async (c) => {
    const { site, router } = c.req.valid('param');
    const { summary, radioPollMs } = await current(site, router);
    const reached = summary.state === 'up' || summary.state === 'suspect';
    // A router out of reach shows the clients of its last answer, from whichever agent had it.
    const poll_ms = reached ? radioPollMs : (summary.answered_at_ms ?? undefined);
    if (poll_ms === undefined) return c.json({ clients: [] }, 200);
    const agent = reached ? summary.agent : '';
    return c.json({ clients: await reader.rows(routerRadioClients, { site, router, agent, poll_ms }, c.req.raw.signal) }, 200);
  });

  app.openapi(pollsRoute, async (c) => {
    const { site, router } = c.req.valid('param');
    const { fromMs, toMs } = completeRange(c.req.valid('query'), now(), 6 * HOUR_MS);
    const { summary } = await known(site, router);
    const step_ms = chooseStep(toMs - fromMs, STRIP_BUCKETS, summary.interval_ms);
    const until = Math.min(toMs, now() + FUTURE_MAX_MS);
    const rows = await reader.rows(routerPolls, { site, router, from_ms: fromMs, to_ms: until, step_ms }, c.req.raw.signal);
    return c.json({ buckets: rows.map(({ ts_ms, ok, failed, kind }) => ({ ts_ms, ok, failed, outcome: kind })), step_ms }, 200);
  });

  app.openapi(seriesRoute, async (c) => {
    const { site, router, interface: name } = c.req.valid('param');
    const { points, ...range } = c.req.valid('query');
    const nowMs = now();
    const { fromMs, toMs } = completeRange(range, nowMs, HOUR_MS);
    const { summary } = await known(site, router);
    const request = {
      database: deps.database,
      site,
      router,
      interface: name,
      fromMs,
      toMs,
      points,
      nowMs,
      intervalMs: summary.interval_ms,
      floors: deps.floors,
    };
    return c.json(await readSeries(reader, request, c.req.raw.signal), 200);
  });

  addTableRoutes(app, deps, current);
}
