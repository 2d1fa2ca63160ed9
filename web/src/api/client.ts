import type { AlertRuleList, IncidentList } from '@poplar/hub/api/alert-schemas';
import type { EventList } from '@poplar/hub/api/event-schemas';
import type { GapList, Reconciliation } from '@poplar/hub/api/gap-schemas';
import type { InterfaceInventory, RouterInventory } from '@poplar/hub/api/inventory-schemas';
import type { LinkDetail, LinkList } from '@poplar/hub/api/link-schemas';
import type {
  Health,
  InterfaceSeries,
  Overview,
  PollStrip,
  ProblemDetails,
  RadioClientList,
  RouterDetail,
  RouterList,
  RouterSummary,
} from '@poplar/hub/api/schemas';
import type { Storage } from '@poplar/hub/api/storage-schemas';
import type {
  BgpPeer,
  CollectorList,
  Modem,
  Neighbor,
  OspfNeighbor,
  Port,
  Queue,
  Radio,
  RouterClock,
  TableCountList,
  W60gLink,
  WatchedHost,
} from '@poplar/hub/api/table-schemas';
import type { Period } from '../range.ts';

/** The tables of a router by their paths, and what a row of each is. */
export interface TableRows {
  readonly ports: Port;
  readonly radios: Radio;
  readonly modems: Modem;
  readonly 'w60g-links': W60gLink;
  readonly neighbors: Neighbor;
  readonly queues: Queue;
  readonly 'bgp-peers': BgpPeer;
  readonly 'ospf-neighbors': OspfNeighbor;
  readonly 'watched-hosts': WatchedHost;
  readonly clock: RouterClock;
}

export type TableName = keyof TableRows;

/** What the newest poll that read a table found; null when none did. */
export interface TableNow<Row> {
  readonly polled_at_ms: number | null;
  readonly rows: readonly Row[];
}

/** The hub's JSON API as the viewer uses it. Every method throws `ApiError`, and the signal's reason when it aborts. */
export interface Api {
  readonly overview: (signal: AbortSignal) => Promise<Overview>;
  readonly routers: (signal: AbortSignal) => Promise<readonly RouterSummary[]>;
  readonly router: (site: string, router: string, signal: AbortSignal) => Promise<RouterDetail>;
  readonly radioClients: (site: string, router: string, signal: AbortSignal) => Promise<RadioClientList>;
  readonly collectors: (site: string, router: string, signal: AbortSignal) => Promise<CollectorList>;
  readonly counts: (site: string, router: string, signal: AbortSignal) => Promise<TableCountList>;
  readonly table: <Name extends TableName>(
    site: string,
    router: string,
    name: Name,
    signal: AbortSignal,
  ) => Promise<TableNow<TableRows[Name]>>;
  readonly polls: (site: string, router: string, period: Period, signal: AbortSignal) => Promise<PollStrip>;
  readonly series: (
    site: string,
    router: string,
    port: string,
    period: Period,
    points: number,
    signal: AbortSignal,
  ) => Promise<InterfaceSeries>;
  /** All open incidents, up to a page. */
  readonly openIncidents: (signal: AbortSignal) => Promise<IncidentList>;
  /** The latest of those that are closed. */
  readonly closedIncidents: (signal: AbortSignal) => Promise<IncidentList>;
  readonly alertRules: (signal: AbortSignal) => Promise<AlertRuleList>;
  readonly health: (signal: AbortSignal) => Promise<Health>;
  readonly links: (signal: AbortSignal) => Promise<LinkList>;
  /** A link with its last day. */
  readonly link: (site: string, router: string, mac: string, signal: AbortSignal) => Promise<LinkDetail>;
  /** Gaps of the last six hours. */
  readonly gaps: (signal: AbortSignal) => Promise<GapList>;
  /** Events of a period, the newest first. */
  readonly events: (asked: AskedEvents, signal: AbortSignal) => Promise<EventList>;
  /** The balance of today, UTC. */
  readonly reconciliation: (signal: AbortSignal) => Promise<Reconciliation>;
  readonly storage: (signal: AbortSignal) => Promise<Storage>;
  /** The first page of what has this text in it; null reads nothing. */
  readonly inventoryRouters: (q: string | null, signal: AbortSignal) => Promise<RouterInventory | null>;
  readonly inventoryInterfaces: (q: string | null, signal: AbortSignal) => Promise<InterfaceInventory | null>;
}

