/** The route about room on disk. */
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import type { RouteDeps } from '../deps.ts';
import { readStorage } from '../storage.ts';
import { Storage } from '../storage-schemas.ts';
import { json, STORE_AWAY } from './answers.ts';

const storageRoute = createRoute({
  method: 'get',
  path: '/api/v1/storage',
  summary: 'What every table takes on disk, how long its rows are kept, and the room that is left',
  responses: { 200: json(Storage, 'Tables and disks'), ...STORE_AWAY },
});

export function addStorageRoutes(app: OpenAPIHono, deps: RouteDeps): void {
  app.openapi(storageRoute, async (c) => c.json(await readStorage(deps, c.req.raw.signal), 200));
}
