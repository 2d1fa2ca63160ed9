import type { Overview } from '@poplar/hub/api/schemas';
import type { JSX } from 'preact';
import { Rate } from '../format/figures.tsx';
import { routerPath } from '../routes.ts';
import { Empty } from '../shell/notice.tsx';
import { SignalMark } from '../state/signal-mark.tsx';

const LIST_MAX = 8;

function RouterLink({ site, router, port }: { site: string; router: string; port?: string }): JSX.Element {
  const query = port === undefined ? '' : `?port=${encodeURIComponent(port)}`;
  return (
    <a href={`${routerPath(site, router)}${query}`}>
      <b>{router}</b> <span class="muted">{port ?? site}</span>
    </a>
  );
}

/** The busiest ports, in and out compared. */
export function TopTalkers({ talkers }: { talkers: Overview['top_talkers'] }): JSX.Element {
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

/** The wireless clients that hear their access point worst. */
export function WeakestClients({ clients }: { clients: Overview['weakest_clients'] }): JSX.Element {
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

/** The routers with the highest CPU load. */
export function Busiest({ routers }: { routers: Overview['busiest'] }): JSX.Element {
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
