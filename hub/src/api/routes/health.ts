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
    const answer = await askStore((signal) => reader.rows(engineFigures, { database: deps.database }, signal), c.req.raw.signal);
    const all = [...reasons, ...reasonsOf(answer), ...damageReasons(rowsOf(answer))];
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
    askStore((within) => reader.rows(engineFigures, { database }, within), signal),
    askStore((within) => reader.rows(batchTotals, {}, within), signal),
  ]);
  const [figures] = rowsOf(engine);
  const away = new Set([...reasonsOf(engine), ...reasonsOf(batches)]);
  const all = [...reasons, ...away, ...damageReasons(rowsOf(engine))];
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
    batches: rowsOf(batches)[0] ?? null,
  };
}

/** Damaged parts are data that ClickHouse set aside without an error: a hub with some must not look well. */
function damageReasons(figures: readonly { readonly detached_parts: number }[]): string[] {
  return figures.flatMap(({ detached_parts: parts }) =>
    parts > 0 ? [`ClickHouse set aside ${parts} damaged parts: see system.detached_parts, and restore or drop them`] : [],
  );
}

/** What the store says, or the reason why it does not answer. */
type StoreAnswer<Row> = { readonly rows: readonly Row[] } | { readonly reason: string };

/** Whoever asks for readiness does not wait for a ClickHouse that takes requests and says nothing. */
const ANSWER_MAX_MS = 5_000;

/** Asks the store. A fault of the query itself is thrown on. */
async function askStore<Row>(read: (signal: AbortSignal) => Promise<Row[]>, asker: AbortSignal): Promise<StoreAnswer<Row>> {
  const late = AbortSignal.timeout(ANSWER_MAX_MS);
  try {
    return { rows: await read(AbortSignal.any([asker, late])) };
  } catch (error) {
    asker.throwIfAborted();
    if (late.aborted) return { reason: `ClickHouse has not answered within ${ANSWER_MAX_MS / 1000} s` };
    if (error instanceof StoreError && error.retryable) return { reason: error.message };
    throw error;
  }
}

function rowsOf<Row>(answer: StoreAnswer<Row>): readonly Row[] {
  return 'rows' in answer ? answer.rows : [];
}

function reasonsOf(answer: StoreAnswer<unknown>): string[] {
  return 'reason' in answer ? [answer.reason] : [];
}
