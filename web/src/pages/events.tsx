import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { API, type AskedEvents } from '../api/client.ts';
import { useReading } from '../api/resource.ts';
import { EVENT_KINDS } from '../events/words.ts';
import { formatCount } from '../format/volume.ts';
import { periodOf } from '../range.ts';
import { CopyButton } from '../shell/copy.tsx';
import { Empty, Notice } from '../shell/notice.tsx';
import { downloadText, fileName } from '../table/download.ts';
import { useViewer } from '../viewer.ts';
import { EventTable, eventsCsv } from './event-table.tsx';

const PAGE = 200;
const LIMIT_MAX = 5000;
/** Beats of five seconds between two readings: events are made every ten. */
const BEATS = 2;

/** What happened in a range: transitions of routers, interfaces and agents, filtered as the address says. */
export function EventsPage(): JSX.Element {
  const viewer = useViewer();
  const { place, api, clock } = viewer;
  const params = place.url.value.searchParams;
  const [site, router, kind] = [params.get('site') ?? '', params.get('router') ?? '', params.get('kind') ?? ''] as const;
  const [limit, setLimit] = useState(PAGE);
  const range = viewer.range.value;
  const asked = (): AskedEvents => ({ period: periodOf(range, clock.nowMs()), site, router, kind, limit });
  const beat = Math.floor(viewer.beat.value / BEATS);
  const { data, error, failingSinceMs, readAtMs } = useReading(
    JSON.stringify([range, site, router, kind]),
    (signal) => api.events(asked(), signal),
    `${beat} ${limit}`,
  );
  const events = data?.events ?? [];
  const more = data !== null && data.next_cursor !== null;
  const narrowed = site !== '' || router !== '' || kind !== '';
  return (
    <section class="page events" aria-label="Events">
      <div class="toolbar">
        <h1>Events</h1>
        <span class="count">{data === null ? '' : `${formatCount(events.length)}${more ? ', the newest of more' : ''}`}</span>
        <select
          aria-label="Kind"
          value={kind}
          onChange={(event) => place.setQuery({ kind: event.currentTarget.value }, { push: true })}
        >
          <option value="">every kind</option>
          {EVENT_KINDS.map(([value, name]) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </select>
        {(['site', 'router'] as const).map((name) => (
          <input
            key={name}
            type="search"
            class="narrow-by"
            aria-label={`Only this ${name}`}
            placeholder={name}
            value={name === 'site' ? site : router}
            onChange={(event) => place.setQuery({ [name]: event.currentTarget.value.trim() }, { push: true })}
          />
        ))}
        <div class="actions">
          {data !== null && <CopyButton name="as SQL" text={() => data.sql} />}
          <button
            type="button"
            disabled={events.length === 0}
            onClick={() => downloadText(fileName('events', Date.now(), 'csv'), 'text/csv', eventsCsv(events))}
          >
            CSV
          </button>
          <a href={API.events(asked())} target="_blank" rel="noreferrer">
            as JSON
          </a>
        </div>
      </div>
      {error !== null && <Notice error={error} sinceMs={failingSinceMs} asOfMs={readAtMs} />}
      {data !== null && events.length === 0 && (
        <Empty>
          {narrowed
            ? 'Nothing of that happened in this range.'
            : 'Nothing happened in this range: no router, interface or agent changed.'}
        </Empty>
      )}
      {events.length > 0 && <EventTable events={events} />}
      {more && limit < LIMIT_MAX && (
        <button type="button" class="unfold" onClick={() => setLimit(Math.min(LIMIT_MAX, limit * 3))}>
          Show more
        </button>
      )}
    </section>
  );
}
