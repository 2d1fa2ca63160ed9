import type { AgentSummary, Health } from '@poplar/hub/api/schemas';
import type { ComponentChildren, JSX } from 'preact';
import { API } from '../api/client.ts';
import { useReading } from '../api/resource.ts';
import { formatDuration, formatLatency } from '../format/duration.ts';
import { Age, Changing } from '../format/figures.tsx';
import { NOT_KNOWN } from '../format/rate.ts';
import { formatBytes, formatCount } from '../format/volume.ts';
import { routersPath } from '../routes.ts';
import { Empty, Notice } from '../shell/notice.tsx';
import { toCsv } from '../table/csv.ts';
import { downloadText, fileName } from '../table/download.ts';
import { useViewer } from '../viewer.ts';
import { GapsSection } from './gaps.tsx';
import { ReconciliationSection } from './reconciliation.tsx';
import { StorageSection } from './storage.tsx';

/** An agent whose newest stored batch is older than this is behind. */
const LATE_MS = 30_000;
const CLOCK_OFF = 'The times of all that it polls are wrong by this: have agent and hub keep time by NTP';

function Fact({ name, title, children }: { name: string; title?: string; children: ComponentChildren }): JSX.Element {
  return (
    <div {...(title === undefined ? {} : { title })}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function HubFacts({ health }: { health: Health }): JSX.Element {
  const { ingest, engine, batches } = health;
  return (
    <>
      <div class="toolbar">
        <h2>Hub</h2>
        <span class={health.ready ? 'verdict good' : 'verdict bad'}>
          {health.ready ? 'ready' : `not ready: ${health.reasons.join('; ')}`}
        </span>
        <div class="actions">
          <a href={API.health} target="_blank" rel="noreferrer">
            as JSON
          </a>
        </div>
      </div>
      <dl class="facts">
        <Fact name="Version">{health.version}</Fact>
        <Fact name="Up for">{formatDuration(health.uptime_ms)}</Fact>
        <Fact name="Rows stored" title="Per second, over the last ten seconds">
          <Changing text={`${formatCount(ingest.rows_per_second)} /s`} />
        </Fact>
        <Fact name="Poll to stored, median">{formatLatency(ingest.poll_to_stored_p50_ms)}</Fact>
        <Fact name="Poll to stored, p99">{formatLatency(ingest.poll_to_stored_p99_ms)}</Fact>
        <Fact name="Batches stored" title="Since the store was made">
          {formatCount(batches?.stored ?? null)}
        </Fact>
        <Fact name="Batches rejected" title="The hub could not accept them; they are kept by the agents">
          <span class={(batches?.rejected ?? 0) > 0 ? 'alert' : ''}>{formatCount(batches?.rejected ?? null)}</span>
        </Fact>
        <Fact name="Batches skipped" title="Sequences that agents gave up">
          <span class={(batches?.skipped ?? 0) > 0 ? 'alert' : ''}>{formatCount(batches?.skipped ?? null)}</span>
        </Fact>
        <Fact name="ClickHouse">
          {engine.version === '' ? 'does not answer' : engine.version}{' '}
          <span class="muted">{engine.embedded ? 'embedded' : 'server'}</span>
        </Fact>
        <Fact name="Parts">{formatCount(engine.parts)}</Fact>
        <Fact name="Detached parts" title="Set aside as damaged; anything but 0 needs attention">
          <span class={(engine.detached_parts ?? 0) > 0 ? 'alert' : ''}>{formatCount(engine.detached_parts)}</span>
        </Fact>
        <Fact name="Disk">{formatBytes(engine.disk_bytes)}</Fact>
      </dl>
    </>
  );
}

function AgentRow({ agent }: { agent: AgentSummary }): JSX.Element {
  const late = agent.lag_ms !== null && agent.lag_ms > LATE_MS;
  return (
    <tr>
      <td>
        <a class="name" href={routersPath(`agent:${agent.agent}`)}>
          {agent.agent}
        </a>
      </td>
      <td>
        {agent.sites.map((site, index) => (
          <span key={site}>
            {index > 0 && ', '}
            <a href={routersPath(`site:${site}`)}>{site}</a>
          </span>
        ))}
      </td>
      <td class="right">{formatCount(agent.routers)}</td>
      <td class="right">{agent.last_sealed_ms === null ? NOT_KNOWN : <Age ms={agent.last_sealed_ms} />}</td>
      <td class="right">
        <span class={late ? 'alert' : ''}>{formatLatency(agent.lag_ms)}</span>
      </td>
      <td class="right">{formatCount(agent.batches_10m)}</td>
      <td class={agent.rejected_10m > 0 ? 'right alert' : 'right muted'}>{formatCount(agent.rejected_10m)}</td>
      <td class="right">
        <span class={agent.clock_off ? 'alert' : ''} {...(agent.clock_off ? { title: CLOCK_OFF } : {})}>
          {formatLatency(agent.clock_offset_ms)}
          {agent.clock_off && ' off'}
        </span>
      </td>
    </tr>
  );
}

/** Whether the data can be trusted: the hub, its engine, and every agent. */
export function HealthPage(): JSX.Element {
  const viewer = useViewer();
  const health = useReading('health', viewer.api.health, viewer.beat.value);
  const overview = useReading('overview', viewer.api.overview, viewer.beat.value);
  const agents = overview.data?.agents ?? [];
  const saveCsv = (): void =>
    downloadText(
      fileName('agents', Date.now(), 'csv'),
      'text/csv',
      toCsv(
        ['agent', 'sites', 'routers', 'last_sealed', 'lag_ms', 'batches_10m', 'rejected_10m', 'clock_offset_ms', 'clock_off'],
        agents.map((agent) => [
          agent.agent,
          agent.sites.join(' '),
          agent.routers,
          agent.last_sealed_ms === null ? null : new Date(agent.last_sealed_ms).toISOString(),
          agent.lag_ms,
          agent.batches_10m,
          agent.rejected_10m,
          agent.clock_offset_ms,
          agent.clock_off,
        ]),
      ),
    );
  return (
    <section class="page" aria-label="Data health">
      <h1 class="unseen">Data health</h1>
      {health.error !== null && <Notice error={health.error} sinceMs={health.failingSinceMs} asOfMs={health.readAtMs} />}
      {health.data !== null && <HubFacts health={health.data} />}
      <div class="toolbar">
        <h2>Agents</h2>
        <span class="count">{overview.data === null ? '' : formatCount(agents.length)}</span>
        <div class="actions">
          <button type="button" onClick={saveCsv} disabled={agents.length === 0}>
            CSV
          </button>
          <a href={API.overview} target="_blank" rel="noreferrer">
            as JSON
          </a>
        </div>
      </div>
      {overview.error !== null && <Notice error={overview.error} sinceMs={overview.failingSinceMs} asOfMs={overview.readAtMs} />}
      {overview.data !== null && agents.length === 0 && (
        <Empty>No agent has sent a batch yet. Start one with the hub's address and a token.</Empty>
      )}
      {agents.length > 0 && (
        <div class="scroll">
          <table class="full">
            <thead>
              <tr>
                <th>Agent</th>
                <th>Sites</th>
                <th class="right">Routers</th>
                <th class="right" title="Age of its newest stored batch">
                  Newest batch
                </th>
                <th class="right" title="Corrected by the clock offset">
                  Lag
                </th>
                <th class="right">Batches, 10 m</th>
                <th class="right">Rejected, 10 m</th>
                <th class="right" title="Hub clock minus agent clock">
                  Clock offset
                </th>
              </tr>
            </thead>
            <tbody>
              {agents.map((agent) => (
                <AgentRow key={agent.agent} agent={agent} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <ReconciliationSection />
      <GapsSection />
      <StorageSection />
    </section>
  );
}
