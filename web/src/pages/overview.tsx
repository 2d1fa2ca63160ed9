import type { AgentSummary, SiteSummary } from '@poplar/hub/api/schemas';
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { API } from '../api/client.ts';
import { useReading } from '../api/resource.ts';
import { formatLatency } from '../format/duration.ts';
import { Rate } from '../format/figures.tsx';
import { NOT_KNOWN } from '../format/rate.ts';
import { formatCount } from '../format/volume.ts';
import { problemLines } from '../problems/causes.ts';
import { groupFaults } from '../problems/faults.ts';
import { incidentLines, unexplained, unexplainedFaults } from '../problems/incidents.ts';
import { routersPath } from '../routes.ts';
import { Notice } from '../shell/notice.tsx';
import { StateBar } from '../state/state-bar.tsx';
import { useViewer } from '../viewer.ts';
import { OverviewStrip } from './overview-strip.tsx';
import { Panel } from './panel.tsx';
import { ProblemList } from './problem-list.tsx';
import { Busiest, TopTalkers, WeakestClients } from './worst-lists.tsx';

function Sites({ sites, agents }: { sites: readonly SiteSummary[]; agents: readonly AgentSummary[] }): JSX.Element {
  return (
    <table class="list sites">
      <thead>
        <tr>
          <th>Site</th>
          <th>Routers</th>
          <th class="bar" aria-label="States" />
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
  const open = useReading('incidents/open', viewer.api.openIncidents, viewer.beat.value).data?.incidents;
  const figures = viewer.feed.status.value === 'open' ? viewer.feed.fleet.value : null;
  // A router that changes its state makes the causes worth reading at once.
  const refresh = `${viewer.beat.value} ${JSON.stringify(figures?.states)}`;
  const { data, readAtMs, error, failingSinceMs } = useReading('overview', viewer.api.overview, refresh);

  const lines = useMemo(() => problemLines(unexplained(data?.causes ?? [], open ?? [])), [data, open]);
  const faults = useMemo(() => groupFaults(unexplainedFaults(data?.faults ?? [], open ?? [])), [data, open]);
  const incidents = useMemo(() => incidentLines(open ?? []), [open]);

  return (
    <section class="page overview" aria-label="Overview">
      <h1 class="unseen">Overview</h1>
      {error !== null && <Notice error={error} sinceMs={failingSinceMs} asOfMs={readAtMs} />}
      {data !== null && (
        <>
          <OverviewStrip
            overview={data}
            states={figures?.states ?? data.routers}
            rowsPerSecond={figures?.rowsPerSecond ?? data.ingest.rows_per_second}
          />
          <div class="columns">
            <div class="column">
              <ProblemList
                incidents={incidents}
                lines={lines}
                faults={faults}
                routers={data.routers.total}
                newestMs={data.newest_poll_ms}
              />
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
