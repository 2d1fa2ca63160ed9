/** Neighbours, routing sessions, queues and watched hosts of a router. */
import type { BgpPeer, OspfNeighbor, Queue, WatchedHost } from '@poplar/hub/api/table-schemas';
import type { JSX } from 'preact';
import { formatAge, formatDuration, formatLatency } from '../format/duration.ts';
import { Rate } from '../format/figures.tsx';
import { formatQuantity, formatSpeed } from '../format/quantity.ts';
import { NOT_KNOWN } from '../format/rate.ts';
import { formatBytes, formatCount } from '../format/volume.ts';
import { StateMark } from '../state/state-mark.tsx';
import { sortRows } from '../table/sort.ts';
import type { TableView } from './table-section.tsx';

function PeerState({ peer }: { peer: BgpPeer }): JSX.Element {
  if (peer.disabled === true) return <StateMark state="unknown" word="disabled" />;
  if (peer.established === null) return <StateMark state="unknown" word={peer.state || 'unknown'} />;
  return peer.established ? (
    <StateMark state="up" word="established" />
  ) : (
    <StateMark state="down" word={peer.state || 'not established'} />
  );
}

export const BGP_PEERS: TableView<'bgp-peers'> = {
  name: 'bgp-peers',
  title: 'BGP peers',
  keyOf: ({ peer, remote_address }) => `${peer}/${remote_address}`,
  order: (peers) =>
    sortRows(peers, ({ established, disabled }) => (disabled === true ? 1 : established === false ? 0 : 2), false),
  columns: [
    { title: 'Peer', cell: ({ peer, remote_address }) => <b>{peer || remote_address}</b> },
    { title: 'State', cell: (peer) => <PeerState peer={peer} /> },
    { title: 'Address', class: 'mid', cell: ({ remote_address }) => remote_address },
    { title: 'AS', class: 'right', cell: ({ remote_as }) => (remote_as === null ? null : String(remote_as)) },
    { title: 'Own AS', class: 'right wide muted', cell: ({ local_as }) => (local_as === null ? null : String(local_as)) },
    { title: 'Prefixes', class: 'right', cell: ({ prefixes }) => formatCount(prefixes) },
    { title: 'Since', class: 'right nowrap mid', cell: ({ uptime_ms }) => formatDuration(uptime_ms) },
    {
      title: 'Messages in / out',
      class: 'right wide nowrap',
      cell: ({ messages_received, messages_sent }) => pair(formatCount(messages_received), formatCount(messages_sent)),
    },
    {
      title: 'Volume in / out',
      class: 'right wide nowrap',
      cell: ({ received_bytes, sent_bytes }) => pair(formatBytes(received_bytes), formatBytes(sent_bytes)),
    },
    { title: 'Hold time', class: 'right wide', cell: ({ hold_time_ms }) => formatDuration(hold_time_ms) },
    { title: 'Instance', class: 'wide muted', cell: ({ instance }) => instance },
  ],
};

/** Two figures of a pair; nothing when neither is known. */
function pair(left: string, right: string): string | null {
  return left === NOT_KNOWN && right === NOT_KNOWN ? null : `${left} / ${right}`;
}

const isFull = ({ state }: OspfNeighbor): boolean => state === 'Full';

export const OSPF_NEIGHBORS: TableView<'ospf-neighbors'> = {
  name: 'ospf-neighbors',
  title: 'OSPF neighbours',
  keyOf: ({ instance, interface: name, address, router_id }) => `${instance}/${name}/${address}/${router_id}`,
  order: (neighbors) => sortRows(neighbors, (neighbor) => Number(isFull(neighbor)), false),
  columns: [
    { title: 'Neighbour', cell: ({ router_id, address }) => <b>{router_id || address}</b> },
    {
      title: 'State',
      cell: (neighbor) => (
        <StateMark
          state={isFull(neighbor) ? 'up' : neighbor.state === '' ? 'unknown' : 'suspect'}
          word={neighbor.state || 'unknown'}
        />
      ),
    },
    { title: 'Interface', class: 'mid', cell: ({ interface: name }) => name },
    { title: 'Address', class: 'mid', cell: ({ address }) => address },
    { title: 'Area', class: 'wide', cell: ({ area }) => area },
    { title: 'Since', class: 'right nowrap', cell: ({ adjacency_ms }) => formatDuration(adjacency_ms || null) },
    {
      title: 'Changes',
      class: 'right wide',
      hint: 'Changes of state so far',
      cell: ({ state_changes }) => formatCount(state_changes),
    },
    { title: 'Priority', class: 'right wide', cell: ({ priority }) => formatCount(priority) },
    { title: 'Designated', class: 'wide muted', cell: ({ designated }) => designated },
    { title: 'Backup', class: 'wide muted', cell: ({ backup }) => backup },
    { title: 'Instance', class: 'wide muted', cell: ({ instance }) => instance },
  ],
};

