import type { InterfaceSummary, RouterSummary } from '@poplar/hub/api/schemas';
import type { JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { API } from '../api/client.ts';
import { useReading } from '../api/resource.ts';
import { Age, Moment } from '../format/figures.tsx';
import { formatCount } from '../format/volume.ts';
import type { PortChange } from '../live/message.ts';
import { periodOf } from '../range.ts';
import { routersPath } from '../routes.ts';
import { Empty, Notice } from '../shell/notice.tsx';
import { StateMark } from '../state/state-mark.tsx';
import { toCsv, wholeRate } from '../table/csv.ts';
import { downloadText, fileName } from '../table/download.ts';
import { compareNames } from '../table/sort.ts';
import { useViewer } from '../viewer.ts';
import { Collection } from './collection.tsx';
import { OutcomeStrip } from './outcome-strip.tsx';
import { PortsTable } from './ports-table.tsx';
import { RadioClients, radioClientsCsv } from './radio-clients.tsx';
import { RouterEvents } from './router-events.tsx';
import { RouterFacts, SensorFacts } from './router-facts.tsx';
import { Radios, RouterTables } from './router-tables.tsx';
import { useTable } from './table-section.tsx';

/** The port with what the feed said later. */
function withPortChange(port: InterfaceSummary, change: PortChange | undefined): InterfaceSummary {
  return change === undefined || change.polled_at_ms < port.polled_at_ms ? port : { ...port, ...change };
}

/** Whichever of the two was polled later. */
function newer(read: RouterSummary, fed: RouterSummary | undefined): RouterSummary {
  return fed !== undefined && (fed.polled_at_ms ?? 0) >= (read.polled_at_ms ?? 0) ? fed : read;
}

function portsCsv(ports: readonly InterfaceSummary[]): string {
  return toCsv(
    [
      'port',
      'running',
      'disabled',
      'type',
      'in_bps',
      'out_bps',
      'speed_bps',
      'rx_errors',
      'tx_errors',
      'rx_drops',
      'tx_drops',
      'link_downs',
      'mac',
      'comment',
    ],
    ports.map((port) => [
      port.interface,
      port.running,
      port.disabled,
      port.type,
      wholeRate(port.rx_bps),
      wholeRate(port.tx_bps),
      port.speed_bps,
      port.rx_errors,
      port.tx_errors,
      port.rx_drops,
      port.tx_drops,
      port.link_downs,
      port.mac,
      port.comment,
    ]),
  );
}

function Heading({ router }: { router: RouterSummary }): JSX.Element {
  const failing = router.state === 'suspect' || router.state === 'down';
  return (
    <header class="heading">
      <nav class="crumbs muted" aria-label="Where this is">
        <a href="/routers">Routers</a> / <a href={routersPath(`site:${router.site}`)}>{router.site}</a> /
      </nav>
      <h1>{router.router}</h1>
      {router.identity !== null && router.identity !== router.router && <span class="identity">{router.identity}</span>}
      <StateMark state={router.state} />
      <span class="muted since">
        {router.since_ms !== null && (
          <>
            since <Moment ms={router.since_ms} /> (<Age ms={router.since_ms} />)
          </>
        )}
      </span>
      {failing && (
        <span class="problem">
          {router.outcome}
          {router.error !== '' && `: ${router.error}`}
        </span>
      )}
      {router.state === 'unknown' && <span class="problem">no polls arrive: look at its agent under Data health</span>}
    </header>
  );
}

/** One router: facts, how its polls went, its ports with their graphs, its wireless clients. */
export function RouterPage({ site, router: name }: { site: string; router: string }): JSX.Element {
  const viewer = useViewer();
  const [changes, setChanges] = useState<ReadonlyMap<string, PortChange>>(new Map());
  const [polledAtMs, setPolledAtMs] = useState(0);

  useEffect(
    () =>
      viewer.onFeed((message) => {
        const own = message.routers.find((router) => router.site === site && router.router === name);
        if (own?.polled_at_ms !== undefined) setPolledAtMs(own.polled_at_ms ?? 0);
        if (message.ports.length === 0) return;
        setChanges(
          (before) =>
            new Map([...(message.snapshot ? [] : before), ...message.ports.map((port) => [port.interface, port] as const)]),
        );
      }),
    [viewer, site, name],
  );

  // A new poll makes everything worth reading again; without the feed, the beat does.
  const refresh = viewer.feed.status.value === 'open' ? polledAtMs : `beat ${viewer.beat.value}`;
  const range = viewer.range.value;
  const detail = useReading('detail', (signal) => viewer.api.router(site, name, signal), refresh);
  const clients = useReading('clients', (signal) => viewer.api.radioClients(site, name, signal), refresh);
  const collectors = useReading('collectors', (signal) => viewer.api.collectors(site, name, signal), refresh);
  const reports = collectors.data?.collectors ?? [];
  const answeredAt = (collector: string): number | null =>
    reports.find((report) => report.collector === collector)?.answered_at_ms ?? null;
  const ethernet = useTable(site, name, 'ports', `${answeredAt('ethernet')} ${answeredAt('poe')}`);
  const clock = useTable(site, name, 'clock', String(answeredAt('clock')));
  const polls = useReading(
    'polls',
    async (signal) => {
      const period = periodOf(viewer.range.value, viewer.clock.nowMs());
      return { period, strip: await viewer.api.polls(site, name, period, signal) };
    },
    `${JSON.stringify(range)} ${String(refresh)}`,
  );

  const fed = viewer.fleet.routers.value?.find((router) => router.site === site && router.router === name);
  const router = detail.data === null ? fed : newer(detail.data.router, fed);
  const ports = useMemo(
    () =>
      (detail.data?.interfaces ?? [])
        .map((port) => withPortChange(port, changes.get(port.interface)))
        .sort((left, right) => compareNames(left.interface, right.interface)),
    [detail.data, changes],
  );
  const links = useMemo(() => new Map((ethernet.data?.rows ?? []).map((port) => [port.interface, port])), [ethernet.data]);
  const radioClients = clients.data?.clients ?? [];
  const hasRadios = radioClients.length > 0 || (router?.radio_clients ?? null) !== null || clients.error !== null;
  const sensors = detail.data?.sensors ?? [];
  const save = (what: string, text: string): void =>
    downloadText(fileName(`${site}-${name}-${what}`, Date.now(), 'csv'), 'text/csv', text);

  if (detail.error?.status === 404 && detail.data === null) {
    return (
      <section class="page">
        <h1>
          There is no router {name} at {site}
        </h1>
        <Notice error={detail.error} sinceMs={null} asOfMs={null} />
        <p>
          Look for it in the <a href={routersPath(name)}>list of routers</a>.
        </p>
      </section>
    );
  }
  return (
    <section class="page router" aria-label={`Router ${name}`}>
      {router !== undefined && <Heading router={router} />}
      {detail.error !== null && <Notice error={detail.error} sinceMs={detail.failingSinceMs} asOfMs={detail.readAtMs} />}
      {router !== undefined && (
        <RouterFacts router={router} board={detail.data?.board ?? null} clock={clock.data?.rows[0] ?? null} />
      )}
      {sensors.length > 0 && <SensorFacts sensors={sensors} />}
      {polls.data !== null && <OutcomeStrip strip={polls.data.strip} period={polls.data.period} />}

      <div class="toolbar">
        <h2>Ports</h2>
        <span class="count">{detail.data === null ? '' : formatCount(ports.length)}</span>
        <div class="actions">
          <button type="button" onClick={() => save('ports', portsCsv(ports))} disabled={ports.length === 0}>
            CSV
          </button>
          <a href={API.router(site, name)} target="_blank" rel="noreferrer">
            as JSON
          </a>
        </div>
      </div>
      {ports.length > 0 && (
        <PortsTable
          site={site}
          router={name}
          ports={ports}
          ethernet={links}
          strip={polls.data?.strip ?? null}
          refresh={refresh}
        />
      )}
      {detail.data !== null && ports.length === 0 && <Empty>No port is known: the router has not answered a poll yet.</Empty>}

      <Radios site={site} router={name} collectors={reports} />
      {hasRadios && (clients.data !== null || clients.error !== null) && (
        <section class="part" aria-label="Wireless clients">
          <div class="toolbar">
            <h2>Wireless clients</h2>
            <span class="count">{clients.data === null ? '' : formatCount(radioClients.length)}</span>
            <div class="actions">
              <button
                type="button"
                onClick={() => save('radio-clients', radioClientsCsv(radioClients))}
                disabled={radioClients.length === 0}
              >
                CSV
              </button>
              <a href={API.radioClients(site, name)} target="_blank" rel="noreferrer">
                as JSON
              </a>
            </div>
          </div>
          {clients.error !== null && <Notice error={clients.error} sinceMs={clients.failingSinceMs} asOfMs={clients.readAtMs} />}
          {radioClients.length > 0 ? (
            <RadioClients clients={radioClients} />
          ) : (
            clients.data !== null && <Empty>No wireless client is associated.</Empty>
          )}
        </section>
      )}

      <RouterEvents site={site} router={name} />
      <RouterTables site={site} router={name} collectors={reports} />
      {collectors.error !== null && (
        <Notice error={collectors.error} sinceMs={collectors.failingSinceMs} asOfMs={collectors.readAtMs} />
      )}
      <Collection site={site} router={name} collectors={reports} />
    </section>
  );
}
