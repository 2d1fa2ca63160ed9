import type { RouterSummary } from '@poplar/hub/api/schemas';
import type { JSX, TargetedKeyboardEvent } from 'preact';
import { useState } from 'preact/hooks';
import { matchesQuery, parseQuery } from '../query/tokens.ts';
import { routerPath, routersPath } from '../routes.ts';
import { StateMark } from '../state/state-mark.tsx';
import { compareNames } from '../table/sort.ts';
import { useViewer } from '../viewer.ts';

const HITS_MAX = 8;

/** The first routers that the text finds, those whose name starts with it first. */
function findHits(routers: readonly RouterSummary[], text: string): { hits: RouterSummary[]; total: number } {
  const query = parseQuery(text);
  if (query.terms.length === 0) return { hits: [], total: 0 };
  const start = text.trim().toLowerCase();
  const rank = (router: RouterSummary): number => (router.router.toLowerCase().startsWith(start) ? 0 : 1);
  const found = routers.filter((router) => matchesQuery(query, router));
  found.sort((left, right) => rank(left) - rank(right) || compareNames(left.router, right.router));
  return { hits: found.slice(0, HITS_MAX), total: found.length };
}

function Hit({ router, chosen, id }: { router: RouterSummary; chosen: boolean; id: string }): JSX.Element {
  return (
    <a id={id} role="option" aria-selected={chosen} href={routerPath(router.site, router.router)} tabIndex={-1}>
      <StateMark state={router.state} />
      <b>{router.router}</b>
      <span>{router.site}</span>
      <span class="muted">{router.identity !== null && router.identity !== router.router ? router.identity : router.board}</span>
      <span class="muted">{router.address}</span>
    </a>
  );
}

/** One box: on the router list it filters as one types; anywhere else it finds a router and goes there. */
export function Search(): JSX.Element {
  const viewer = useViewer();
  const [typed, setTyped] = useState('');
  const [open, setOpen] = useState(false);
  const [chosen, setChosen] = useState(-1);
  const filtering = viewer.route.value.page === 'routers';
  const text = filtering ? (viewer.place.url.value.searchParams.get('q') ?? '') : typed;
  const { hits, total } = !filtering && open ? findHits(viewer.fleet.routers.value ?? [], typed) : { hits: [], total: 0 };
  const shown = !filtering && open && typed.trim() !== '';

  function type(next: string): void {
    if (filtering) viewer.place.setQuery({ q: next });
    else {
      setTyped(next);
      setChosen(-1);
      setOpen(true);
    }
  }

  function leave(path: string, input: HTMLInputElement): void {
    setTyped('');
    setOpen(false);
    input.blur();
    viewer.place.go(path);
  }

  function onKeyDown(event: TargetedKeyboardEvent<HTMLInputElement>): void {
    const input = event.currentTarget;
    if (event.key === 'Escape') {
      if (filtering || typed === '') input.blur();
      setTyped('');
      setOpen(false);
    } else if (filtering) {
      if (event.key === 'Enter') input.blur();
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      const count = hits.length;
      if (count > 0) setChosen((chosen + (event.key === 'ArrowDown' ? 1 : count + (chosen === -1 ? 0 : -1))) % count);
      event.preventDefault();
    } else if (event.key === 'Enter' && typed.trim() !== '') {
      const hit = hits[chosen] ?? (total === 1 ? hits[0] : undefined);
      leave(hit === undefined ? routersPath(typed.trim()) : routerPath(hit.site, hit.router), input);
    }
  }

  return (
    <div class="search" role="search" onFocusOut={() => setOpen(false)} onFocusIn={() => setOpen(true)}>
      <svg class="icon" viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
        <path d="M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zM10.6 10.6 14.5 14.5" />
      </svg>
      <input
        id="search"
        type="text"
        enterkeyhint="search"
        autocomplete="off"
        spellcheck={false}
        role="combobox"
        aria-label={filtering ? 'Filter routers' : 'Find a router'}
        aria-expanded={shown}
        aria-controls="search-hits"
        {...(chosen >= 0 ? { 'aria-activedescendant': `search-hit-${chosen}` } : {})}
        placeholder={filtering ? 'Filter: site:fra1 state:down model:RB* ros:7 cpu:>80' : 'Find a router, site, address, model'}
        value={text}
        onInput={(event) => type(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      <kbd aria-hidden="true">/</kbd>
      {shown && (
        // The press must not take the focus from the box, or the list closes before the click arrives.
        <div
          id="search-hits"
          class="hits"
          role="listbox"
          aria-label="Routers found"
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => leaveOnClick(setTyped, setOpen)}
        >
          {hits.map((router, index) => (
            <Hit key={`${router.site}/${router.router}`} id={`search-hit-${index}`} router={router} chosen={index === chosen} />
          ))}
          {total === 0 ? (
            <p class="muted">No router has “{typed.trim()}” in its name, identity, site, address, model or problem.</p>
          ) : (
            <a class="all" href={routersPath(typed.trim())} tabIndex={-1}>
              {total === 1 ? 'Show it' : `Show all ${total}`} in the router list
            </a>
          )}
        </div>
      )}
    </div>
  );
}

function leaveOnClick(setTyped: (text: string) => void, setOpen: (open: boolean) => void): void {
  setTyped('');
  setOpen(false);
  if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
}
