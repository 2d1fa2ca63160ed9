import { type ReadonlySignal, signal } from '@preact/signals';

/** Query parameters to set; null or an empty list removes one. */
export type QueryPatch = Readonly<Record<string, string | readonly string[] | null>>;

/** The address bar as state: everything that a person would want to paste into a chat lives in it. */
export interface Place {
  readonly url: ReadonlySignal<URL>;
  /** Goes to a path of the viewer, as a new entry of the history. */
  go(path: string): void;
  /** Changes parts of the query; replaces the entry unless `push` says that “back” should undo it. */
  setQuery(patch: QueryPatch, options?: { readonly push: boolean }): void;
  /** Follows the browser's back and forward, and clicks on links of the viewer, until the signal aborts. */
  follow(signal: AbortSignal): void;
}

/** The URL with the patch applied; parameters keep their order, so equal states have equal addresses. */
export function patchedUrl(url: URL, patch: QueryPatch): URL {
  const next = new URL(url);
  for (const [name, value] of Object.entries(patch)) {
    const values = value === null ? [] : typeof value === 'string' ? [value] : value;
    const [first, ...more] = values;
    if (first === undefined || first === '') next.searchParams.delete(name);
    else next.searchParams.set(name, first);
    for (const another of more) next.searchParams.append(name, another);
  }
  return next;
}

function linkOf(event: MouseEvent): HTMLAnchorElement | null {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
    return null;
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  if (link === null || link.target !== '' || link.hasAttribute('download') || link.origin !== location.origin) return null;
  return link;
}

/** Makes the state of the address bar of `window`. */
export function createPlace(window: Window): Place {
  const url = signal(new URL(window.location.href));

  function show(next: URL, push: boolean): void {
    if (next.href === url.value.href) return;
    if (push) window.history.pushState(null, '', next);
    else window.history.replaceState(null, '', next);
    url.value = next;
  }

  function go(path: string): void {
    const next = new URL(path, url.value);
    const moved = next.pathname !== url.value.pathname;
    show(next, true);
    if (moved) window.document.querySelector('main')?.scrollTo(0, 0);
  }

  return {
    url,
    go,
    setQuery: (patch, options) => show(patchedUrl(url.value, patch), options?.push ?? false),
    follow(signal) {
      window.addEventListener(
        'popstate',
        () => {
          url.value = new URL(window.location.href);
        },
        { signal },
      );
      window.document.addEventListener(
        'click',
        (event) => {
          const link = linkOf(event);
          if (link === null || link.pathname.startsWith('/api/')) return;
          event.preventDefault();
          go(link.href);
        },
        { signal },
      );
    },
  };
}
