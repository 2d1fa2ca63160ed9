import { createClient } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-web';
import type { RouterState as StateWord } from '@poplar/hub/api/schemas';
import { LiveService, RouterState, type WatchResponse } from '@poplar/proto/live/v1/live';
import type { FeedMessage, FeedScope } from './message.ts';

const WORDS: Readonly<Record<number, StateWord>> = {
  [RouterState.UP]: 'up',
  [RouterState.SUSPECT]: 'suspect',
  [RouterState.DOWN]: 'down',
};

/** A state that a newer hub may have is as good as unknown. */
function stateWord(state: number): StateWord {
  return WORDS[state] ?? 'unknown';
}

/** A message of the wire in the viewer's terms: numbers instead of bigints, null instead of absent. */
function messageOf(response: WatchResponse): FeedMessage {
  return {
    hubTimeMs: Number(response.hubTimeMs),
    snapshot: response.snapshot,
    routers: response.routers.map((router) => ({
      site: router.site,
      router: router.router,
      state: stateWord(router.state),
      polled_at_ms: router.polledAtMs === 0n ? null : Number(router.polledAtMs),
      outcome: router.outcome,
      error: router.error,
      cpu_load_pct: router.cpuLoadPct ?? null,
      memory_used_ratio: router.memoryUsedRatio ?? null,
      uptime_ms: router.uptimeMs === undefined ? null : Number(router.uptimeMs),
      rx_bps: router.rxBps ?? null,
      tx_bps: router.txBps ?? null,
      radio_clients: router.radioClients ?? null,
    })),
    ports: response.interfaces.map((port) => ({
      interface: port.interface,
      running: port.running ?? null,
      disabled: port.disabled ?? null,
      polled_at_ms: Number(port.polledAtMs),
      rx_bps: port.rxBps ?? null,
      tx_bps: port.txBps ?? null,
    })),
    fleet:
      response.fleet === undefined
        ? null
        : {
            states: {
              up: response.fleet.routersUp,
              suspect: response.fleet.routersSuspect,
              down: response.fleet.routersDown,
              unknown: response.fleet.routersUnknown,
            },
            rowsPerSecond: response.fleet.rowsPerSecond,
            rxBps: response.fleet.rxBps ?? null,
            txBps: response.fleet.txBps ?? null,
          },
  };
}

const client = createClient(LiveService, createConnectTransport({ baseUrl: '/', useBinaryFormat: true }));

/** Watches the scope until the signal aborts or the stream ends; throws when the hub cannot be reached. */
export async function* watchHub(scope: FeedScope, signal: AbortSignal): AsyncGenerator<FeedMessage> {
  for await (const response of client.watch({ site: scope.site, router: scope.router }, { signal })) yield messageOf(response);
}
