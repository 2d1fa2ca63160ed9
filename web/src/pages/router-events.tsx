import type { JSX } from 'preact';
import { API, type AskedEvents } from '../api/client.ts';
import { useReading } from '../api/resource.ts';
import { formatCount } from '../format/volume.ts';
import { periodOf } from '../range.ts';
import { eventsPath } from '../routes.ts';
import { Empty, Notice } from '../shell/notice.tsx';
import { downloadText, fileName } from '../table/download.ts';
import { useViewer } from '../viewer.ts';
import { EventTable, eventsCsv } from './event-table.tsx';
import { PartHeading } from './table-section.tsx';

const LIMIT = 20;
/** Beats of five seconds between two readings: events are made every ten. */
const BEATS = 2;

/** What happened to a router in the range of the page. */
export function RouterEvents({ site, router }: { site: string; router: string }): JSX.Element | null {
  const { api, beat, clock, range } = useViewer();
  const asked = (): AskedEvents => ({ period: periodOf(range.value, clock.nowMs()), site, router, kind: '', limit: LIMIT });
  const { data, error, failingSinceMs, readAtMs } = useReading(
    'events',
    (signal) => api.events(asked(), signal),
    `${JSON.stringify(range.value)} ${Math.floor(beat.value / BEATS)}`,
  );
  if (data === null && error === null) return null;
  const events = data?.events ?? [];
  const more = data !== null && data.next_cursor !== null;
  return (
    <section class="part" aria-label="Events" data-testid="section-events">
      <PartHeading
        title="Events"
        count={`${formatCount(events.length)}${more ? ', the newest of more' : ''}`}
        href={API.events(asked())}
        saveCsv={
          events.length === 0
            ? undefined
            : () => downloadText(fileName(`${site}-${router}-events`, Date.now(), 'csv'), 'text/csv', eventsCsv(events))
        }
      >
        <a href={eventsPath(site, router)}>all events</a>
      </PartHeading>
      {error !== null && <Notice error={error} sinceMs={failingSinceMs} asOfMs={readAtMs} />}
      {data !== null && events.length === 0 && <Empty>Nothing happened to it in this range.</Empty>}
      {events.length > 0 && <EventTable events={events} ofRouter />}
    </section>
  );
}
