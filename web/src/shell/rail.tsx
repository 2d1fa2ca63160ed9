import type { JSX } from 'preact';
import type { Route } from '../routes.ts';
import { useViewer } from '../viewer.ts';

interface Entry {
  readonly page: Route['page'];
  readonly path: string;
  readonly name: string;
  readonly key: string;
  readonly icon: string;
}

/** The pages, in the order of the rail. Each icon is a path on a grid of 16. */
const PAGES: readonly Entry[] = [
  { page: 'overview', path: '/', name: 'Overview', key: 'g o', icon: 'M2 2.5h5v6H2zM9 2.5h5v3H9zM9 7.5h5v6H9zM2 10.5h5v3H2z' },
  { page: 'routers', path: '/routers', name: 'Routers', key: 'g r', icon: 'M2 3.5h12M2 8h12M2 12.5h12' },
  {
    page: 'sites',
    path: '/sites',
    name: 'Sites',
    key: 'g s',
    icon: 'M8 14.5c3-3.6 4.5-6 4.5-8a4.5 4.5 0 0 0-9 0c0 2 1.5 4.4 4.5 8zM8 8.3a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6z',
  },
  {
    page: 'links',
    path: '/links',
    name: 'Links',
    key: 'g l',
    icon: 'M8 14V8M8 8.6a1.4 1.4 0 1 0 0-2.8 1.4 1.4 0 0 0 0 2.8zM4.9 10.3a4.4 4.4 0 0 1 0-6.2M11.1 10.3a4.4 4.4 0 0 0 0-6.2M2.8 12.4a7.4 7.4 0 0 1 0-10.4M13.2 12.4a7.4 7.4 0 0 0 0-10.4',
  },
  {
    page: 'alerts',
    path: '/alerts',
    name: 'Alerts',
    key: 'g a',
    icon: 'M3.5 11.5c1-1 1-2.5 1-4.5a3.5 3.5 0 0 1 7 0c0 2 0 3.5 1 4.5zM6.5 13.5a1.6 1.6 0 0 0 3 0',
  },
  { page: 'events', path: '/events', name: 'Events', key: 'g e', icon: 'M3.5 2v12M3.5 4h9M3.5 8h6M3.5 12h8' },
  { page: 'inventory', path: '/inventory', name: 'Inventory', key: 'g i', icon: 'M2.5 2.5h11v3h-11zM2.5 7h11v6.5h-11zM6 10h4' },
  { page: 'health', path: '/health', name: 'Data health', key: 'g h', icon: 'M1.5 8.5h3l2-5 3 9.5 2-4.5h3' },
];

/** The pages; a bar at the bottom on a phone. */
export function Rail(): JSX.Element {
  const { route } = useViewer();
  const shown = route.value.page === 'router' ? 'routers' : route.value.page;
  return (
    <nav class="rail" aria-label="Pages">
      <a class="brand" href="/" aria-label="Poplar, to the overview">
        <svg viewBox="0 0 16 16" width="18" height="18" aria-hidden="true">
          <path d="M8 .8c2.6 2.4 3.6 5 3.6 7.3S10.4 12.2 8 12.6C5.6 12.2 4.4 10.4 4.4 8.1S5.4 3.2 8 .8z" />
          <path class="stem" d="M8 5v10.2" />
        </svg>
        <span>Poplar</span>
      </a>
      {PAGES.map(({ page, path, name, key, icon }) => (
        <a key={page} href={path} title={`${name} (${key})`} {...(page === shown ? { 'aria-current': 'page' as const } : {})}>
          <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
            <path d={icon} />
          </svg>
          <span>{name}</span>
          <kbd>{key}</kbd>
        </a>
      ))}
    </nav>
  );
}
