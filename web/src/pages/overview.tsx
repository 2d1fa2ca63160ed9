import type { AgentSummary, Overview, RouterState, SiteSummary } from '@poplar/hub/api/schemas';
import type { ComponentChildren, JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { API } from '../api/client.ts';
import { useReading } from '../api/resource.ts';
import { formatLatency } from '../format/duration.ts';
import { Age, Changing, Moment, Rate } from '../format/figures.tsx';
import { NOT_KNOWN } from '../format/rate.ts';
import { formatCount } from '../format/volume.ts';
import { groupProblems, type Problem, type ProblemGroup } from '../problems/group.ts';
import { routerPath, routersPath } from '../routes.ts';
import { Empty, Notice } from '../shell/notice.tsx';
import { SignalMark } from '../state/signal-mark.tsx';
import { StateBar } from '../state/state-bar.tsx';
import { STATES, StateShape } from '../state/state-mark.tsx';
import { useViewer } from '../viewer.ts';

const LIST_MAX = 8;

function Figure({ name, title, children }: { name: string; title?: string; children: ComponentChildren }): JSX.Element {
  return (
    <div class="figure" {...(title === undefined ? {} : { title })}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Strip({
  overview,
  states,
  rowsPerSecond,
}: {
  overview: Overview;
  states: Readonly<Record<RouterState, number>>;
  rowsPerSecond: number;
}): JSX.Element {
  const { feed } = useViewer();
  const affected = overview.sites.filter((site) => site.suspect + site.down + site.unknown > 0).length;
  const lag = overview.agents.reduce<number | null>(
    (worst, agent) => (agent.lag_ms === null ? worst : Math.max(worst ?? 0, agent.lag_ms)),
    null,
  );
  const sum = (read: (site: SiteSummary) => number | null): number | null =>
    overview.sites.reduce<number | null>((total, site) => (read(site) === null ? total : (total ?? 0) + (read(site) ?? 0)), null);
  const live = feed.status.value === 'open' ? feed.fleet.value : null;
  return (
    <dl class="strip">
      <div class="figure states">
        <dt>Routers</dt>
        {STATES.map((state) => (
          <dd key={state}>
            <a href={routersPath(`state:${state}`)} class={states[state] === 0 ? `state ${state} nil` : `state ${state}`}>
              <StateShape state={state} />
              <b {...(state === 'up' ? { 'data-testid': 'overview-routers-up' } : {})}>
                <Changing text={formatCount(states[state])} />
              </b>
              <span class="word">{state}</span>
            </a>
          </dd>
        ))}
      </div>
      <Figure name="Sites affected">
        <b class={affected > 0 ? 'alert' : ''}>{affected}</b> of {overview.sites.length}
      </Figure>
      <Figure name="Agents, worst lag" title="Hub time minus the newest sealed batch of the slowest agent">
        <b>{overview.agents.length}</b> {lag === null ? NOT_KNOWN : formatLatency(lag)}
      </Figure>
      <Figure name="Rows stored" title="Rows that the hub stored per second, over the last ten seconds">
        <b>
          <Changing text={formatCount(rowsPerSecond)} />
        </b>{' '}
        /s
      </Figure>
      <Figure name="Poll to stored, p99" title="From the end of a poll to its confirmed insert">
        <b>{formatLatency(overview.ingest.poll_to_stored_p99_ms)}</b>
      </Figure>
      <Figure name="▲ In, all routers">
        <b>
          <Rate bps={live?.rxBps ?? sum((site) => site.rx_bps)} />
        </b>
      </Figure>
      <Figure name="▼ Out, all routers">
        <b>
          <Rate bps={live?.txBps ?? sum((site) => site.tx_bps)} />
        </b>
      </Figure>
    </dl>
  );
}

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

function Problems({
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

function Panel({
  title,
  children,
  href,
  class: name = '',
}: {
  title: string;
  href: string;
  class?: string;
  children: ComponentChildren;
}): JSX.Element {
  return (
    <section class={`panel ${name}`} aria-label={title}>
      <header>
        <h2>{title}</h2>
        <a class="muted" href={href} target="_blank" rel="noreferrer">
          as JSON
        </a>
      </header>
      {children}
    </section>
  );
}

function RouterLink({ site, router, port }: { site: string; router: string; port?: string }): JSX.Element {
  const query = port === undefined ? '' : `?port=${encodeURIComponent(port)}`;
  return (
    <a href={`${routerPath(site, router)}${query}`}>
      <b>{router}</b> <span class="muted">{port ?? site}</span>
    </a>
  );
}

function TopTalkers({ talkers }: { talkers: Overview['top_talkers'] }): JSX.Element {
  const shown = talkers.slice(0, LIST_MAX);
  const most = Math.max(1, ...shown.flatMap(({ rx_bps, tx_bps }) => [rx_bps ?? 0, tx_bps ?? 0]));
  const width = (bps: number | null): string => `${((bps ?? 0) / most) * 100}%`;
  if (shown.length === 0) return <Empty>No port has moved anything yet.</Empty>;
  return (
    <table class="list talkers">
      <tbody>
        {shown.map(({ site, router, interface: port, rx_bps, tx_bps }) => (
          <tr key={`${site}/${router}/${port}`}>
            <td>
              <RouterLink site={site} router={router} port={port} />
            </td>
            <td class="pair" aria-hidden="true">
              <i class="rx" style={{ width: width(rx_bps) }} />
              <i class="tx" style={{ width: width(tx_bps) }} />
            </td>
            <td class="right in">
              <span class="arrow">▲</span> <Rate bps={rx_bps} />
            </td>
            <td class="right out">
              <span class="arrow">▼</span> <Rate bps={tx_bps} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function WeakestClients({ clients }: { clients: Overview['weakest_clients'] }): JSX.Element {
  if (clients.length === 0) return <Empty>No wireless client is associated.</Empty>;
  return (
    <table class="list">
      <tbody>
        {clients.slice(0, LIST_MAX).map(({ site, router, interface: port, mac, signal_dbm }) => (
          <tr key={`${site}/${router}/${port}/${mac}`}>
            <td>
              <RouterLink site={site} router={router} />
            </td>
            <td class="muted">{port}</td>
            <td class="muted mac">{mac}</td>
            <td class="right">
              <SignalMark dbm={signal_dbm} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Busiest({ routers }: { routers: Overview['busiest'] }): JSX.Element {
  if (routers.length === 0) return <Empty>No router has reported its CPU load.</Empty>;
  return (
    <table class="list">
      <tbody>
        {routers.slice(0, LIST_MAX).map(({ site, router, cpu_load_pct }) => (
          <tr key={`${site}/${router}`}>
            <td>
              <RouterLink site={site} router={router} />
            </td>
            <td class="share" aria-hidden="true">
              <i class={cpu_load_pct >= 90 ? 'high' : ''} style={{ width: `${Math.min(100, cpu_load_pct)}%` }} />
            </td>
            <td class="right">{cpu_load_pct} %</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Sites({ sites, agents }: { sites: readonly SiteSummary[]; agents: readonly AgentSummary[] }): JSX.Element {
  return (
    <table class="list sites">
      <thead>
        <tr>
          <th>Site</th>
          <th>Routers</th>
          <th aria-label="States" />
          <th class="right">▲ In</th>
          <th class="right">▼ Out</th>
          <th class="right">Clients</th>
          <th class="right">Agent lag</th>
        </tr>
      </thead>
      <tbody>
        {sites.map((site) => {
          const lags = agents.filter((agent) => agent.sites.includes(site.site)).map((agent) => agent.lag_ms ?? 0);
          return (
            <tr key={site.site}>
              <td>
                <a href={routersPath(`site:${site.site}`)}>
                  <b>{site.site}</b>
                </a>
              </td>
              <td class="nowrap">
                {formatCount(site.up)}{' '}
                <span class="muted">of {formatCount(site.up + site.suspect + site.down + site.unknown)} up</span>
              </td>
              <td class="bar">
                <StateBar counts={site} />
              </td>
              <td class="right">
                <Rate bps={site.rx_bps} />
              </td>
              <td class="right">
                <Rate bps={site.tx_bps} />
              </td>
              <td class="right">{formatCount(site.radio_clients)}</td>
              <td class="right">{lags.length === 0 ? NOT_KNOWN : formatLatency(Math.max(...lags))}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** What is broken, since when, and what else that explains; then the busiest and the weakest. Fits one screen. */
export function OverviewPage(): JSX.Element {
  const viewer = useViewer();
  const { data, readAtMs, error, failingSinceMs } = useReading('overview', viewer.api.overview, viewer.beat.value);
  const routers = viewer.fleet.routers.value;
  const figures = viewer.feed.status.value === 'open' ? viewer.feed.fleet.value : null;

  const groups = useMemo(() => {
    if (data === null) return [];
    const totals = new Map(data.sites.map((site) => [site.site, site.up + site.suspect + site.down + site.unknown]));
    const problems: readonly Problem[] = routers === null ? data.problems : routers.filter((router) => router.state !== 'up');
    return groupProblems(problems, totals);
  }, [data, routers]);

  return (
    <section class="page overview" aria-label="Overview">
      <h1 class="unseen">Overview</h1>
      {error !== null && <Notice error={error} sinceMs={failingSinceMs} asOfMs={readAtMs} />}
      {data !== null && (
        <>
          <Strip
            overview={data}
            states={figures?.states ?? data.routers}
            rowsPerSecond={figures?.rowsPerSecond ?? data.ingest.rows_per_second}
          />
          <div class="columns">
            <div class="column">
              <Problems groups={groups} routers={data.routers.total} newestMs={data.newest_poll_ms} />
              <Panel title="Sites" href={API.sites} class="sites-now">
                <Sites sites={data.sites} agents={data.agents} />
              </Panel>
            </div>
            <div class="column">
              <Panel title="Top talkers" href={API.overview}>
                <TopTalkers talkers={data.top_talkers} />
              </Panel>
              <Panel title="Weakest wireless clients" href={API.overview}>
                <WeakestClients clients={data.weakest_clients} />
              </Panel>
              <Panel title="Busiest routers" href={API.overview}>
                <Busiest routers={data.busiest} />
              </Panel>
            </div>
          </div>
        </>
      )}
    </section>
  );
}
