/** What is wrong and what was, as rules found it; how the rules fare, and whether what they say arrives. */
import type { AlertReceiver, AlertRuleStatus, Incident } from '@poplar/hub/api/alert-schemas';
import type { JSX } from 'preact';
import { API } from '../api/client.ts';
import { useReading } from '../api/resource.ts';
import { formatDuration, formatLatency } from '../format/duration.ts';
import { Age, Moment } from '../format/figures.tsx';
import { NOT_KNOWN } from '../format/rate.ts';
import { formatCount } from '../format/volume.ts';
import { incidentLines, quietWords, SEVERITY_STATE } from '../problems/incidents.ts';
import { routerPath, routersPath } from '../routes.ts';
import { Empty, Notice } from '../shell/notice.tsx';
import { StateMark } from '../state/state-mark.tsx';
import { rowsToCsv } from '../table/csv.ts';
import { downloadText, fileName } from '../table/download.ts';
import { type ListColumn, ListTable } from '../table/list.tsx';
import { useViewer } from '../viewer.ts';
import { FoldedList, ListFilter, PartHeading } from './table-section.tsx';

/** Beats of five seconds between two readings of what changes seldom. */
const BEATS = 3;

function Place({ site, router }: Incident): JSX.Element {
  if (router === '')
    return (
      <a href={routersPath(`site:${site}`)}>
        <b>{site}</b>
      </a>
    );
  return (
    <a href={routerPath(site, router)}>
      <b>{router}</b> <span class="muted">{site}</span>
    </a>
  );
}

const SEVERITY: ListColumn<Incident> = {
  title: 'Severity',
  cell: ({ severity }) => <StateMark state={SEVERITY_STATE[severity]} word={severity} />,
};
const SUMMARY: ListColumn<Incident> = {
  title: 'What',
  cell: ({ summary, suppressed_by }) => {
    const quiet = quietWords(suppressed_by);
    return (
      <>
        {summary}
        {quiet !== null && <span class="muted"> · quiet: {quiet}</span>}
      </>
    );
  },
};
const RULE: ListColumn<Incident> = { title: 'Rule', class: 'mid', cell: ({ rule }) => rule };
const SINCE: ListColumn<Incident> = {
  title: 'Since',
  class: 'right nowrap',
  cell: ({ started_ms }) => <Moment ms={started_ms} />,
};

function openColumns(covered: ReadonlyMap<string, number>): readonly ListColumn<Incident>[] {
  return [
    SEVERITY,
    { title: 'Where', cell: Place },
    SUMMARY,
    RULE,
    {
      title: 'Explains',
      class: 'right',
      hint: 'Open incidents of which nobody is told because of it',
      cell: ({ id }) => ((covered.get(id) ?? 0) === 0 ? null : formatCount(covered.get(id) ?? 0)),
    },
    SINCE,
    { title: 'For', class: 'right nowrap', cell: ({ started_ms }) => <Age ms={started_ms} /> },
  ];
}

const REASONS: Readonly<Record<Incident['close_reason'], string>> = {
  '': '',
  cleared: 'well again',
  no_data: 'nothing is heard of it',
  withdrawn: 'taken back by late rows',
  rule_removed: 'its rule is gone',
};

const CLOSED_COLUMNS: readonly ListColumn<Incident>[] = [
  SEVERITY,
  { title: 'Where', cell: Place },
  SUMMARY,
  RULE,
  { title: 'Why closed', class: 'wide', cell: ({ close_reason }) => REASONS[close_reason] },
  SINCE,
  {
    title: 'Lasted',
    class: 'right nowrap',
    cell: ({ started_ms, closed_ms }) => formatDuration(Math.max(0, (closed_ms ?? started_ms) - started_ms)),
  },
];

const RULE_WORDS: Readonly<Record<AlertRuleStatus['state'], readonly ['up' | 'suspect' | 'down' | 'unknown', string]>> = {
  new: ['unknown', 'not evaluated yet'],
  ok: ['up', 'ok'],
  pending: ['suspect', 'pending'],
  firing: ['suspect', 'firing'],
  failing: ['down', 'fails'],
};

const RULE_COLUMNS: readonly ListColumn<AlertRuleStatus>[] = [
  {
    title: 'Rule',
    cell: ({ name, description }) => (
      <b title={description} data-rule={name}>
        {name}
      </b>
    ),
  },
  {
    title: 'State',
    cell: ({ state, error }) => {
      const [shape, word] = RULE_WORDS[state];
      return (
        <>
          <StateMark state={shape} word={word} />
          {error !== '' && <span class="muted"> {error}</span>}
        </>
      );
    },
  },
  { title: 'Severity', class: 'mid', cell: ({ severity }) => severity },
  { title: 'Fires', class: 'right nowrap mid', cell: ({ fire }) => fire },
  { title: 'Clears', class: 'right nowrap wide', cell: ({ clear }) => clear },
  { title: 'Open', class: 'right', cell: ({ open }) => (open === 0 ? null : formatCount(open)) },
  {
    title: 'Evaluated',
    class: 'right nowrap',
    cell: ({ evaluated_ms }) => (evaluated_ms === null ? NOT_KNOWN : <Age ms={evaluated_ms} />),
  },
  {
    title: 'Cost',
    class: 'right nowrap mid',
    hint: 'Time that ClickHouse took for the last evaluation',
    cell: ({ duration_ms }) => formatLatency(duration_ms),
  },
];

