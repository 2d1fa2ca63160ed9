import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { HealthPage } from './pages/health.tsx';
import { InventoryPage } from './pages/inventory.tsx';
import { MissingPage } from './pages/missing.tsx';
import { OverviewPage } from './pages/overview.tsx';
import { SitesPage } from './pages/sites.tsx';
import { hasRange, type Route } from './routes.ts';
import { Help } from './shell/help.tsx';
import { listenToKeys } from './shell/keyboard.ts';
import { later } from './shell/later.tsx';
import { LiveSwitch } from './shell/live-switch.tsx';
import { FeedNotice } from './shell/notice.tsx';
import { Rail } from './shell/rail.tsx';
import { RangePicker } from './shell/range-picker.tsx';
import { Search } from './shell/search.tsx';
import { useViewer } from './viewer.ts';

const AlertsPage = later(async () => (await import('./pages/alerts.tsx')).AlertsPage);
const LinksPage = later(async () => (await import('./pages/links.tsx')).LinksPage);
const RouterPage = later(async () => (await import('./pages/router.tsx')).RouterPage);
const EventsPage = later(async () => (await import('./pages/events.tsx')).EventsPage);
const RoutersPage = later(async () => (await import('./pages/routers.tsx')).RoutersPage);

function titleOf(route: Route): string {
  switch (route.page) {
    case 'overview':
      return 'Overview';
    case 'routers':
      return 'Routers';
    case 'router':
      return `${route.router} · ${route.site}`;
    case 'sites':
      return 'Sites';
    case 'alerts':
      return 'Alerts';
    case 'links':
      return 'Links';
    case 'events':
      return 'Events';
    case 'inventory':
      return 'Inventory';
    case 'health':
      return 'Data health';
    case 'missing':
      return 'Not found';
  }
}

function Page({ route }: { route: Route }): JSX.Element {
  switch (route.page) {
    case 'overview':
      return <OverviewPage />;
    case 'routers':
      return <RoutersPage />;
    case 'router':
      return <RouterPage key={`${route.site}\n${route.router}`} site={route.site} router={route.router} />;
    case 'sites':
      return <SitesPage />;
    case 'alerts':
      return <AlertsPage />;
    case 'links':
      return <LinksPage />;
    case 'events':
      return <EventsPage />;
    case 'inventory':
      return <InventoryPage />;
    case 'health':
      return <HealthPage />;
    case 'missing':
      return <MissingPage path={route.path} />;
  }
}

function ThemeButton(): JSX.Element {
  const { theme } = useViewer();
  const choice = theme.choice.value;
  return (
    <button type="button" class="quiet" title={`Theme: ${choice}`} aria-label={`Theme: ${choice}`} onClick={theme.next}>
      <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
        {choice === 'dark' && <path d="M13.5 9.8A6 6 0 0 1 6.2 2.5a6 6 0 1 0 7.3 7.3z" />}
        {choice === 'light' && (
          <path d="M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1.1 1.1M11.9 11.9 13 13M13 3l-1.1 1.1M4.1 11.9 3 13" />
        )}
        {choice === 'system' && <path d="M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 2v12M8 5l4.6-.5M8 8h6M8 11l4.6.5" />}
      </svg>
    </button>
  );
}

/** The frame around every page: rail, top bar, notices. */
export function App(): JSX.Element {
  const viewer = useViewer();
  const [helping, setHelping] = useState(false);
  const route = viewer.route.value;
  useEffect(() => {
    const listening = new AbortController();
    listenToKeys(window, viewer, () => setHelping(true), listening.signal);
    return () => listening.abort();
  }, [viewer]);
  useEffect(() => {
    document.title = `${titleOf(route)} · Poplar`;
  }, [route]);
  return (
    <div class={`shell page-${route.page}`}>
      <Rail />
      <header class="topbar">
        <Search />
        {hasRange(route) && <RangePicker />}
        <div class="tools">
          <LiveSwitch />
          <ThemeButton />
          <button
            type="button"
            class="quiet help-button"
            title="Keys and filters (?)"
            aria-label="Keys and filters"
            onClick={() => setHelping(true)}
          >
            ?
          </button>
        </div>
      </header>
      <main>
        <FeedNotice />
        <Page route={route} />
      </main>
      <Help open={helping} onClose={() => setHelping(false)} />
    </div>
  );
}
