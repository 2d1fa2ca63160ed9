/** Health of the hub itself, for people, load balancers and Prometheus. */
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { StoreError } from '../../clickhouse/store-error.ts';
import type { RouteDeps } from '../deps.ts';
import { ingestFigures } from '../overview.ts';
import { batchTotals } from '../queries/batch-totals.ts';
import { engineFigures } from '../queries/engine-figures.ts';
import { Health } from '../schemas.ts';
import { json } from './answers.ts';

const healthRoute = createRoute({
  method: 'get',
  path: '/api/v1/health',
  summary: 'The hub, its ingestion and its store; answers also while ClickHouse is away',
  responses: { 200: json(Health, 'Health') },
});

export function addHealthRoutes(app: OpenAPIHono, deps: RouteDeps): void {
  const { reader, status } = deps;

  app.openapi(healthRoute, async (c) => c.json(await readHealth(deps, c.req.raw.signal), 200));

  // The process runs and serves requests.
  app.get('/healthz', (c) => c.text('ok\n'));

  // Batches can be stored and questions answered.
  app.get('/readyz', async (c) => {
    const { ready, reasons } = status.ready();
    const store = await reader
      .rows(engineFigures, { database: deps.database }, c.req.raw.signal)
      .then(damageReasons, storeReason);
    const all = [...reasons, ...store];
    return ready && all.length === 0 ? c.text('ready\n') : c.text(`${all.join('\n') || 'not ready'}\n`, 503);
  });

  app.get('/metrics', async (c) =>
    c.text(await deps.metrics(), 200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }),
  );
}

async function readHealth(
  { reader, status, database, embedded, version, now, startedAtMs }: RouteDeps,
  signal: AbortSignal,
): Promise<Health> {
  const { ready, reasons } = status.ready();
  const [engine, batches] = await Promise.all([
    reader.rows(engineFigures, { database }, signal).catch(storeReason),
    reader.rows(batchTotals, {}, signal).catch(storeReason),
  ]);
  const figures = engine.find((entry) => typeof entry !== 'string');
  const away = [...engine, ...batches].filter((entry) => typeof entry === 'string');
  const all = [...reasons, ...new Set(away), ...damageReasons(figures === undefined ? [] : [figures])];
  return {
    ready: ready && all.length === 0,
    reasons: all,
    version,
    uptime_ms: now() - startedAtMs,
    ingest: ingestFigures(status),
    engine: {
      embedded,
      version: figures?.version ?? '',
      parts: figures?.parts ?? null,
      disk_bytes: figures?.disk_bytes ?? null,
      detached_parts: figures?.detached_parts ?? null,
    },
    batches: batches.find((entry) => typeof entry !== 'string') ?? null,
  };
}

/** Damaged parts are data that ClickHouse set aside without an error: a hub with some must not look well. */
function damageReasons(figures: readonly { readonly detached_parts: number }[]): string[] {
  return figures.flatMap(({ detached_parts: parts }) =>
    parts > 0 ? [`ClickHouse set aside ${parts} damaged parts: see system.detached_parts, and restore or drop them`] : [],
  );
}

/** Why the store does not answer. A fault of the query itself is thrown on. */
function storeReason(error: unknown): string[] {
  if (error instanceof StoreError && error.retryable) return [error.message];
  throw error;
}
