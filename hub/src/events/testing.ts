/** Events for tests: rows and what the writer does with them, and what came of it. */
import { Registry } from 'prom-client';
import { pollRow, SILENT, type TestRow, type TestStore } from '../api/testing.ts';
import { insertMarks } from '../rollup/insert-marks.ts';
import { bucketStart } from '../rollup/marks.ts';
import type { Derivation } from './derivation.ts';
import { createEvents, type EventsConfig } from './events.ts';
import { createEventMetrics } from './metrics.ts';
import { rangesOf } from './plan.ts';
import { SIGHTING_SPAN_MS } from './sightings.ts';
import { createEventStore, type EventStore } from './store.ts';

/** Rows of raw tables, `polls` among them, by table. */
export type TestRows = Readonly<Record<string, readonly (TestRow & { readonly ts: number })[]>>;

const OUTCOMES: Readonly<Record<string, string>> = { '.': 'ok', p: 'partial', t: 'timeout', r: 'refused', a: 'auth' };

/** Polls every stepMs from fromMs on, a letter each: a dot was answered, t timed out, r is refused; where a blank is there was none. */
export function visits(text: string, fromMs: number, row: TestRow = {}, stepMs = 10_000): (TestRow & { readonly ts: number })[] {
  return text.split('').flatMap((letter, index) => {
    const outcome = OUTCOMES[letter];
    if (outcome === undefined) return [];
    const error = outcome === 'ok' || outcome === 'partial' ? '' : `it is ${outcome}`;
    return [{ ...pollRow({ ts: fromMs + index * stepMs, outcome, error, ...row }), ts: fromMs + index * stepMs }];
  });
}

/** Inserts rows as the writer does: `polls` behind the others, then the marks of the polls. */
export async function insertPolled(store: TestStore, { polls = [], ...tables }: TestRows): Promise<void> {
  for (const [table, rows] of Object.entries(tables)) await store.insert(table, rows);
  await store.insert('polls', polls);
  const marks = new Map(
    polls.map(({ site, ts }) => [`${site} ${bucketStart(ts)}`, { site: String(site), bucketMs: bucketStart(ts) }]),
  );
  await insertMarks(store.client, [...marks.values()], new AbortController().signal);
}

/** A maker of events as at nowMs, that takes turns when it is told to. */
export function testEvents(
  { client, database }: TestStore,
  derivations: readonly Derivation[],
  nowMs: number,
  given: Partial<EventsConfig & { store: EventStore }> = {},
) {
  const { store = createEventStore(client, database), ...config } = given;
  return createEvents(
    { holder: 'h1', derivations, ...config },
    { store, nowMs: () => nowMs, monotonicMs: () => 0, log: SILENT, metrics: createEventMetrics(new Registry()) },
  );
}

/** Takes turns until no mark is left. */
export async function makeAll(events: Pick<ReturnType<typeof createEvents>, 'turn'>): Promise<void> {
  while (await events.turn(new AbortController().signal));
}

/** Puts down who was seen in all that is stored, as turns do, whatever the polls say of their rows. */
export async function seeAll({ client, database }: TestStore): Promise<void> {
  const answer = await client.query({
    query: 'SELECT DISTINCT site, toUnixTimestamp64Milli(ts) AS ms FROM polls',
    format: 'JSONEachRow',
  });
  const marks = (await answer.json<{ site: string; ms: string }>()).map(({ site, ms }) => ({
    site,
    bucketMs: bucketStart(Number(ms)),
  }));
  const store = createEventStore(client, database);
  const ranges = rangesOf(marks, { forwardMs: 0, spanMs: SIGHTING_SPAN_MS }, Number.MAX_SAFE_INTEGER);
  for (const range of ranges) await store.see(range, true, new AbortController().signal);
}

export interface TestEvent {
  readonly ts: number;
  readonly site: string;
  readonly kind: string;
  readonly router: string;
  readonly object: string;
  readonly old: string;
  readonly new: string;
  readonly cause: string;
  readonly detail: unknown;
  readonly lasted_ms: number | null;
}

/** All events that are stored, in order of time. */
export async function storedEvents({ client }: TestStore): Promise<TestEvent[]> {
  const answer = await client.query({
    query: `SELECT toUnixTimestamp64Milli(ts) AS ts, site, kind, router, object, old, new, cause, detail, lasted_ms
      FROM events FINAL ORDER BY events.ts, site, router, kind, object`,
    format: 'JSONEachRow',
  });
  const rows = await answer.json<Record<keyof TestEvent, unknown>>();
  return rows.map((row) => ({
    ts: Number(row.ts),
    site: String(row.site),
    kind: String(row.kind),
    router: String(row.router),
    object: String(row.object),
    old: String(row.old),
    new: String(row.new),
    cause: String(row.cause),
    detail: JSON.parse(String(row.detail)),
    lasted_ms: row.lasted_ms === null ? null : Number(row.lasted_ms),
  }));
}