/** Which events are asked for; empty texts leave the choice open. */
export interface AskedEvents {
  readonly period: Period;
  readonly site: string;
  readonly router: string;
  /** Kinds, with commas between. */
  readonly kind: string;
  readonly limit: number;
}

/** Why the API did not answer as asked, in words that can be shown. */
export class ApiError extends Error {
  /** HTTP status; 0 when no answer came at all. */
  readonly status: number;
  /** What the person can try. */
  readonly hint: string;
  /** Whether the same request may succeed later: no answer, too busy, or a failure of the hub. */
  readonly passing: boolean;

  constructor(message: string, status: number, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ApiError';
    this.status = status;
    this.hint = hint;
    this.passing = status === 0 || status === 429 || status >= 500;
  }
}

/** Addresses of the API: what “as JSON” opens, and what the viewer itself reads. */
export const API = {
  overview: '/api/v1/overview',
  routers: '/api/v1/routers',
  sites: '/api/v1/sites',
  openIncidents: '/api/v1/incidents?state=open&limit=5000',
  closedIncidents: '/api/v1/incidents?state=closed&limit=200',
  alertRules: '/api/v1/alert-rules',
  health: '/api/v1/health',
  links: '/api/v1/links',
  link: (site: string, router: string, mac: string): string =>
    `/api/v1/links/${encodeURIComponent(site)}/${encodeURIComponent(router)}/${encodeURIComponent(mac)}`,
  gaps: '/api/v1/gaps',
  reconciliation: '/api/v1/reconciliation',
  storage: '/api/v1/storage',
  inventoryRouters: (q: string): string => `/api/v1/inventory/routers?q=${encodeURIComponent(q)}`,
  inventoryInterfaces: (q: string): string => `/api/v1/inventory/interfaces?q=${encodeURIComponent(q)}`,
  router: (site: string, router: string): string => `/api/v1/routers/${encodeURIComponent(site)}/${encodeURIComponent(router)}`,
  radioClients: (site: string, router: string): string => `${API.router(site, router)}/radio-clients`,
  collectors: (site: string, router: string): string => `${API.router(site, router)}/collectors`,
  counts: (site: string, router: string): string => `${API.router(site, router)}/table-counts`,
  table: (site: string, router: string, name: TableName): string => `${API.router(site, router)}/${name}`,
  polls: (site: string, router: string, period: Period): string =>
    `${API.router(site, router)}/polls?from_ms=${Math.round(period.fromMs)}&to_ms=${Math.round(period.toMs)}`,
  events: ({ period, site, router, kind, limit }: AskedEvents): string =>
    `/api/v1/events?${new URLSearchParams({
      from_ms: String(Math.round(period.fromMs)),
      to_ms: String(Math.round(period.toMs)),
      ...(site === '' ? {} : { site }),
      ...(router === '' ? {} : { router }),
      ...(kind === '' ? {} : { kind }),
      limit: String(limit),
    }).toString()}`,
  series: (site: string, router: string, port: string, period: Period, points: number): string =>
    `${API.router(site, router)}/interfaces/${encodeURIComponent(port)}/series` +
    `?from_ms=${Math.round(period.fromMs)}&to_ms=${Math.round(period.toMs)}&points=${points}`,
} as const;

const PAGE_SIZE = 5000;
/** No fleet is read further than this: 20 pages, 100 000 routers. */
const PAGES_MAX = 20;

function isProblem(value: unknown): value is ProblemDetails {
  return typeof value === 'object' && value !== null && 'title' in value && typeof value.title === 'string';
}

// The types are the hub's own schemas, and hub and viewer are built from one commit: that it is this answer at all is
// what is checked, not every field again.
function isAnswer<T extends object>(value: unknown, key: keyof T & string): value is T {
  return typeof value === 'object' && value !== null && key in value;
}

