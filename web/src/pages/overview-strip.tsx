import type { Overview, RouterState, SiteSummary } from '@poplar/hub/api/schemas';
import type { ComponentChildren, JSX } from 'preact';
import { formatLatency } from '../format/duration.ts';
import { Changing, Rate } from '../format/figures.tsx';
import { NOT_KNOWN } from '../format/rate.ts';
import { formatCount } from '../format/volume.ts';
import { routersPath } from '../routes.ts';
import { STATES, StateShape } from '../state/state-mark.tsx';
import { useViewer } from '../viewer.ts';

function Figure({ name, title, children }: { name: string; title?: string; children: ComponentChildren }): JSX.Element {
  return (
    <div class="figure" {...(title === undefined ? {} : { title })}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** The fleet in one line: states, who is affected, how fast data arrives, what moves. */
export function OverviewStrip({
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
