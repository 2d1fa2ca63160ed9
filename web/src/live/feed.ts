import { effect, type ReadonlySignal, signal, untracked } from '@preact/signals';
import { type FeedMessage, type FeedScope, FLEET, type FleetFigures } from './message.ts';

/** paused: nobody wants it now · connecting · open: messages come · lost: the hub does not answer, trying again. */
export type FeedStatus = 'paused' | 'connecting' | 'open' | 'lost';

export interface FeedDeps {
  /** Yields messages until the signal aborts; throws or ends when the connection is lost. */
  watch(scope: FeedScope, signal: AbortSignal): AsyncIterable<FeedMessage>;
  /** Unix ms. */
  nowMs(): number;
  /** From 0 to 1. */
  random(): number;
  onMessage(message: FeedMessage): void;
}

/** The one live stream of this tab: a browser allows six connections to a host, over all its tabs. */
export interface Feed {
  readonly status: ReadonlySignal<FeedStatus>;
  /** Since when the feed is lost, Unix ms; null while it is not. */
  readonly lostSinceMs: ReadonlySignal<number | null>;
  /** Newest poll that the feed told of, hub time in Unix ms. */
  readonly newestMs: ReadonlySignal<number | null>;
  readonly fleet: ReadonlySignal<FleetFigures | null>;
  /** Watches this scope instead of the one before; null pauses. */
  want(scope: FeedScope | null): void;
  run(signal: AbortSignal): void;
}

const RETRY_MIN_MS = 500;
const RETRY_MAX_MS = 10_000;

/** How long to wait before the n-th try in a row (from 1), ms: doubling from half a second to ten, with a random part. */
export function retryDelayMs(tries: number, random: number): number {
  return Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** Math.min(tries - 1, 10)) * (0.5 + random / 2);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}

/** Makes the feed; nothing is opened before `run`. */
export function createFeed(deps: FeedDeps): Feed {
  const status = signal<FeedStatus>('paused');
  const lostSinceMs = signal<number | null>(null);
  const newestMs = signal<number | null>(null);
  const fleet = signal<FleetFigures | null>(null);
  const wanted = signal<FeedScope | null>(FLEET);

  function take(message: FeedMessage): void {
    status.value = 'open';
    lostSinceMs.value = null;
    // A scope of its own has its own newest sample: a snapshot replaces all that was known.
    let newest = message.snapshot ? null : newestMs.value;
    for (const { polled_at_ms } of message.routers)
      if (polled_at_ms !== null && polled_at_ms > (newest ?? 0)) newest = polled_at_ms;
    newestMs.value = newest;
    if (message.fleet !== null) fleet.value = message.fleet;
    deps.onMessage(message);
  }

  async function keepWatching(scope: FeedScope, signal: AbortSignal): Promise<void> {
    for (let tries = 1; !signal.aborted; tries += 1) {
      if (lostSinceMs.value === null) status.value = 'connecting';
      try {
        for await (const message of deps.watch(scope, signal)) {
          tries = 0;
          if (!signal.aborted) take(message);
        }
      } catch {
        // Whatever broke the stream, the answer is the same: show that it is lost, and try again.
      }
      if (signal.aborted) return;
      status.value = 'lost';
      lostSinceMs.value ??= deps.nowMs();
      await pause(retryDelayMs(Math.max(1, tries), deps.random()), signal);
    }
  }

  return {
    status,
    lostSinceMs,
    newestMs,
    fleet,
    want(scope) {
      const now = wanted.peek();
      if (now?.site === scope?.site && now?.router === scope?.router) return;
      wanted.value = scope;
    },
    run(signal) {
      const stop = effect(() => {
        const scope = wanted.value;
        if (scope === null) {
          status.value = 'paused';
          lostSinceMs.value = null;
          return undefined;
        }
        const watching = new AbortController();
        // The loop reads and writes signals of its own before its first wait; the scope alone restarts it.
        untracked(() => void keepWatching(scope, watching.signal));
        return () => watching.abort();
      });
      signal.addEventListener('abort', stop, { once: true });
    },
  };
}
