import type { CollectorReport } from '@poplar/hub/api/table-schemas';
import type { JSX } from 'preact';
import { Counts } from './counts.tsx';
import { BGP_PEERS, NEIGHBORS, OSPF_NEIGHBORS, QUEUES, WATCHED_HOSTS } from './network-views.tsx';
import { MODEMS, RADIOS, W60G_LINKS } from './radio-views.tsx';
import { TableSection } from './table-section.tsx';

interface TablesProps {
  readonly site: string;
  readonly router: string;
  readonly collectors: readonly CollectorReport[];
}

/** When a collector found rows last, or null when it found none: then nothing is fetched. */
function foundAt(collectors: readonly CollectorReport[], name: string): number | null {
  const report = collectors.find(({ collector }) => collector === name);
  return report !== undefined && (report.rows ?? 0) > 0 ? report.answered_at_ms : null;
}

/** The router's radios; nothing when it has none. */
export function Radios({ collectors, ...router }: TablesProps): JSX.Element | null {
  const answeredAtMs = foundAt(collectors, 'radios');
  return answeredAtMs === null ? null : <TableSection {...router} view={RADIOS} answeredAtMs={answeredAtMs} />;
}

const COUNTERS = ['dhcp_leases', 'ppp_sessions', 'routes', 'connections', 'arp'];

/** Everything that only some routers have: each part appears with its first row. */
export function RouterTables({ collectors, ...router }: TablesProps): JSX.Element {
  const [modems, w60g, bgp, ospf, neighbors, queues, netwatch] = [
    'modems',
    'w60g',
    'bgp',
    'ospf',
    'neighbors',
    'queues',
    'netwatch',
  ].map((name) => foundAt(collectors, name) ?? undefined);
  const counted = Math.max(
    0,
    ...collectors.map(({ collector, answered_at_ms }) => (COUNTERS.includes(collector) ? (answered_at_ms ?? 0) : 0)),
  );
  return (
    <>
      {modems !== undefined && <TableSection {...router} view={MODEMS} answeredAtMs={modems} />}
      {w60g !== undefined && <TableSection {...router} view={W60G_LINKS} answeredAtMs={w60g} />}
      {bgp !== undefined && <TableSection {...router} view={BGP_PEERS} answeredAtMs={bgp} />}
      {ospf !== undefined && <TableSection {...router} view={OSPF_NEIGHBORS} answeredAtMs={ospf} />}
      {neighbors !== undefined && <TableSection {...router} view={NEIGHBORS} answeredAtMs={neighbors} />}
      {queues !== undefined && <TableSection {...router} view={QUEUES} answeredAtMs={queues} />}
      {netwatch !== undefined && <TableSection {...router} view={WATCHED_HOSTS} answeredAtMs={netwatch} />}
      {counted > 0 && <Counts {...router} answeredAtMs={counted} />}
    </>
  );
}
