/** A page of the viewer, as its address names it. */
export type Route =
  | { readonly page: 'overview' }
  | { readonly page: 'routers' }
  | { readonly page: 'router'; readonly site: string; readonly router: string }
  | { readonly page: 'sites' }
  | { readonly page: 'alerts' }
  | { readonly page: 'links' }
  | { readonly page: 'events' }
  | { readonly page: 'inventory' }
  | { readonly page: 'health' }
  | { readonly page: 'missing'; readonly path: string };

/** Whether a page shows a range of time that can be chosen. */
export function hasRange({ page }: Route): boolean {
  return page === 'router' || page === 'events';
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Reads a path; one that no page has is `missing`. */
export function parseRoute(path: string): Route {
  const [page, site, router, ...more] = path.split('/').filter((part) => part !== '');
  if (page === undefined) return { page: 'overview' };
  if (page === 'routers' && site !== undefined && router !== undefined && more.length === 0) {
    return { page: 'router', site: decoded(site), router: decoded(router) };
  }
  const isPlain =
    page === 'routers' ||
    page === 'sites' ||
    page === 'links' ||
    page === 'alerts' ||
    page === 'events' ||
    page === 'inventory' ||
    page === 'health';
  if (site === undefined && isPlain) return { page };
  return { page: 'missing', path };
}

/** The address of a router's page. */
export function routerPath(site: string, router: string): string {
  return `/routers/${encodeURIComponent(site)}/${encodeURIComponent(router)}`;
}

/** The address of the router list with this query in its box. */
export function routersPath(query: string): string {
  return query === '' ? '/routers' : `/routers?q=${encodeURIComponent(query)}`;
}

/** The address of the events of a router. */
export function eventsPath(site: string, router: string): string {
  return `/events?${new URLSearchParams({ site, router }).toString()}`;
}
