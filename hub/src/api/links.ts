/** Wireless links as they are now, and the histories of wireless clients. */
import { z } from 'zod';
import type { RouteDeps } from './deps.ts';
import { readEvents } from './events.ts';
import { keyOf } from './fleet-routers.ts';
import { type ClientHistory, type Link, type LinkDetail, type LinkList, LinkState, type SignalPoint } from './link-schemas.ts';
import { clientSignal } from './queries/client-signal.ts';
import { LINKS_MAX, linkValues, newestLinkStates } from './queries/links.ts';
import { literalSql } from './queries/query.ts';
import { FUTURE_MAX_MS } from './state.ts';
import { chooseStep } from './steps.ts';

const DAY_MS = 86_400_000;
/** A link without a transition for longer is not known any more, ms; a stale one is not shown for longer than the other. */
const KNOWN_MS = 31 * DAY_MS;
const STALE_SHOWN_MS = 7 * DAY_MS;
/** How old a reading may be whose values are shown, ms. */
const SEEN_MS = 900_000;
const POINTS = 600;
const EVENTS_MAX = 1000;

type Deps = Pick<RouteDeps, 'reader' | 'fleet' | 'now'>;

interface LinkFilter {
  /** Empty: all; so with the next ones. */
  readonly site: string;
  readonly router: string;
  readonly mac: string;
}

const detailOf = z.object({
  cpe_site: z.string(),
  cpe: z.string(),
  cpe_interface: z.string(),
  interface: z.string(),
  roamed_to: z.string(),
});

/** Reads the links of some or all access points; what one says that is polled no more is unknown. @throws StoreError */
export async function readLinks({ reader, fleet, now }: Deps, filter: LinkFilter, signal?: AbortSignal): Promise<LinkList> {
  const nowMs = now();
  const range = { ...filter, from_ms: nowMs - KNOWN_MS, to_ms: nowMs + FUTURE_MAX_MS };
  const params = { ...range, stale_from_ms: nowMs - STALE_SHOWN_MS };
  const [states, values, { byKey }] = await Promise.all([
    reader.rows(newestLinkStates, params, signal),
    reader.rows(linkValues, { ...range, seen_from_ms: nowMs - SEEN_MS }, signal),
    fleet.read(signal),
  ]);
  const seen = new Map(values.map((row) => [JSON.stringify([row.site, row.router, row.mac]), row]));
  const links = states.slice(0, LINKS_MAX).map(({ site, router, mac, newest: [sinceMs, state, cause, detail] }): Link => {
    const told = detailOf.parse(JSON.parse(detail));
    const row = seen.get(JSON.stringify([site, router, mac]));
    const accessPoint = byKey.get(keyOf(site, router))?.summary;
    const isSilent = state !== 'stale' && (accessPoint === undefined || accessPoint.state === 'unknown');
    return {
      site,
      router,
      mac,
      ...told,
      interface: row?.interface ?? told.interface,
      state: isSilent ? 'unknown' : LinkState.parse(state),
      since_ms: isSilent ? (accessPoint?.polled_at_ms ?? null) : sinceMs,
      cause: isSilent ? 'agent_silent' : cause,
      seen_ms: row?.ms ?? null,
      signal_dbm: row?.signal_dbm ?? null,
      snr_db: row?.snr_db ?? null,
      tx_ccq_pct: row?.tx_ccq_pct ?? null,
      tx_rate_bps: row?.tx_rate_bps ?? null,
      rx_rate_bps: row?.rx_rate_bps ?? null,
    };
  });
  return { links, truncated: states.length > LINKS_MAX, sql: literalSql(newestLinkStates.sql, params) };
}

interface HistoryRequest {
  readonly mac: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Reads one link, its transitions and its values over time. @throws StoreError */
export async function readLink(
  deps: Deps,
  { site, router, mac, fromMs, toMs }: HistoryRequest & LinkFilter,
  signal?: AbortSignal,
): Promise<LinkDetail> {
  const [{ links }, transitions, history] = await Promise.all([
    readLinks(deps, { site, router, mac }, signal),
    eventsOf(deps, { site, router, mac, fromMs, toMs }, ['link_state', 'duplicate_mac'], signal),
    readSignal(deps, { site, router, mac, fromMs, toMs }, signal),
  ]);
  return { link: links[0] ?? null, transitions, ...history };
}

/** Reads where a wireless client was, and how well it was heard there. @throws StoreError */
export async function readClient(deps: Deps, request: HistoryRequest, signal?: AbortSignal): Promise<ClientHistory> {
  const everywhere = { ...request, site: '', router: '' };
  const [events, history] = await Promise.all([
    eventsOf(deps, everywhere, ['client_joined', 'client_left', 'client_roamed'], signal),
    readSignal(deps, everywhere, signal),
  ]);
  return { mac: request.mac, events, ...history };
}

async function eventsOf(
  deps: Deps,
  { site, router, mac, fromMs, toMs }: HistoryRequest & LinkFilter,
  kinds: readonly string[],
  signal?: AbortSignal,
) {
  const request = { fromMs, toMs, site, router, object: mac, kinds, after: undefined, limit: EVENTS_MAX };
  return (await readEvents(deps, request, signal)).events;
}

async function readSignal(
  { reader }: Deps,
  { site, router, mac, fromMs, toMs }: HistoryRequest & LinkFilter,
  signal?: AbortSignal,
): Promise<{ from_ms: number; to_ms: number; step_ms: number; points: SignalPoint[]; sql: string }> {
  const params = { site, router, mac, from_ms: fromMs, to_ms: toMs, step_ms: chooseStep(toMs - fromMs, POINTS, 10_000) };
  const points = await reader.rows(clientSignal, params, signal);
  return { from_ms: fromMs, to_ms: toMs, step_ms: params.step_ms, points, sql: literalSql(clientSignal.sql, params) };
}
