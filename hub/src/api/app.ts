/** The hub's HTTP application: JSON API, health, metrics and the viewer's files. */
import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { compress } from 'hono/compress';
import { StoreError } from '../clickhouse/store-error.ts';
import { contentLength } from './content-length.ts';
import type { ApiDeps } from './deps.ts';
import { createFleet } from './fleet.ts';
import { refusal } from './guard.ts';
import { Problem, problemResponse } from './problem.ts';
import { createReader } from './reader.ts';
import { addAlertRoutes } from './routes/alerts.ts';
import { addCompletenessRoutes } from './routes/completeness.ts';
import { addEventRoutes } from './routes/events.ts';
import { addFleetRoutes } from './routes/fleet.ts';
import { addHealthRoutes } from './routes/health.ts';
import { addInventoryRoutes } from './routes/inventory.ts';
import { addLinkRoutes } from './routes/links.ts';
import { addRouterRoutes } from './routes/router.ts';
import { addStorageRoutes } from './routes/storage.ts';
import { viewerResponse } from './viewer-files.ts';

/** The document's head; versions of the paths, not of the hub. */
const DOCUMENT = {
  openapi: '3.1.0',
  info: {
    title: 'Poplar',
    version: '1',
    description:
      'RouterOS telemetry of many sites. Times are Unix ms, rates bit/s, volumes bytes; null means not reported, never zero. ' +
      'Errors are application/problem+json (RFC 9457).',
  },
};

/** Answers below this fit into one packet and are sent as they are, bytes. */
const COMPRESS_FROM_BYTES = 1400;

const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
};

/** Creates the application. Opens nothing: the caller serves it. */
export function createApi(deps: ApiDeps): OpenAPIHono {
  const app = new OpenAPIHono({
    defaultHook: (result) => {
      if (result.success) return;
      const issue = result.error.issues[0];
      const parameter = issue?.path.join('.') ?? '';
      throw new Problem(400, `Cannot read the parameter ${parameter}: ${issue?.message ?? 'it is invalid'}.`, { parameter });
    },
  });

  app.use(async (c, next) => {
    const reason = refusal(
      { host: c.req.header('host') ?? new URL(c.req.url).host, origin: c.req.header('origin') },
      deps.allowedHosts,
    );
    if (reason === undefined) await next();
    else c.res = problemResponse(new Problem(403, reason));
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) c.res.headers.set(name, value);
    if (!c.res.headers.has('cache-control')) c.res.headers.set('cache-control', 'no-store');
  });

  app.use(compress({ threshold: COMPRESS_FROM_BYTES }));
  app.use(contentLength);

  const reader = createReader(deps.clickhouse);
  const routeDeps = { ...deps, reader, fleet: deps.fleet ?? createFleet({ reader, now: deps.now }) };
  addFleetRoutes(app, routeDeps);
  addRouterRoutes(app, routeDeps);
  addLinkRoutes(app, routeDeps);
  addHealthRoutes(app, routeDeps);
  addCompletenessRoutes(app, routeDeps);
  addAlertRoutes(app, routeDeps);
  addEventRoutes(app, routeDeps);
  addInventoryRoutes(app, routeDeps);
  addStorageRoutes(app, routeDeps);
  app.get('/api/v1/openapi.json', (c) => c.json(openApiDocument(app)));

  app.notFound((c) => {
    const { path, method } = c.req;
    const isPage = (method === 'GET' || method === 'HEAD') && !path.startsWith('/api/');
    if (isPage) return viewerResponse(deps.webFolder, c.req.raw);
    return problemResponse(new Problem(404, `There is no ${method} ${path}. The paths are in /api/v1/openapi.json.`));
  });
  app.onError((error, c) => problemResponse(asProblem(error, c, deps)));
  return app;
}

/** The OpenAPI document of the application, the same on every hub of this version. */
export function openApiDocument(app: OpenAPIHono): object {
  return app.getOpenAPI31Document(DOCUMENT);
}

function asProblem(error: unknown, c: Context, { log }: ApiDeps): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof StoreError && error.retryable) {
    log.warn({ path: c.req.path, reason: error.message }, 'ClickHouse did not answer');
    return new Problem(503, `${error.message}. Try again in a few seconds; if it stays, see /api/v1/health and the hub's log.`, {
      cause: error,
    });
  }
  // An abandoned request has nobody left to answer.
  if (!c.req.raw.signal.aborted) log.error({ err: error, path: c.req.path }, 'A request failed');
  return new Problem(500, 'The hub failed on this request. Its log says why; please report it.', { cause: error });
}
