import { z } from 'zod';
import type { RouteDeps } from './deps.ts';
import { type EventCursor, encodeEventCursor } from './event-cursor.ts';
import type { EventList } from './event-schemas.ts';
import { eventsQuery } from './queries/events.ts';
import { literalSql } from './queries/query.ts';

export interface EventRequest {
  readonly fromMs: number;
  readonly toMs: number;
  /** Empty: all; so with the next ones. */
  readonly site: string;
  readonly router: string;
  readonly object: string;
  readonly kinds: readonly string[];
  /** Where the page before ended. */
  readonly after: EventCursor | undefined;
  readonly limit: number;
}

const detailOf = z.record(z.string(), z.unknown());

/** Reads a page of events, the newest first. @throws StoreError */
export async function readEvents(
  { reader }: Pick<RouteDeps, 'reader'>,
  { fromMs, toMs, site, router, object, kinds, after, limit }: EventRequest,
  signal?: AbortSignal,
): Promise<EventList> {
  // Before the newest event that there can be.
  const [afterMs, afterSite, afterKind, afterRouter, afterObject] = after ?? [toMs, '', '', '', ''];
  const params = {
    from_ms: fromMs,
    to_ms: toMs,
    site,
    router,
    object,
    kinds: [...kinds],
    after_ms: afterMs,
    after_site: afterSite,
    after_kind: afterKind,
    after_router: afterRouter,
    after_object: afterObject,
    limit,
  };
  // One more tells whether there are more.
  const rows = await reader.rows(eventsQuery, { ...params, limit: limit + 1 }, signal);
  const events = rows.slice(0, limit).map(({ detail, ...row }) => ({ ...row, detail: detailOf.parse(JSON.parse(detail)) }));
  const last = rows.length > limit ? events.at(-1) : undefined;
  return {
    from_ms: fromMs,
    to_ms: toMs,
    events,
    next_cursor: last === undefined ? null : encodeEventCursor([last.ts_ms, last.site, last.kind, last.router, last.object]),
    sql: literalSql(eventsQuery.sql, params),
  };
}
