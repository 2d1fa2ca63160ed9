import { stepRange } from '../range.ts';
import { hasRange } from '../routes.ts';
import type { Viewer } from '../viewer.ts';

/** The keys, in the order the help lists them. */
export const KEYS: readonly (readonly [string, string])[] = [
  ['/', 'search, or filter on the router list'],
  ['j  k', 'next, previous row'],
  ['Enter', 'open the row: a router, or the graph of a port'],
  ['[  ]', 'one range back, forth'],
  ['l', 'live on and off'],
  ['g o', 'overview'],
  ['g r', 'routers'],
  ['g s', 'sites'],
  ['g a', 'alerts'],
  ['g l', 'wireless links'],
  ['g e', 'events'],
  ['g i', 'inventory'],
  ['g h', 'data health'],
  ['?', 'these keys'],
  ['Esc', 'leave the box or the dialog'],
];

const PAGES: Readonly<Record<string, string>> = {
  o: '/',
  r: '/routers',
  s: '/sites',
  l: '/links',
  a: '/alerts',
  e: '/events',
  i: '/inventory',
  h: '/health',
};

/** A second key later than this after `g` is a key of its own. */
const CHORD_MS = 1500;

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

/** Moves the focus along the rows of the page. */
function moveRow(document: Document, step: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>('main [data-row]')];
  const current = document.activeElement?.closest<HTMLElement>('[data-row]') ?? null;
  const at = current === null ? -1 : rows.indexOf(current);
  const next = at === -1 ? rows[0] : rows[at + step];
  next?.focus();
}

/** Listens to the keys of the viewer until the signal aborts. */
export function listenToKeys(window: Window, viewer: Viewer, openHelp: () => void, signal: AbortSignal): void {
  const { document } = window;
  let chordAtMs = -Infinity;

  function onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const chord = event.timeStamp - chordAtMs < CHORD_MS;
    chordAtMs = -Infinity;
    const page = chord ? PAGES[event.key] : undefined;
    if (page !== undefined) viewer.place.go(page);
    else if (event.key === 'g') chordAtMs = event.timeStamp;
    else if (event.key === '/') document.querySelector<HTMLInputElement>('#search')?.select();
    else if (event.key === 'j') moveRow(document, 1);
    else if (event.key === 'k') moveRow(document, -1);
    else if (event.key === '?') openHelp();
    else if (event.key === 'l') viewer.toggleLive();
    else if (hasRange(viewer.route.value) && (event.key === '[' || event.key === ']')) {
      viewer.setRange(stepRange(viewer.range.value, event.key === '[' ? -1 : 1, viewer.clock.nowMs()), { push: true });
    } else if (event.key === 'Enter' && event.target instanceof HTMLElement && event.target.matches('[data-row]')) {
      event.target.click();
    } else return;
    event.preventDefault();
  }

  document.addEventListener('keydown', onKey, { signal });
}
