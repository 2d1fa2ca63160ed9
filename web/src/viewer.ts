import { computed, effect, type ReadonlySignal, untracked } from '@preact/signals';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { type Api, createApi } from './api/client.ts';
import { createHubClock, type HubClock } from './clock.ts';
import { createFeed, type Feed } from './live/feed.ts';
import { createFleet, type Fleet } from './live/fleet.ts';
import { type FeedMessage, type FeedScope, FLEET } from './live/message.ts';
import { createPlace, type Place } from './location.ts';
import { parseRange, periodOf, type Range, rangeParams, zoomTo } from './range.ts';
import { hasRange, parseRoute, type Route } from './routes.ts';
import { createTheme, type Theme } from './theme.ts';

/** What every page works with. */
export interface Viewer {
  readonly place: Place;
  readonly route: ReadonlySignal<Route>;
  readonly range: ReadonlySignal<Range>;
  /** Whether what is shown follows the present: not switched off, and the range ends now. */
  readonly live: ReadonlySignal<boolean>;
  /** Counts up every five seconds while live: what the feed does not carry is read again with it. */
  readonly beat: ReadonlySignal<number>;
  readonly clock: HubClock;
  readonly api: Api;
  readonly fleet: Fleet;
  readonly feed: Feed;
  /** Newest poll of what is shown, hub time in Unix ms: of the router on its page, else of any. */
  readonly newestMs: ReadonlySignal<number | null>;
  readonly theme: Theme;
  /** Messages of the feed go to these too; returns what takes the listener away. */
  onFeed(listener: (message: FeedMessage) => void): () => void;
  setRange(range: Range, options?: { readonly push: boolean }): void;
  readonly toggleLive: () => void;
}

const BEAT_MS = 5000;
const REREAD_MS = 60_000;

/** Live data is for eyes: a hidden tab frees its stream, since a browser allows only six to a host. */
function visible(document: Document, signal: AbortSignal, onChange: () => void): void {
  document.addEventListener('visibilitychange', onChange, { signal });
}

/** Builds the viewer of a window and starts it; the signal stops every part of it. */
export function createViewer(window: Window & typeof globalThis, signal: AbortSignal): Viewer {
  const place = createPlace(window);
  const route = computed(() => parseRoute(place.url.value.pathname));
  const range = computed(() => parseRange(place.url.value.searchParams));
  const live = computed(() => {
    const switched = place.url.value.searchParams.get('live') !== '0';
    return switched && (!hasRange(route.value) || range.value.kind === 'last');
  });
  const clock = createHubClock(() => Date.now());
  const beat = computed(() => (live.value ? Math.floor(clock.now.value / BEAT_MS) : 0));
  const api = createApi((input, init) => window.fetch(input, init));
  const fleet = createFleet({ list: api.routers, signal, nowMs: clock.nowMs });
  const listeners = new Set<(message: FeedMessage) => void>();
  const feed = createFeed({
    // The transport is the larger half of the code and not needed for the first paint.
    async *watch(scope, signal) {
      const { watchHub } = await import('./live/connect.ts');
      yield* watchHub(scope, signal);
    },
    nowMs: clock.nowMs,
    random: Math.random,
    onMessage(message) {
      clock.set(message.hubTimeMs);
      fleet.take(message);
      for (const listener of listeners) listener(message);
    },
  });

  const newestMs = computed(() => {
    if (feed.newestMs.value !== null && feed.status.value !== 'connecting') return feed.newestMs.value;
    const shown = route.value;
    let newest: number | null = null;
    for (const { site, router, polled_at_ms } of fleet.routers.value ?? []) {
      if (shown.page === 'router' && (site !== shown.site || router !== shown.router)) continue;
      if (polled_at_ms !== null && polled_at_ms > (newest ?? 0)) newest = polled_at_ms;
    }
    return newest;
  });

  function wanted(): FeedScope | null {
    if (window.document.hidden || !live.value) return null;
    return route.value.page === 'router' ? { site: route.value.site, router: route.value.router } : FLEET;
  }

  effect(() => feed.want(wanted()));
  // The feed carries what moves; names, versions and addresses are read again each minute, and everything while it is lost.
  const reading = computed(() =>
    live.value ? Math.floor(clock.now.value / (feed.status.value === 'lost' ? BEAT_MS : REREAD_MS)) : 0,
  );
  effect(() => {
    void reading.value;
    untracked(() => void fleet.refresh());
  });
  visible(window.document, signal, () => feed.want(wanted()));
  place.follow(signal);
  clock.run(signal);
  feed.run(signal);

  return {
    place,
    route,
    range,
    live,
    beat,
    clock,
    api,
    fleet,
    feed,
    newestMs,
    theme: createTheme(window),
    onFeed(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    setRange: (next, options) => place.setQuery({ ...rangeParams(next), live: null }, options),
    toggleLive() {
      // A page with a range keeps the period that was on screen, so that its address shows the same to others.
      if (!live.value) place.setQuery({ live: null, from: null, to: null });
      else if (route.value.page === 'router') {
        const { fromMs, toMs } = periodOf(range.value, clock.nowMs());
        place.setQuery(rangeParams(zoomTo(fromMs, toMs)));
      } else place.setQuery({ live: '0' });
    },
  };
}

const ViewerContext = createContext<Viewer | null>(null);

export const ViewerProvider = ViewerContext.Provider;

/** The viewer that the component is part of. */
export function useViewer(): Viewer {
  const viewer = useContext(ViewerContext);
  if (viewer === null) throw new Error('BUG: a page is drawn outside the viewer');
  return viewer;
}
