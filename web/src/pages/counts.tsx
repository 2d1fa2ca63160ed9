import type { TableCount } from '@poplar/hub/api/table-schemas';
import type { JSX } from 'preact';
import { API } from '../api/client.ts';
import { useReading } from '../api/resource.ts';
import { Spark } from '../chart/spark.tsx';
import { Changing } from '../format/figures.tsx';
import { formatCount } from '../format/volume.ts';
import { Notice } from '../shell/notice.tsx';
import { useViewer } from '../viewer.ts';
import { Fact } from './fact.tsx';
import { PartHeading } from './table-section.tsx';

const NAMES: Readonly<Record<string, string>> = {
  dhcp_leases_bound: 'DHCP leases',
  ppp_sessions: 'PPP sessions',
  routes_active: 'Active routes',
  connections: 'Connections',
  arp_entries: 'ARP entries',
};

function Count({ count }: { count: TableCount }): JSX.Element {
  const values = count.history.map(({ entries }) => entries);
  const range = `${formatCount(Math.min(...values))} to ${formatCount(Math.max(...values))} in the last three hours`;
  return (
    <Fact name={NAMES[count.counted] ?? count.counted} title={range}>
      <span data-testid="counts-row">
        <Changing text={formatCount(count.entries)} />
      </span>{' '}
      <Spark points={count.history.map(({ ts_ms, entries }) => [ts_ms, entries])} />
    </Fact>
  );
}

/** How many entries the router's tables have; nothing while it counts none. */
export function Counts({
  site,
  router,
  answeredAtMs,
}: {
  site: string;
  router: string;
  answeredAtMs: number | null;
}): JSX.Element | null {
  const { api } = useViewer();
  const { data, error, failingSinceMs, readAtMs } = useReading(
    'counts',
    (signal) => api.counts(site, router, signal),
    answeredAtMs,
  );
  if (data === null && error === null) return null;
  const counts = data?.counts ?? [];
  return (
    <section class="part" aria-label="Counts" data-testid="section-counts">
      <PartHeading title="Counts" count="" href={API.counts(site, router)} />
      {error !== null && <Notice error={error} sinceMs={failingSinceMs} asOfMs={readAtMs} />}
      <dl class="facts">
        {counts.map((count) => (
          <Count key={count.counted} count={count} />
        ))}
      </dl>
    </section>
  );
}
