/** What is read from a router, how often, at what cost; what is not, and why. */

import type { RouterState } from '@poplar/hub/api/schemas';
import type { CollectorReport } from '@poplar/hub/api/table-schemas';
import type { JSX } from 'preact';
import { API } from '../api/client.ts';
import { formatDuration, formatLatency } from '../format/duration.ts';
import { Age } from '../format/figures.tsx';
import { formatCount } from '../format/volume.ts';
import { StateMark } from '../state/state-mark.tsx';
import { rowsToCsv } from '../table/csv.ts';
import { downloadText, fileName } from '../table/download.ts';
import type { ListColumn } from '../table/list.tsx';
import { FoldedList, ListFilter, PartHeading } from './table-section.tsx';

/** What one wants to see first: what was given up, then what costs most, last what the router does not have. */
const WEIGHT: Readonly<Record<string, number>> = { shed: 0, forbidden: 1, slowed: 2, running: 3, '': 4, absent: 5 };
const SHAPE: Readonly<Record<string, RouterState>> = { running: 'up', slowed: 'suspect', shed: 'down', forbidden: 'suspect' };

function byWeight(left: CollectorReport, right: CollectorReport): number {
  return (
    (WEIGHT[left.state] ?? 3) - (WEIGHT[right.state] ?? 3) ||
    msPerMinute(right) - msPerMinute(left) ||
    left.collector.localeCompare(right.collector)
  );
}

/** How long reading takes of every minute, ms. */
function msPerMinute({ interval_ms, duration_mean_ms, state }: CollectorReport): number {
  if (state === 'shed' || state === 'absent' || interval_ms === null || interval_ms === 0) return 0;
  return ((duration_mean_ms ?? 0) * 60_000) / interval_ms;
}

const COLUMNS: readonly ListColumn<CollectorReport>[] = [
  { title: 'Collector', cell: ({ collector }) => <b>{collector.replaceAll('_', ' ')}</b> },
  {
    title: 'State',
    cell: ({ state, reason }) => (
      <>
        <StateMark state={SHAPE[state] ?? 'unknown'} word={state || 'not reported'} />
        {reason !== '' && <span class="muted wide"> {reason}</span>}
      </>
    ),
  },
  { title: 'Every', class: 'right nowrap', cell: ({ interval_ms }) => formatDuration(interval_ms) },
  {
    title: 'Answered',
    class: 'right mid nowrap',
    cell: ({ answered_at_ms }) =>
      answered_at_ms === null ? null : (
        <>
          <Age ms={answered_at_ms} /> ago
        </>
      ),
  },
  { title: 'Rows', class: 'right wide', cell: ({ rows }) => formatCount(rows) },
  {
    title: 'Took',
    class: 'right wide',
    hint: 'By the newest report',
    cell: ({ duration_last_ms }) => formatLatency(duration_last_ms),
  },
  { title: 'Mean', class: 'right', hint: 'Over three hours', cell: ({ duration_mean_ms }) => formatLatency(duration_mean_ms) },
  { title: 'Longest', class: 'right mid', hint: 'In three hours', cell: ({ duration_max_ms }) => formatLatency(duration_max_ms) },
  {
    title: 'Per minute',
    class: 'right wide',
    hint: 'How long reading it takes of every minute',
    cell: (report) => (msPerMinute(report) === 0 ? null : formatLatency(msPerMinute(report))),
  },
];

export function Collection({
  site,
  router,
  collectors,
}: {
  site: string;
  router: string;
  collectors: readonly CollectorReport[];
}): JSX.Element | null {
  if (collectors.length === 0) return null;
  const sorted = [...collectors].sort(byWeight);
  const total = collectors.reduce((sum, report) => sum + msPerMinute(report), 0);
  const counts = ['shed', 'slowed', 'forbidden', 'absent'].flatMap((state) => {
    const count = collectors.filter((report) => report.state === state).length;
    return count === 0 ? [] : [`${count} ${state}`];
  });
  return (
    <section class="part" aria-label="Collection" data-testid="section-collection">
      <PartHeading
        title="Collection"
        count={[
          `${collectors.length} collectors`,
          ...counts,
          ...(total > 0 ? [`reading takes ${formatLatency(total)} of each minute`] : []),
        ].join(', ')}
        href={API.collectors(site, router)}
        saveCsv={() => downloadText(fileName(`${site}-${router}-collectors`, Date.now(), 'csv'), 'text/csv', rowsToCsv(sorted))}
      >
        <ListFilter name="collectors" rows={sorted} />
      </PartHeading>
      <FoldedList name="collectors" rows={sorted} columns={COLUMNS} keyOf={({ collector }) => collector} />
    </section>
  );
}
