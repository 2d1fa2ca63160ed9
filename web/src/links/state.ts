/** How the states of links are shown and ordered. Pure. */
import type { Link, LinkState } from '@poplar/hub/api/link-schemas';
import type { RouterState } from '@poplar/hub/api/schemas';

/** The states of links, worst first. */
export const LINK_STATES: readonly LinkState[] = ['down', 'degraded', 'unknown', 'stale', 'discovered', 'active'];

/** Which of the four shapes and colours stands for a state. */
export function markOf(state: LinkState): RouterState {
  switch (state) {
    case 'active':
    case 'discovered':
      return 'up';
    case 'degraded':
      return 'suspect';
    case 'down':
      return 'down';
    case 'stale':
    case 'unknown':
      return 'unknown';
  }
}

const WORDS: Readonly<Record<string, string>> = {
  registered: 'registered',
  settled: 'stays registered',
  recovered: 'values are good again',
  reached: 'access point is reached again',
  signal: 'weak signal',
  snr: 'low signal to noise',
  ccq: 'low connection quality',
  quality: 'was bad a moment ago',
  not_registered: 'not registered any more',
  ap_without_clients: 'access point has no clients',
  roamed: 'roamed',
  ap_unreachable: 'access point is not reached',
  table_not_read: 'registration table is not read',
  duplicate_mac: 'several routers have the address',
  cpe_changed: 'another router has the address',
  cpe_unknown: 'no router has the address any more',
  agent_silent: 'access point is not polled',
};

/** A cause in words. */
export function linkCauseWords(cause: string): string {
  return WORDS[cause] ?? cause;
}

/** The links, the worst and of these the newest change first. */
export function worstFirst(links: readonly Link[]): Link[] {
  return links.toSorted(
    (a, b) =>
      LINK_STATES.indexOf(a.state) - LINK_STATES.indexOf(b.state) ||
      (b.since_ms ?? 0) - (a.since_ms ?? 0) ||
      linkKey(a).localeCompare(linkKey(b)),
  );
}

/** Names a link: in keys of rows and in the address. */
export function linkKey({ site, router, mac }: Pick<Link, 'site' | 'router' | 'mac'>): string {
  return `${site}/${router}/${mac}`;
}
