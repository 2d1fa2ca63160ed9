import type { JSX } from 'preact';
import { API } from '../api/client.ts';
import { useReading } from '../api/resource.ts';
import { formatLatency } from '../format/duration.ts';
import { Rate } from '../format/figures.tsx';
import { NOT_KNOWN } from '../format/rate.ts';
import { formatCount } from '../format/volume.ts';
import { routersPath } from '../routes.ts';
import { Empty, Notice } from '../shell/notice.tsx';
import { StateBar } from '../state/state-bar.tsx';
import { STATES, StateShape } from '../state/state-mark.tsx';
import { toCsv, wholeRate } from '../table/csv.ts';
import { downloadText, fileName } from '../table/download.ts';
import { useViewer } from '../viewer.ts';

/** Every site: how its routers are, what moves there, and who polls it. */
export function SitesPage(): JSX.Element {
  const viewer = useViewer();
  const { data, readAtMs, error, failingSinceMs } = useReading('overview', viewer.api.overview, viewer.beat.value);
  const sites = data?.sites ?? [];
  const agentsOf = (site: string): NonNullable<typeof data>['agents'] =>
    (data?.agents ?? []).filter((agent) => agent.sites.includes(site));
  const saveCsv = (): void =>
    downloadText(
      fileName('sites', Date.now(), 'csv'),
      'text/csv',
      toCsv(
        ['site', ...STATES, 'in_bps', 'out_bps', 'radio_clients', 'agents'],
        sites.map((site) => [
          site.site,
          ...STATES.map((state) => site[state]),
          wholeRate(site.rx_bps),
          wholeRate(site.tx_bps),
          site.radio_clients,
          agentsOf(site.site)
            .map(({ agent }) => agent)
            .join(' '),
        ]),
      ),
    );
  return (
    <section class="page" aria-label="Sites">
      <div class="toolbar">
        <h1>Sites</h1>
        <span class="count">{data === null ? '' : formatCount(sites.length)}</span>
        <div class="actions">
          <button type="button" onClick={saveCsv} disabled={sites.length === 0}>
            CSV
          </button>
          <a href={API.sites} target="_blank" rel="noreferrer">
            as JSON
          </a>
        </div>
      </div>
      {error !== null && <Notice error={error} sinceMs={failingSinceMs} asOfMs={readAtMs} />}
      {data !== null && sites.length === 0 && (
        <Empty>No site yet: a site appears with the first router that an agent polls there.</Empty>
      )}
      {sites.length > 0 && (
        <div class="scroll">
          <table class="full sites">
            <thead>
              <tr>
                <th>Site</th>
                {STATES.map((state) => (
                  <th key={state} class="right">
                    <span class={`state ${state}`}>
                      <StateShape state={state} />
                    </span>{' '}
                    {state}
                  </th>
                ))}
                <th class="bar">Routers</th>
                <th class="right">▲ In</th>
                <th class="right">▼ Out</th>
                <th class="right">Clients</th>
                <th>Agent</th>
                <th class="right">Lag</th>
              </tr>
            </thead>
            <tbody>
              {sites.map((site) => {
                const agents = agentsOf(site.site);
                const lags = agents.flatMap((agent) => (agent.lag_ms === null ? [] : [agent.lag_ms]));
                const path = routersPath(`site:${site.site}`);
                return (
                  <tr
                    key={site.site}
                    data-row
                    tabIndex={-1}
                    class="go"
                    onClick={(event) =>
                      event.target instanceof Element && event.target.closest('a') === null && viewer.place.go(path)
                    }
                  >
                    <td>
                      <a class="name" href={path}>
                        {site.site}
                      </a>
                      {site.cause !== null && <span class="muted"> {site.cause}</span>}
                    </td>
                    {STATES.map((state) => (
                      <td key={state} class={site[state] === 0 ? 'right muted' : `right state-count ${state}`}>
                        {formatCount(site[state])}
                      </td>
                    ))}
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
                    <td>{agents.map(({ agent }) => agent).join(', ') || NOT_KNOWN}</td>
                    <td class="right nowrap">{lags.length === 0 ? NOT_KNOWN : formatLatency(Math.max(...lags))}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