function hintFor(status: number): string {
  if (status === 404) return 'Check the address: the router or port may have been renamed or never polled.';
  if (status === 403) return 'The hub answers only on the addresses it was told to; open it by the name in its configuration.';
  if (status === 429 || status === 503) return 'The hub is busy or still starting; this page tries again by itself.';
  if (status >= 500) return 'The hub failed at this; its log says why. This page tries again by itself.';
  return '';
}

async function errorOf(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => null);
  if (!isProblem(body))
    return new ApiError(`The hub answered with status ${response.status}`, response.status, hintFor(response.status));
  const detail = typeof body.detail === 'string' && body.detail !== '' ? body.detail : hintFor(response.status);
  return new ApiError(body.title, response.status, detail);
}

/** Makes the client of an API under `origin` (empty: where the page came from). */
export function createApi(fetch: typeof globalThis.fetch, origin = ''): Api {
  async function read<T extends object>(path: string, key: keyof T & string, signal: AbortSignal): Promise<T> {
    let response: Response;
    try {
      response = await fetch(`${origin}${path}`, { signal, headers: { accept: 'application/json' } });
    } catch (cause) {
      if (signal.aborted) throw signal.reason;
      throw new ApiError(
        'The hub does not answer',
        0,
        'Check that the hub runs and that this machine reaches it; this page tries again by itself.',
        { cause },
      );
    }
    if (!response.ok) throw await errorOf(response);
    const body: unknown = await response.json().catch(() => null);
    if (isAnswer<T>(body, key)) return body;
    throw new ApiError(
      'The answer is not one of this hub',
      response.status,
      'A proxy may stand between; reload the page, and open the address below /api/v1 by hand.',
    );
  }

  async function routers(signal: AbortSignal): Promise<readonly RouterSummary[]> {
    const all: RouterSummary[] = [];
    let cursor: string | null = null;
    for (let page = 0; page < PAGES_MAX; page += 1) {
      const after: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const list: RouterList = await read<RouterList>(`${API.routers}?limit=${PAGE_SIZE}${after}`, 'routers', signal);
      all.push(...list.routers);
      cursor = list.next_cursor;
      if (cursor === null) break;
    }
    return all;
  }

  return {
    routers,
    overview: (signal) => read<Overview>(API.overview, 'hub_time_ms', signal),
    openIncidents: (signal) => read<IncidentList>(API.openIncidents, 'incidents', signal),
    closedIncidents: (signal) => read<IncidentList>(API.closedIncidents, 'incidents', signal),
    alertRules: (signal) => read<AlertRuleList>(API.alertRules, 'rules', signal),
    health: (signal) => read<Health>(API.health, 'engine', signal),
    links: (signal) => read<LinkList>(API.links, 'links', signal),
    link: (site, router, mac, signal) => read<LinkDetail>(API.link(site, router, mac), 'transitions', signal),
    gaps: (signal) => read<GapList>(API.gaps, 'gaps', signal),
    events: (asked, signal) => read<EventList>(API.events(asked), 'events', signal),
    reconciliation: (signal) => read<Reconciliation>(API.reconciliation, 'agents', signal),
    storage: (signal) => read<Storage>(API.storage, 'disks', signal),
    inventoryRouters: async (q, signal) =>
      q === null ? null : await read<RouterInventory>(API.inventoryRouters(q), 'routers', signal),
    inventoryInterfaces: async (q, signal) =>
      q === null ? null : await read<InterfaceInventory>(API.inventoryInterfaces(q), 'interfaces', signal),
    router: (site, router, signal) => read<RouterDetail>(API.router(site, router), 'interfaces', signal),
    radioClients: (site, router, signal) => read<RadioClientList>(API.radioClients(site, router), 'clients', signal),
    collectors: (site, router, signal) => read<CollectorList>(API.collectors(site, router), 'collectors', signal),
    counts: (site, router, signal) => read<TableCountList>(API.counts(site, router), 'counts', signal),
    table: <Name extends TableName>(site: string, router: string, name: Name, signal: AbortSignal) =>
      read<TableNow<TableRows[Name]>>(API.table(site, router, name), 'rows', signal),
    polls: (site, router, period, signal) => read<PollStrip>(API.polls(site, router, period), 'buckets', signal),
    series: (site, router, port, period, points, signal) =>
      read<InterfaceSeries>(API.series(site, router, port, period, points), 'ts_ms', signal),
  };
}
