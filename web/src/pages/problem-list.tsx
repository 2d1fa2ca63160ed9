import type { JSX } from 'preact';
import { Age, Moment } from '../format/figures.tsx';
import { NOT_KNOWN } from '../format/rate.ts';
import { formatCount } from '../format/volume.ts';
import type { ProblemGroup } from '../problems/group.ts';
import { routerPath, routersPath } from '../routes.ts';
import { Empty } from '../shell/notice.tsx';
import { StateShape } from '../state/state-mark.tsx';

function ProblemLine({ group }: { group: ProblemGroup }): JSX.Element {
  const href = group.router === null ? routersPath(group.query) : routerPath(group.site, group.router);
  return (
    <li>
      <a class={`line ${group.state}`} href={href} data-row>
        <StateShape state={group.state} />
        <b>{group.router ?? group.site}</b>
        <span class="what">
          {group.router === null ? `${group.count} routers ${group.state}` : `${group.state} · ${group.site}`}
          <span class="muted" title={group.cause}>
            {group.cause}
          </span>
        </span>
        <span class="when">
          {group.sinceMs === null ? (
            <span title="It began before what is known">{NOT_KNOWN}</span>
          ) : (
            <>
              <Moment ms={group.sinceMs} />
              <span class="muted">
                <Age ms={group.sinceMs} />
              </span>
            </>
          )}
        </span>
      </a>
    </li>
  );
}

/** What is broken now, grouped by what explains it; when nothing is, it says how that is known. */
export function ProblemList({
  groups,
  routers,
  newestMs,
}: {
  groups: readonly ProblemGroup[];
  routers: number;
  newestMs: number | null;
}): JSX.Element {
  const affected = groups.reduce((sum, group) => sum + group.count, 0);
  return (
    <section class="panel problems" aria-label="Problems now">
      <header>
        <h2>Problems now</h2>
        <span class="muted">{affected === 0 ? '' : `${formatCount(affected)} of ${formatCount(routers)} routers`}</span>
      </header>
      {groups.length === 0 ? (
        <Empty>
          {routers === 0
            ? 'No router has been polled yet.'
            : `None. All ${formatCount(routers)} routers answered their newest poll, the last of them `}
          {routers > 0 && <Age ms={newestMs} />}
          {routers > 0 && ' ago.'}
        </Empty>
      ) : (
        <ul class="lines">
          {groups.map((group) => (
            <ProblemLine key={`${group.site}/${group.router ?? ''}/${group.query}`} group={group} />
          ))}
        </ul>
      )}
    </section>
  );
}
