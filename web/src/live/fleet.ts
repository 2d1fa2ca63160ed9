import type { RouterSummary } from '@poplar/hub/api/schemas';
import { type ReadonlySignal, signal } from '@preact/signals';
import { ApiError } from '../api/client.ts';
import type { FeedMessage, RouterChange } from './message.ts';

/** Every router in brief, read once and kept current by the feed. */
export interface Fleet {
  /** In order of site, then router; null before the first answer. */
  readonly routers: ReadonlySignal<readonly RouterSummary[] | null>;
  /** When the list was read or last changed, Unix ms. */
  readonly freshAtMs: ReadonlySignal<number | null>;
  readonly error: ReadonlySignal<ApiError | null>;
  /** Since when reading it fails, Unix ms. */
  readonly failingSinceMs: ReadonlySignal<number | null>;
  /** Reads the list again; several calls while one is under way are one. */
  refresh(): Promise<void>;
  /** Applies what the feed says; a router that the list does not have yet makes it read again. */
  take(message: FeedMessage): void;
}

export interface FleetDeps {
  readonly list: (signal: AbortSignal) => Promise<readonly RouterSummary[]>;
  readonly signal: AbortSignal;
  nowMs(): number;
}

const keyOf = (router: { site: string; router: string }): string => `${router.site}\n${router.router}`;

/** A router with a change applied. A new state began with the poll that showed it. */
export function withChange(router: RouterSummary, change: RouterChange): RouterSummary {
  const answered = change.outcome === 'ok' || change.outcome === 'partial';
  return {
    ...router,
    ...change,
    since_ms: change.state === router.state ? router.since_ms : change.polled_at_ms,
    answered_at_ms: answered ? change.polled_at_ms : router.answered_at_ms,
  };
}

/** The list with the changes applied, and whether a change was about a router that it does not have. */
export function withChanges(
  routers: readonly RouterSummary[],
  changes: readonly RouterChange[],
): { routers: RouterSummary[]; strangers: boolean } {
  const open = new Map(changes.map((change) => [keyOf(change), change]));
  const next = routers.map((router) => {
    const change = open.get(keyOf(router));
    if (change === undefined) return router;
    open.delete(keyOf(router));
    return withChange(router, change);
  });
  return { routers: next, strangers: open.size > 0 };
}

/** A list that lacks a router is read again no more often than this. */
const REREAD_MS = 5000;

/** Makes the store; the first `refresh` fills it. */
export function createFleet(deps: FleetDeps): Fleet {
  const routers = signal<readonly RouterSummary[] | null>(null);
  const freshAtMs = signal<number | null>(null);
  const error = signal<ApiError | null>(null);
  const failingSinceMs = signal<number | null>(null);
  let reading: Promise<void> | null = null;
  let readAtMs = 0;

  async function read(): Promise<void> {
    readAtMs = deps.nowMs();
    try {
      routers.value = await deps.list(deps.signal);
      freshAtMs.value = deps.nowMs();
      error.value = null;
      failingSinceMs.value = null;
    } catch (cause) {
      if (deps.signal.aborted) return;
      error.value = cause instanceof ApiError ? cause : new ApiError('The list of routers cannot be read', 0, '', { cause });
      failingSinceMs.value ??= deps.nowMs();
    } finally {
      reading = null;
    }
  }

  function refresh(): Promise<void> {
    reading ??= read();
    return reading;
  }

  return {
    routers,
    freshAtMs,
    error,
    failingSinceMs,
    refresh,
    take(message) {
      if (message.routers.length === 0 || routers.value === null) return;
      const { routers: next, strangers } = withChanges(routers.value, message.routers);
      routers.value = next;
      freshAtMs.value = deps.nowMs();
      if (strangers && deps.nowMs() - readAtMs > REREAD_MS) void refresh();
    },
  };
}
