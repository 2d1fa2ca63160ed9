import type { PoplarEvent } from '@poplar/hub/api/event-schemas';
import type { JSX } from 'preact';
import { type EventGroup, groupEvents } from '../events/group.ts';
import { eventWords } from '../events/words.ts';
import { formatDuration } from '../format/duration.ts';
import { Moment } from '../format/figures.tsx';
import { formatCount } from '../format/volume.ts';
import { routerPath, routersPath } from '../routes.ts';
import { StateMark } from '../state/state-mark.tsx';
import { toCsv } from '../table/csv.ts';
import { type ListColumn, ListTable } from '../table/list.tsx';

function Happened({ events: [first, ...more] }: EventGroup): JSX.Element {
  const { state, text, more: details } = eventWords(first);
  if (more.length > 0)
    return (
      <>
        <StateMark state={state} word={`${formatCount(routersOf([first, ...more]))} routers ${first.new}`} />
        <span class="muted"> {first.cause}</span>
      </>
    );
  return (
    <>
      <StateMark state={state} word={text} />
      {details !== '' && <span class="muted"> {details}</span>}
    </>
  );
}

function routersOf(events: readonly PoplarEvent[]): number {
  return new Set(events.map(({ router }) => router)).size;
}

function Subject({ events: [first, ...more] }: EventGroup): JSX.Element {
  const { site, router, object } = first;
  if (more.length > 0)
    return (
      <>
        <a href={routersPath(`site:${site}`)}>
          <b>{site}</b>
        </a>
        <span class="muted"> {[first, ...more].map((event) => event.router).join(', ')}</span>
      </>
    );
  if (router === '')
    return (
      <>
        <b>{object}</b> <span class="muted">{site}</span>
      </>
    );
  return (
    <a href={routerPath(site, router)}>
      <b>{router}</b> <span class="muted">{site}</span>
    </a>
  );
}

const WHEN: ListColumn<EventGroup> = {
  title: 'When',
  class: 'nowrap',
  hint: 'Start of the poll that shows it; of several the first',
  cell: ({ events }) => <Moment ms={events.at(-1)?.ts_ms ?? null} />,
};
const WHAT: ListColumn<EventGroup> = { title: 'What', cell: (group) => <Happened {...group} /> };
const PORT: ListColumn<EventGroup> = {
  title: 'Of it',
  hint: 'Interface, MAC address or agent',
  class: 'mid',
  cell: ({ events: [{ router, object }, ...more] }) => (more.length > 0 || router === '' ? '' : object),
};
/** What its own words say already is not said again. */
const TOLD = new Set(['router_state', 'interface_state', 'router_rebooted']);
const LASTED: ListColumn<EventGroup> = {
  title: 'Before',
  class: 'right nowrap mid',
  hint: 'How long it had been as it was before',
  cell: ({ events: [{ kind, lasted_ms }, ...more] }) =>
    more.length > 0 || TOLD.has(kind) || lasted_ms === null ? '' : formatDuration(lasted_ms),
};

/** Columns of events of many routers. */
const ALL: readonly ListColumn<EventGroup>[] = [
  WHEN,
  WHAT,
  { title: 'Where', cell: (group) => <Subject {...group} /> },
  PORT,
  LASTED,
];
/** Columns of events of one router. */
const OWN: readonly ListColumn<EventGroup>[] = [WHEN, WHAT, PORT, LASTED];

/** Events, the newest first; what happens to a site at once is one line. */
export function EventTable({ events, ofRouter = false }: { events: readonly PoplarEvent[]; ofRouter?: boolean }): JSX.Element {
  return (
    <div class="scroll">
      <ListTable columns={ofRouter ? OWN : ALL} rows={groupEvents(events)} keyOf={({ key }) => key} testId="event-row" />
    </div>
  );
}

/** Events as CSV, one by one. */
export function eventsCsv(events: readonly PoplarEvent[]): string {
  return toCsv(
    ['time', 'site', 'kind', 'router', 'object', 'old', 'new', 'cause', 'lasted_ms', 'detail'],
    events.map(({ ts_ms, site, kind, router, object, old, new: now, cause, lasted_ms, detail }) => [
      new Date(ts_ms).toISOString(),
      site,
      kind,
      router,
      object,
      old,
      now,
      cause,
      lasted_ms,
      JSON.stringify(detail),
    ]),
  );
}
