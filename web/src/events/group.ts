import type { PoplarEvent } from '@poplar/hub/api/event-schemas';

/** Events that tell the same of a site at about the same time; most are one event for itself. */
export interface EventGroup {
  readonly key: string;
  /** The newest first. */
  readonly events: readonly [PoplarEvent, ...PoplarEvent[]];
}

/** From this many routers on, what happens to them at once is one line. */
const ROUTERS_MIN = 3;
/** Events are of one line while they follow each other no later than this, ms. */
const APART_MS = 60_000;

function nameOf({ ts_ms, site, kind, router, object }: PoplarEvent): string {
  return JSON.stringify([ts_ms, site, kind, router, object]);
}

/** Joins events, the newest first, of one site, kind, change and cause: 37 routers that go down together are one line. */
export function groupEvents(events: readonly PoplarEvent[]): EventGroup[] {
  const open = new Map<string, PoplarEvent[]>();
  const runs: PoplarEvent[][] = [];
  for (const event of events) {
    const alike = JSON.stringify([event.site, event.kind, event.old, event.new, event.cause]);
    const run = open.get(alike);
    const last = run?.at(-1);
    if (run !== undefined && last !== undefined && last.ts_ms - event.ts_ms <= APART_MS) run.push(event);
    else {
      const started = [event];
      open.set(alike, started);
      runs.push(started);
    }
  }
  return runs
    .flatMap((run) => (new Set(run.map(({ router }) => router)).size >= ROUTERS_MIN ? [run] : run.map((event) => [event])))
    .flatMap(([first, ...more]) => (first === undefined ? [] : [{ key: nameOf(first), events: [first, ...more] as const }]))
    .sort((a, b) => b.events[0].ts_ms - a.events[0].ts_ms);
}
