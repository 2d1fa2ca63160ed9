import type { JSX } from 'preact';
import { Age, Moment } from '../format/figures.tsx';
import { NOT_KNOWN } from '../format/rate.ts';
import { formatCount } from '../format/volume.ts';
import type { ProblemLine } from '../problems/causes.ts';
import type { FaultGroup } from '../problems/faults.ts';
import { type IncidentLine, quietWords, SEVERITY_STATE } from '../problems/incidents.ts';
import { routerPath, routersPath } from '../routes.ts';
import { Empty } from '../shell/notice.tsx';
import { StateShape } from '../state/state-mark.tsx';

function Since({ ms }: { ms: number | null }): JSX.Element {
  return (
    <span class="when">
      {ms === null ? (
        <span title="It began before what is known">{NOT_KNOWN}</span>
      ) : (
        <>
          <Moment ms={ms} />
          <span class="muted">
            <Age ms={ms} />
          </span>
        </>
      )}
    </span>
  );
}

/** Something that does not work on routers that are up. */
function FaultLine({ group }: { group: FaultGroup }): JSX.Element {
  const href = group.router === null ? routersPath(`site:${group.site}`) : routerPath(group.site, group.router);
  return (
    <li data-testid="fault-line">
      <a class="line suspect" href={href} data-row>
        <StateShape state="suspect" />
        <b>{group.router ?? group.site}</b>
        <span class="what">
          {group.title}
          {group.router !== null && ` · ${group.site}`}
          <span class="muted" title={group.details}>
            {group.details}
          </span>
        </span>
        <Since ms={group.sinceMs} />
      </a>
    </li>
  );
}

/** Something that a rule found. */
function IncidentItem({ line: { incident, covered } }: { line: IncidentLine }): JSX.Element {
  const { site, router, severity, summary, rule, suppressed_by, started_ms } = incident;
  const href = router === '' ? routersPath(`site:${site}`) : routerPath(site, router);
  const state = SEVERITY_STATE[severity];
  const quiet = quietWords(suppressed_by);
  const more = [
    severity,
    rule,
    ...(covered === 0 ? [] : [`explains ${covered} more`]),
    ...(quiet === null ? [] : [`quiet: ${quiet}`]),
  ];
  return (
    <li data-testid="incident-line">
      <a class={`line ${state}`} href={href} data-row>
        <StateShape state={state} />
        <b>{router === '' ? site : router}</b>
        <span class="what">
          {summary}
          <span class="muted">{more.join(' · ')}</span>
        </span>
        <Since ms={started_ms} />
      </a>
    </li>
  );
}

function CauseLine({ line }: { line: ProblemLine }): JSX.Element {
  return (
    <li data-testid="problem-line">
      <a class={`line ${line.state}`} href={line.href} data-row>
        <StateShape state={line.state} />
        <b>{line.name}</b>
        <span class="what">
          {line.what}
          <span class="muted" title={line.why}>
            {line.why}
          </span>
        </span>
        <Since ms={line.sinceMs} />
      </a>
    </li>
  );
}

/** What is broken now, a line per root cause; when nothing is, it says how that is known. */
export function ProblemList({
  incidents,
  lines,
  faults,
  routers,
  newestMs,
}: {
  /** What rules found and nothing else explains: above all else. */
  incidents: readonly IncidentLine[];
  lines: readonly ProblemLine[];
  /** What does not work on routers that are up: below those that are not. */
  faults: readonly FaultGroup[];
  routers: number;
  newestMs: number | null;
}): JSX.Element {
  const affected = lines.reduce((sum, { count }) => sum + count, 0);
  const faulty = faults.reduce((sum, group) => sum + group.count, 0);
  const counts = [
    ...(incidents.length === 0 ? [] : [`${formatCount(incidents.length)} ${incidents.length === 1 ? 'incident' : 'incidents'}`]),
    ...(affected === 0 ? [] : [`${formatCount(affected)} of ${formatCount(routers)} routers`]),
    ...(faulty === 0 ? [] : [`${formatCount(faulty)} ${faulty === 1 ? 'fault' : 'faults'} on routers that are up`]),
  ];
  return (
    <section class="panel problems" aria-label="Problems now">
      <header>
        <h2>Problems now</h2>
        <span class="muted">{counts.join(', ')}</span>
      </header>
      {incidents.length === 0 && lines.length === 0 && faults.length === 0 ? (
        <Empty>
          {routers === 0
            ? 'No router has been polled yet.'
            : `None. All ${formatCount(routers)} routers answered their newest poll, the last of them `}
          {routers > 0 && <Age ms={newestMs} />}
          {routers > 0 && ' ago.'}
        </Empty>
      ) : (
        <ul class="lines">
          {incidents.map((line) => (
            <IncidentItem key={line.incident.id} line={line} />
          ))}
          {lines.map((line) => (
            <CauseLine key={line.key} line={line} />
          ))}
          {faults.map((group) => (
            <FaultLine key={`${group.kind}/${group.site}/${group.router ?? ''}`} group={group} />
          ))}
        </ul>
      )}
    </section>
  );
}