const RECEIVER_COLUMNS: readonly ListColumn<AlertReceiver>[] = [
  {
    title: 'Receiver',
    cell: ({ name, kind }) => (
      <>
        <b>{name}</b> <span class="muted">{kind}</span>
      </>
    ),
  },
  { title: 'Hears of', cell: ({ severity }) => (severity === 'critical' ? severity : `${severity} and worse`) },
  { title: 'Delivered today', class: 'right', hint: 'Within 24 hours', cell: ({ delivered }) => formatCount(delivered) },
  {
    title: 'Waiting',
    class: 'right',
    cell: ({ waiting }) => (waiting === 0 ? null : <span class="alert">{formatCount(waiting)}</span>),
  },
  {
    title: 'Given up',
    class: 'right',
    cell: ({ given_up }) => (given_up === 0 ? null : <span class="alert">{formatCount(given_up)}</span>),
  },
  { title: 'Error', cell: ({ error }) => error },
];

/** An incident as a row of CSV. */
function flatRow({ detail, ...incident }: Incident) {
  return { ...incident, detail: JSON.stringify(detail) };
}

function OpenIncidents(): JSX.Element {
  const { api, beat } = useViewer();
  const { data, error, failingSinceMs, readAtMs } = useReading('incidents/open', api.openIncidents, beat.value);
  const lines = incidentLines(data?.incidents ?? []);
  const incidents = lines.map(({ incident }) => incident);
  const columns = openColumns(new Map(lines.map(({ incident, covered }) => [incident.id, covered])));
  const all = data?.incidents ?? [];
  return (
    <section class="part" aria-label="Open incidents" data-testid="section-incidents">
      <PartHeading
        title="Open"
        count={data === null ? '' : formatCount(all.length)}
        href={API.openIncidents}
        saveCsv={
          all.length === 0
            ? undefined
            : () => downloadText(fileName('incidents', Date.now(), 'csv'), 'text/csv', rowsToCsv(all.map(flatRow)))
        }
      >
        <ListFilter name="incidents" rows={incidents} />
      </PartHeading>
      {error !== null && <Notice error={error} sinceMs={failingSinceMs} asOfMs={readAtMs} />}
      {data !== null && all.length === 0 && <Empty>Nothing is wrong, as far as the rules tell.</Empty>}
      {incidents.length > 0 && <FoldedList name="incidents" rows={incidents} columns={columns} keyOf={({ id }) => id} />}
    </section>
  );
}

function ClosedIncidents(): JSX.Element {
  const { api, beat } = useViewer();
  const { data, error, failingSinceMs, readAtMs } = useReading(
    'incidents/closed',
    api.closedIncidents,
    Math.floor(beat.value / BEATS),
  );
  const incidents = data?.incidents ?? [];
  return (
    <section class="part" aria-label="Closed incidents" data-testid="section-closed-incidents">
      <PartHeading title="Closed lately" count={data === null ? '' : formatCount(incidents.length)} href={API.closedIncidents}>
        <ListFilter name="closed" rows={incidents} />
      </PartHeading>
      {error !== null && <Notice error={error} sinceMs={failingSinceMs} asOfMs={readAtMs} />}
      {data !== null && incidents.length === 0 && <Empty>None yet.</Empty>}
      {incidents.length > 0 && <FoldedList name="closed" rows={incidents} columns={CLOSED_COLUMNS} keyOf={({ id }) => id} />}
    </section>
  );
}

function Rules(): JSX.Element {
  const { api, beat } = useViewer();
  const { data, error, failingSinceMs, readAtMs } = useReading('alert-rules', api.alertRules, Math.floor(beat.value / BEATS));
  return (
    <section class="part" aria-label="Rules" data-testid="section-rules">
      <PartHeading title="Rules" count={data === null ? '' : formatCount(data.rules.length)} href={API.alertRules} />
      {error !== null && <Notice error={error} sinceMs={failingSinceMs} asOfMs={readAtMs} />}
      {data?.enabled === false && (
        <Empty>
          Alerts are off. Set <code>alerts.enabled: true</code> in hub.yaml and start the hub again.
        </Empty>
      )}
      {data !== null && data.rules.length > 0 && (
        <div class="scroll">
          <ListTable columns={RULE_COLUMNS} rows={data.rules} keyOf={({ name }) => name} testId="rules-row" />
        </div>
      )}
      {data !== null && data.receivers.length > 0 && (
        <>
          <h3>Receivers</h3>
          <div class="scroll">
            <ListTable columns={RECEIVER_COLUMNS} rows={data.receivers} keyOf={({ name }) => name} testId="receivers-row" />
          </div>
        </>
      )}
    </section>
  );
}

export function AlertsPage(): JSX.Element {
  return (
    <section class="page alerts" aria-label="Alerts">
      <h1 class="unseen">Alerts</h1>
      <OpenIncidents />
      <ClosedIncidents />
      <Rules />
    </section>
  );
}
