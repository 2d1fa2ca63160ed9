/** The live feed: one reading of ClickHouse a second for all watchers together, and none while nobody watches. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClickHouseClient } from '@clickhouse/client';
import { Code, ConnectError, type ConnectRouter, type HandlerContext } from '@connectrpc/connect';
import { LiveService, type WatchRequest, type WatchResponse } from '@poplar/proto/live/v1/live';
import type { Logger } from 'pino';
import { type ConnectServices, connectionOf } from '../api/call-connection.ts';
import { createFleet, type Fleet, type FleetSnapshot } from '../api/fleet.ts';
import { keyOf } from '../api/fleet-routers.ts';
import { type InterfaceRow, interfaceSummaries, interfaceWindowMs } from '../api/interfaces.ts';
import { routerInterfaces } from '../api/queries/router-interfaces.ts';
import { createReader } from '../api/reader.ts';
import type { InterfaceSummary } from '../api/schemas.ts';
import { FUTURE_MAX_MS } from '../api/state.ts';
import type { HubStatus } from '../ingest/status.ts';
import type { LiveMetrics } from './metrics.ts';
import { drawPicture, type Picture } from './picture.ts';
import { createWatcher, type Watcher } from './watcher.ts';

export interface LiveDeps {
  readonly clickhouse: ClickHouseClient;
  /** Given to share one reading with the API; otherwise the feed reads for itself. */
  readonly fleet?: Fleet | undefined;
  readonly status: HubStatus;
  /** The hub's wall clock, Unix ms. */
  readonly now: () => number;
  readonly log: Logger;
  readonly metrics?: LiveMetrics | undefined;
}

export interface LiveConfig {
  /** Time between readings, ms. */
  readonly periodMs: number;
  /** Most feeds at once; one more is refused. */
  readonly watchersMax: number;
  /** A feed whose last message is not taken after this time is ended, ms: its viewer connects again when it can. */
  readonly stuckMaxMs: number;
}

export const DEFAULT_LIVE: LiveConfig = { periodMs: 1000, watchersMax: 200, stuckMaxMs: 1000 };

export interface Live extends ConnectServices {
  /** Reads and publishes until the signal aborts; never ends by itself. */
  run(signal: AbortSignal): Promise<void>;
  /** Feeds open now. */
  watchers(): number;
}

/** Creates the live feed. Nothing is read before run() and a watcher. */
export function createLive(deps: LiveDeps, config: LiveConfig = DEFAULT_LIVE): Live {
  const { status, now, log, metrics } = deps;
  const reader = createReader(deps.clickhouse);
  const fleet = deps.fleet ?? createFleet({ reader, now });
  const watchers = new Map<Watcher, (cause: ConnectError) => void>();
  let picture: Picture | undefined;
  let firstWatcher: (() => void) | undefined;
  let failing = false;

  return {
    routes: (router: ConnectRouter) => router.service(LiveService, { watch }),
    watchers: () => watchers.size,
    async run(signal) {
      const wake = (): void => firstWatcher?.();
      signal.addEventListener('abort', wake, { once: true });
      while (!signal.aborted) {
        if (watchers.size === 0) {
          // Whoever comes first after a pause must not see the state before it.
          picture = undefined;
          await new Promise<void>((resolve) => {
            firstWatcher = resolve;
          });
          firstWatcher = undefined;
          continue;
        }
        const startedMs = performance.now();
        await publish(signal);
        endStuck();
        const rest = config.periodMs - (performance.now() - startedMs);
        await sleep(Math.max(rest, 0), undefined, { signal }).catch(() => undefined);
      }
      signal.removeEventListener('abort', wake);
    },
  };

  async function* watch(request: WatchRequest, context: HandlerContext): AsyncGenerator<WatchResponse, void, undefined> {
    const { site, router } = request;
    if ((site === '') !== (router === '')) throw new ConnectError('Give both site and router, or neither', Code.InvalidArgument);
    if (watchers.size >= config.watchersMax) {
      metrics?.dropped.inc({ cause: 'too_many' });
      throw new ConnectError(
        `${config.watchersMax} live feeds are open, which is the limit. Close some.`,
        Code.ResourceExhausted,
      );
    }
    const watcher = createWatcher(site === '' ? { kind: 'fleet' } : { kind: 'router', key: keyOf(site, router) }, () =>
      performance.now(),
    );
    const ending = new AbortController();
    watchers.set(watcher, (cause) => {
      ending.abort(cause);
      // The generator waits for the connection, so only the connection's end frees it.
      connectionOf(context.values)?.destroy();
    });
    metrics?.watchers.set(watchers.size);
    if (watcher.selection.kind === 'fleet' && picture !== undefined) watcher.notify(picture);
    firstWatcher?.();
    try {
      yield* watcher.messages(AbortSignal.any([context.signal, ending.signal]));
    } finally {
      watchers.delete(watcher);
      metrics?.watchers.set(watchers.size);
    }
  }

  async function publish(signal: AbortSignal): Promise<void> {
    try {
      const snapshot = await fleet.read(signal);
      const interfaces = await readWatched(snapshot, signal);
      picture = drawPicture(snapshot, interfaces, status.rowsPerSecond(), picture);
      for (const watcher of watchers.keys()) {
        // A router's feed starts with its interfaces: they are in the first picture drawn after it came.
        const { selection } = watcher;
        if (selection.kind === 'router' && snapshot.byKey.has(selection.key) && !interfaces.has(selection.key)) continue;
        watcher.notify(picture);
        metrics?.messages.inc();
      }
      failing = false;
    } catch (error) {
      if (signal.aborted) return;
      metrics?.failedReadings.inc();
      // Once per outage: the feed goes on, and viewers see the age of what they have.
      if (!failing) log.warn({ err: error }, 'Cannot read for the live feed; trying every second');
      failing = true;
    }
  }

  /** Interfaces of the routers that somebody watches, in one query. */
  async function readWatched(snapshot: FleetSnapshot, signal: AbortSignal): Promise<Map<string, InterfaceSummary[]>> {
    const keys = new Set([...watchers.keys()].flatMap(({ selection }) => (selection.kind === 'router' ? [selection.key] : [])));
    const routers = [...keys].flatMap((key) => snapshot.byKey.get(key) ?? []);
    if (routers.length === 0) return new Map();
    const rows = await reader.rows(
      routerInterfaces,
      {
        sites: routers.map(({ summary }) => summary.site),
        routers: routers.map(({ summary }) => summary.router),
        from_ms: snapshot.atMs - Math.max(...routers.map(interfaceWindowMs)),
        to_ms: snapshot.atMs + FUTURE_MAX_MS,
      },
      signal,
    );
    const byRouter = Map.groupBy(rows, (row: InterfaceRow) => keyOf(row.site, row.router));
    return new Map(
      routers.map((router) => {
        const key = keyOf(router.summary.site, router.summary.router);
        return [key, interfaceSummaries(router, byRouter.get(key) ?? [])];
      }),
    );
  }

  function endStuck(): void {
    const limitMs = performance.now() - config.stuckMaxMs;
    for (const [watcher, end] of watchers) {
      const sinceMs = watcher.stuckSinceMs();
      if (sinceMs === undefined || sinceMs > limitMs) continue;
      metrics?.dropped.inc({ cause: 'slow' });
      end(new ConnectError('The viewer does not take its messages', Code.Aborted));
    }
  }
}
