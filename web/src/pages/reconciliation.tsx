/** Whether everything that was polled today is stored, agent by agent. */
import type { AgentBalance } from '@poplar/hub/api/gap-schemas';
import type { JSX } from 'preact';
import { API } from '../api/client.ts';
import { useReading } from '../api/resource.ts';
import { formatCount } from '../format/volume.ts';
import { CopyButton } from '../shell/copy.tsx';
import { Empty, Notice } from '../shell/notice.tsx';
import { StateMark } from '../state/state-mark.tsx';
import { toCsv } from '../table/csv.ts';
import { downloadText, fileName } from '../table/download.ts';
import { type ListColumn, ListTable } from '../table/list.tsx';
import { useViewer } from '../viewer.ts';
import { PartHeading } from './table-section.tsx';

/** Beats of five seconds between two readings: every row of the day is counted. */
const BEATS = 60;

function verdict({ adds_up, rows_different, polls }: AgentBalance): string {
  if (adds_up) return polls.missing === 0 ? 'adds up' : 'adds up with what was given up';
  const unexplained = polls.missing - polls.explained;
  const parts = [
    ...(rows_different > 0 ? [`${formatCount(rows_different)} rows`] : []),
    ...(unexplained > 0 ? [`${formatCount(unexplained)} polls`] : []),
  ];
  return `differs by ${parts.join(' and ')}`;
}

function differences({ tables }: AgentBalance): string {
  return tables
    .filter(({ declared, stored }) => declared !== stored)
    .map(({ table, declared, stored }) => `${table}: ${formatCount(declared)} declared, ${formatCount(stored)} stored`)
    .join('; ');
}

const rowsOf = ({ tables }: AgentBalance): number => tables.reduce((sum, { stored }) => sum + stored, 0);
const orNothing = (count: number): string => (count === 0 ? '' : formatCount(count));

const COLUMNS: readonly ListColumn<AgentBalance>[] = [
  { title: 'Agent', cell: ({ agent }) => <b>{agent}</b> },
  {
    title: 'Balance',
    cell: (balance) => (
      <>
        <StateMark state={balance.adds_up ? 'up' : 'down'} word={verdict(balance)} />
        {balance.rows_different > 0 && <span class="muted"> {differences(balance)}</span>}
      </>
    ),
  },
  {
    title: 'Polled',
    class: 'right',
    hint: 'By the numbers of the polls',
    cell: ({ polls }) => formatCount(polls.counted),
  },
  { title: 'Stored', class: 'right', cell: ({ polls }) => formatCount(polls.stored) },
  { title: 'Missing', class: 'right', hint: 'Numbers that are not stored', cell: ({ polls }) => formatCount(polls.missing) },
  {
    title: 'Given up',
    class: 'right mid',
    hint: 'Missing ones in batches on record as rejected or skipped',
    cell: ({ polls }) => orNothing(polls.explained),
  },
  { title: 'Rows', class: 'right mid', hint: 'Stored in all tables', cell: (balance) => formatCount(rowsOf(balance)) },
  { title: 'Batches', class: 'right wide', cell: ({ batches }) => formatCount(batches.stored) },
  { title: 'Rejected', class: 'right wide', cell: ({ batches }) => orNothing(batches.rejected) },
  { title: 'Skipped', class: 'right wide', cell: ({ batches }) => orNothing(batches.skipped) },
];

/** The balance of today. */
export function ReconciliationSection(): JSX.Element {
  const { api, beat } = useViewer();
  const { data, error, failingSinceMs, readAtMs } = useReading(
    'reconciliation',
    api.reconciliation,
    Math.floor(beat.value / BEATS),
  );
  const agents = data?.agents ?? [];
  const saveCsv = (): void =>
    downloadText(
      fileName('reconciliation', Date.now(), 'csv'),
      'text/csv',
      toCsv(
        ['agent', 'table', 'declared', 'stored'],
        agents.flatMap(({ agent, tables }) => tables.map(({ table, declared, stored }) => [agent, table, declared, stored])),
      ),
    );
  return (
    <section class="part" aria-label="Reconciliation" data-testid="section-reconciliation">
      <PartHeading
        title="Reconciliation"
        count={data === null ? '' : `${data.day}, UTC`}
        href={API.reconciliation}
        saveCsv={agents.length === 0 ? undefined : saveCsv}
      >
        {data !== null && <CopyButton name="as SQL" text={() => data.sql} />}
      </PartHeading>
      {error !== null && <Notice error={error} sinceMs={failingSinceMs} asOfMs={readAtMs} />}
      {data !== null && agents.length === 0 && <Empty>Nothing was polled today until a minute ago.</Empty>}
      {agents.length > 0 && (
        <div class="scroll">
          <ListTable columns={COLUMNS} rows={agents} keyOf={({ agent }) => agent} testId="balance-row" />
        </div>
      )}
    </section>
  );
}
