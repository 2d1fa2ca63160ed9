/** Intervals without samples in the last hours, by site and cause, then one by one. */
import type { Gap } from '@poplar/hub/api/gap-schemas';
import type { JSX } from 'preact';
import { API } from '../api/client.ts';
import { useReading } from '../api/resource.ts';
import { formatDuration } from '../format/duration.ts';
import { Moment } from '../format/figures.tsx';
import { formatCount } from '../format/volume.ts';
import { causeWords, type GapGroup, groupGaps } from '../gaps/group.ts';
import { routerPath, routersPath } from '../routes.ts';
import { CopyButton } from '../shell/copy.tsx';
import { Empty, Notice } from '../shell/notice.tsx';
import { StateMark } from '../state/state-mark.tsx';
import { rowsToCsv } from '../table/csv.ts';
import { downloadText, fileName } from '../table/download.ts';
import { type ListColumn, ListTable } from '../table/list.tsx';
import { useViewer } from '../viewer.ts';
import { FoldedList, ListFilter, PartHeading } from './table-section.tsx';

const HOURS = 6;
/** Beats of five seconds between two readings: gaps are looked for among all polls of the time. */
const BEATS = 12;

const GROUP_COLUMNS: readonly ListColumn<GapGroup>[] = [
  {
    title: 'Cause',
    cell: ({ cause, open, details }) => (
      <>
        {open > 0 ? <StateMark state="down" word={causeWords(cause)} /> : causeWords(cause)}
        {details.length > 0 && <span class="muted"> {details.join(', ')}</span>}
      </>
    ),
  },
  { title: 'Site', cell: ({ site }) => <a href={routersPath(`site:${site}`)}>{site}</a> },
  { title: 'Routers', class: 'right', cell: ({ routers }) => formatCount(routers) },
  { title: 'Gaps', class: 'right mid', cell: ({ gaps }) => formatCount(gaps) },
  {
    title: 'Still open',
    class: 'right',
    cell: ({ open }) => (open === 0 ? null : <span class="alert">{formatCount(open)}</span>),
  },
  { title: 'Longest', class: 'right nowrap', cell: ({ longestMs }) => formatDuration(longestMs) },
  { title: 'Since', class: 'right nowrap wide', hint: 'Start of the first one', cell: ({ sinceMs }) => <Moment ms={sinceMs} /> },
];

const GAP_COLUMNS: readonly ListColumn<Gap>[] = [
  {
    title: 'Router',
    cell: ({ site, router }) => (
      <a href={routerPath(site, router)}>
        <b>{router}</b> <span class="muted">{site}</span>
      </a>
    ),
  },
  { title: 'From', class: 'right nowrap', hint: 'Last sample before', cell: ({ from_ms }) => <Moment ms={from_ms} /> },
  {
    title: 'To',
    class: 'right nowrap',
    hint: 'First sample after',
    cell: ({ open, to_ms }) => (open ? <span class="alert">open</span> : <Moment ms={to_ms} />),
  },
  { title: 'Lasted', class: 'right nowrap', cell: ({ from_ms, to_ms }) => formatDuration(to_ms - from_ms) },
  { title: 'Cause', cell: ({ cause }) => causeWords(cause) },
  { title: 'Detail', class: 'mid', cell: ({ cause, detail }) => (detail === cause ? '' : detail) },
  { title: 'Agent', class: 'wide', cell: ({ agent }) => agent },
  {
    title: 'Failed polls',
    class: 'right wide',
    cell: ({ failed_polls }) => (failed_polls === 0 ? null : formatCount(failed_polls)),
  },
];

/** The gaps of the last hours. */
export function GapsSection(): JSX.Element {
  const { api, beat } = useViewer();
  const { data, error, failingSinceMs, readAtMs } = useReading('gaps', api.gaps, Math.floor(beat.value / BEATS));
  const gaps = data?.gaps ?? [];
  const more = data?.truncated === true ? ', the longest of more' : '';
  return (
    <section class="part" aria-label="Gaps" data-testid="section-gaps">
      <PartHeading
        title="Gaps"
        count={data === null ? '' : `${formatCount(gaps.length)} in ${HOURS} hours${more}`}
        href={API.gaps}
        saveCsv={
          gaps.length === 0 ? undefined : () => downloadText(fileName('gaps', Date.now(), 'csv'), 'text/csv', rowsToCsv(gaps))
        }
      >
        <ListFilter name="gaps" rows={gaps} />
        {data !== null && <CopyButton name="as SQL" text={() => data.sql} />}
      </PartHeading>
      {error !== null && <Notice error={error} sinceMs={failingSinceMs} asOfMs={readAtMs} />}
      {data !== null && gaps.length === 0 && <Empty>Every router was sampled throughout.</Empty>}
      {gaps.length > 0 && (
        <>
          <div class="scroll">
            <ListTable columns={GROUP_COLUMNS} rows={groupGaps(gaps)} keyOf={({ key }) => key} testId="gap-group" />
          </div>
          <FoldedList
            name="gaps"
            rows={gaps}
            columns={GAP_COLUMNS}
            keyOf={({ site, router, from_ms }) => JSON.stringify([site, router, from_ms])}
          />
        </>
      )}
    </section>
  );
}
