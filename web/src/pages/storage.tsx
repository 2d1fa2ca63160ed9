/** What tables take on disk, how long their rows are kept, and the room that is left. */
import type { Storage, StoredTable } from '@poplar/hub/api/storage-schemas';
import type { JSX } from 'preact';
import { API } from '../api/client.ts';
import { useReading } from '../api/resource.ts';
import { formatDay } from '../format/time.ts';
import { formatBytes, formatCount } from '../format/volume.ts';
import { CopyButton } from '../shell/copy.tsx';
import { Notice } from '../shell/notice.tsx';
import { toCsv } from '../table/csv.ts';
import { downloadText, fileName } from '../table/download.ts';
import { type ListColumn, ListTable } from '../table/list.tsx';
import { useViewer } from '../viewer.ts';
import { PartHeading } from './table-section.tsx';

/** Beats of five seconds between two readings. */
const BEATS = 12;
/** Below this the hub soon stores nothing: `hub doctor` calls it a fault too. */
const FREE_BYTES_MIN = 1024 ** 3;

/** How long rows are kept; empty for tables that only hold what is newest. */
function keptText({ tier, keep_days }: StoredTable): string {
  if (tier === null) return '';
  return keep_days === null ? 'for ever' : `${formatCount(keep_days)} days`;
}

const COLUMNS: readonly ListColumn<StoredTable>[] = [
  { title: 'Table', cell: ({ table }) => <b>{table}</b> },
  { title: 'On disk', class: 'right', cell: ({ bytes }) => formatBytes(bytes) },
  {
    title: 'Yesterday',
    class: 'right mid',
    hint: 'What the rows of yesterday take, UTC',
    cell: ({ bytes_yesterday }) => (bytes_yesterday === 0 ? '' : formatBytes(bytes_yesterday)),
  },
  { title: 'Rows', class: 'right mid', hint: 'Copies that are not merged yet included', cell: ({ rows }) => formatCount(rows) },
  { title: 'Kept', hint: 'At least; retention in hub.yaml', cell: keptText },
  {
    title: 'Oldest',
    hint: 'Start of the oldest day, month or year, UTC',
    cell: ({ oldest_ms }) => (oldest_ms === null ? '' : formatDay(oldest_ms)),
  },
  { title: 'Parts', class: 'right wide', cell: ({ parts }) => formatCount(parts) },
];

function RoomLeft({ disks, bytes_yesterday }: Storage): JSX.Element {
  return (
    <dl class="facts">
      {disks.map(({ name, free_bytes, total_bytes }) => (
        <div key={name} title="Below 256 MiB nothing is stored">
          <dt>{disks.length === 1 ? 'Free' : `Free on ${name}`}</dt>
          <dd>
            <span class={free_bytes < FREE_BYTES_MIN ? 'alert' : ''}>{formatBytes(free_bytes)}</span>{' '}
            <span class="muted">of {formatBytes(total_bytes)}</span>
          </dd>
        </div>
      ))}
      <div title="Rows of yesterday, UTC, in all tables">
        <dt>Yesterday</dt>
        <dd>{formatBytes(bytes_yesterday)}</dd>
      </div>
    </dl>
  );
}

export function StorageSection(): JSX.Element {
  const { api, beat } = useViewer();
  const { data, error, failingSinceMs, readAtMs } = useReading('storage', api.storage, Math.floor(beat.value / BEATS));
  const tables = data?.tables.filter(({ rows }) => rows > 0) ?? [];
  const saveCsv = (): void =>
    downloadText(
      fileName('storage', Date.now(), 'csv'),
      'text/csv',
      toCsv(
        [
          'table',
          'tier',
          'keep_days',
          'rows',
          'bytes',
          'uncompressed_bytes',
          'bytes_yesterday',
          'parts',
          'partitions',
          'oldest_ms',
        ],
        tables.map((table) => [
          table.table,
          table.tier,
          table.keep_days,
          table.rows,
          table.bytes,
          table.uncompressed_bytes,
          table.bytes_yesterday,
          table.parts,
          table.partitions,
          table.oldest_ms,
        ]),
      ),
    );
  return (
    <section class="part" aria-label="Room on disk" data-testid="section-storage">
      <PartHeading
        title="Room on disk"
        count={data === null ? '' : formatBytes(data.bytes)}
        href={API.storage}
        saveCsv={tables.length === 0 ? undefined : saveCsv}
      >
        {data !== null && <CopyButton name="as SQL" text={() => data.sql} />}
      </PartHeading>
      {error !== null && <Notice error={error} sinceMs={failingSinceMs} asOfMs={readAtMs} />}
      {data !== null && <RoomLeft {...data} />}
      {tables.length > 0 && (
        <div class="scroll">
          <ListTable columns={COLUMNS} rows={tables} keyOf={({ table }) => table} testId="storage-row" />
        </div>
      )}
    </section>
  );
}