export const NEIGHBORS: TableView<'neighbors'> = {
  name: 'neighbors',
  title: 'Neighbours',
  keyOf: ({ interface: name, mac, port }) => `${name}/${mac}/${port}`,
  columns: [
    { title: 'Port', cell: ({ interface: name }) => <b>{name}</b> },
    { title: 'Neighbour', cell: ({ identity, mac }) => identity || mac },
    { title: 'Its port', class: 'mid', cell: ({ port }) => port },
    { title: 'Address', class: 'mid', cell: ({ address }) => address },
    { title: 'Model', class: 'wide', cell: ({ board, system_description, platform }) => board || system_description || platform },
    { title: 'Version', class: 'wide muted', cell: ({ version }) => version },
    { title: 'Uptime', class: 'right wide nowrap', cell: ({ uptime_ms }) => formatDuration(uptime_ms) },
    { title: 'Heard by', class: 'wide muted', cell: ({ discovered_by }) => discovered_by },
    {
      title: 'Heard',
      class: 'right wide',
      hint: 'Before it was read',
      cell: ({ age_ms }) => (age_ms === null ? null : formatAge(age_ms)),
    },
    { title: 'MAC', class: 'wide muted mac', cell: ({ mac }) => mac },
  ],
};

/** How much of its limit a direction of a queue uses, as a bar. */
function Used({ bps, limit, way }: { bps: number | null; limit: number | null; way: 'rx' | 'tx' }): JSX.Element {
  const share = bps === null || limit === null || limit === 0 ? 0 : Math.min(1, bps / limit);
  return <i class={way} style={{ width: `${share * 100}%` }} />;
}

const busiest = ({ upload_bps, download_bps }: Queue): number | null =>
  upload_bps === null && download_bps === null ? null : Math.max(upload_bps ?? 0, download_bps ?? 0);

const limitOf = (bps: number | null): string => (bps === 0 ? '∞' : formatSpeed(bps));

export const QUEUES: TableView<'queues'> = {
  name: 'queues',
  title: 'Queues',
  keyOf: ({ queue }) => queue,
  order: (queues) => sortRows(queues, busiest, true),
  columns: [
    {
      title: 'Queue',
      cell: ({ queue, disabled, invalid }) => (
        <>
          <b>{queue}</b>
          {disabled === true && <span class="muted"> disabled</span>}
          {invalid === true && <span class="alert"> invalid</span>}
        </>
      ),
    },
    { title: 'Target', class: 'wide muted', cell: ({ target }) => target },
    { title: '▲ Up', class: 'right', hint: 'From the target', cell: ({ upload_bps }) => <Rate bps={upload_bps} /> },
    { title: '▼ Down', class: 'right', hint: 'To the target', cell: ({ download_bps }) => <Rate bps={download_bps} /> },
    {
      title: 'Of its limit',
      class: 'pair wide',
      cell: ({ upload_bps, upload_limit_bps, download_bps, download_limit_bps }) => (
        <>
          <Used bps={upload_bps} limit={upload_limit_bps} way="rx" />
          <Used bps={download_bps} limit={download_limit_bps} way="tx" />
        </>
      ),
    },
    {
      title: 'Limit up / down',
      class: 'right wide nowrap',
      cell: ({ upload_limit_bps, download_limit_bps }) => pair(limitOf(upload_limit_bps), limitOf(download_limit_bps)),
    },
    {
      title: 'Dropped up / down',
      class: 'right wide nowrap',
      hint: 'Packets since the queue was made',
      cell: ({ upload_drops, download_drops }) => pair(formatCount(upload_drops), formatCount(download_drops)),
    },
    {
      title: 'Waiting up / down',
      class: 'right wide nowrap',
      cell: ({ upload_queued_bytes: up, download_queued_bytes: down }) =>
        (up ?? 0) + (down ?? 0) === 0 ? null : pair(formatBytes(up), formatBytes(down)),
    },
    { title: 'Parent', class: 'wide muted', cell: ({ parent }) => (parent === 'none' ? null : parent) },
  ],
};

function HostState({ host }: { host: WatchedHost }): JSX.Element {
  if (host.disabled === true) return <StateMark state="unknown" word="disabled" />;
  return <StateMark state={host.status === 'up' || host.status === 'down' ? host.status : 'unknown'} />;
}

export const WATCHED_HOSTS: TableView<'watched-hosts'> = {
  name: 'watched-hosts',
  title: 'Watched hosts',
  keyOf: ({ host, type, name }) => `${host}/${type}/${name}`,
  order: (hosts) => sortRows(hosts, ({ status, disabled }) => (disabled !== true && status === 'down' ? 0 : 1), false),
  columns: [
    { title: 'Host', cell: ({ host }) => <b>{host}</b> },
    { title: 'State', cell: (host) => <HostState host={host} /> },
    { title: 'What it is', class: 'mid', cell: ({ name, comment }) => comment || name },
    { title: 'Test', class: 'wide muted', cell: ({ type }) => type },
    {
      title: 'Round trip',
      class: 'right',
      cell: ({ rtt_avg_us }) => (rtt_avg_us === null ? null : formatLatency(rtt_avg_us / 1000)),
    },
    {
      title: 'Lost',
      class: 'right mid',
      hint: 'Packets of the last test',
      cell: ({ loss_pct }) => formatQuantity(loss_pct, '%', 1),
    },
    {
      title: 'Connect',
      class: 'right wide',
      cell: ({ tcp_connect_us }) => (tcp_connect_us === null ? null : formatLatency(tcp_connect_us / 1000)),
    },
    { title: 'HTTP', class: 'right wide', cell: ({ http_status }) => (http_status === null ? null : String(http_status)) },
    {
      title: 'Failed / tests',
      class: 'right wide nowrap',
      cell: ({ failed_tests, done_tests }) => pair(formatCount(failed_tests), formatCount(done_tests)),
    },
    { title: 'Every', class: 'right wide', cell: ({ interval_ms }) => formatDuration(interval_ms) },
    { title: 'Since', class: 'wide muted nowrap', hint: "By the router's own clock", cell: ({ since }) => since },
  ],
};
