import type { InterfaceSummary, PollStrip } from '@poplar/hub/api/schemas';
import type { Port } from '@poplar/hub/api/table-schemas';
import { Fragment, type JSX } from 'preact';
import { PortGraph } from '../chart/port-graph.tsx';
import { Rate } from '../format/figures.tsx';
import { NOT_KNOWN } from '../format/rate.ts';
import { formatCount, formatRatio } from '../format/volume.ts';
import { useViewer } from '../viewer.ts';
import { LinkSpeed, ModuleBrief, PoeBrief, PortFacts } from './port-facts.tsx';

/** Columns of every router; modules and power come on top where a port has them. */
const COLUMNS = 11;
/** A link busier than this is marked. */
const BUSY = 0.9;

/** A link as shape and word: ● up, ■ down, a dash for one that an operator switched off. */
function LinkMark({ port }: { port: InterfaceSummary }): JSX.Element {
  if (port.disabled === true) {
    return (
      <span class="state unknown">
        <svg class="shape unknown" viewBox="0 0 10 10" width="10" height="10" aria-hidden="true">
          <path d="M1.5 4.2h7v1.6h-7z" />
        </svg>
        disabled
      </span>
    );
  }
  if (port.running === null) {
    return (
      <span class="state unknown">
        <svg class="shape unknown" viewBox="0 0 10 10" width="10" height="10" aria-hidden="true">
          <circle class="hollow" cx="5" cy="5" r="3.4" />
        </svg>
        unknown
      </span>
    );
  }
  return port.running ? (
    <span class="state up">
      <svg class="shape up" viewBox="0 0 10 10" width="10" height="10" aria-hidden="true">
        <circle cx="5" cy="5" r="4" />
      </svg>
      <span class="word">link up</span>
    </span>
  ) : (
    <span class="state idle">
      <svg class="shape idle" viewBox="0 0 10 10" width="10" height="10" aria-hidden="true">
        <path d="M1.5 1.5h7v7h-7z" class="hollow" />
      </svg>
      no link
    </span>
  );
}

function Counts({ rx, tx }: { rx: number | null; tx: number | null }): JSX.Element {
  if (rx === null && tx === null) return <span class="none">{NOT_KNOWN}</span>;
  return (
    <>
      <span class={(rx ?? 0) > 0 ? '' : 'muted'}>{formatCount(rx)}</span>
      <span class="muted"> / </span>
      <span class={(tx ?? 0) > 0 ? '' : 'muted'}>{formatCount(tx)}</span>
    </>
  );
}

interface PortsTableProps {
  readonly site: string;
  readonly router: string;
  readonly ports: readonly InterfaceSummary[];
  /** What the Ethernet ports say of themselves, by interface. */
  readonly ethernet: ReadonlyMap<string, Port>;
  readonly strip: PollStrip | null;
  readonly refresh: unknown;
}

/** The ports of a router; a click or Enter opens a port's graph under its row, and the address remembers it. */
export function PortsTable({ site, router, ports, ethernet, strip, refresh }: PortsTableProps): JSX.Element {
  const { place } = useViewer();
  const open = place.url.value.searchParams.getAll('port');
  const most = Math.max(1, ...ports.flatMap(({ rx_bps, tx_bps }) => [rx_bps ?? 0, tx_bps ?? 0]));
  const hasModules = [...ethernet.values()].some(({ module_present }) => module_present !== null);
  const hasPoe = [...ethernet.values()].some(({ poe }) => poe !== null);
  const columns = COLUMNS + Number(hasModules) + Number(hasPoe);
  const toggle = (port: string): void =>
    place.setQuery({ port: open.includes(port) ? open.filter((other) => other !== port) : [...open, port] });
  return (
    <table class="full ports">
      <thead>
        <tr>
          <th class="port">Port</th>
          <th>Link</th>
          <th class="wide">Type</th>
          <th class="right">▲ In now</th>
          <th class="right">▼ Out now</th>
          <th
            class="pair wide"
            aria-label="In and out, compared"
            title="Against the speed of the link; against the busiest port where it is not known"
          />
          <th class="right wide" title="The busier direction's share of the link's speed">
            Used
          </th>
          {hasModules && (
            <th class="wide" title="Light received / sent, temperature">
              Module
            </th>
          )}
          {hasPoe && <th class="right wide">PoE</th>}
          <th class="right wide" title="Frames with errors since boot, received / sent">
            Errors in / out
          </th>
          <th class="right wide" title="Packets dropped since boot, received / sent">
            Drops in / out
          </th>
          <th class="right wide" title="Times the link went down since boot">
            Link downs
          </th>
          <th class="wide">Comment</th>
        </tr>
      </thead>
      <tbody>
        {ports.map((port) => {
          const opened = open.includes(port.interface);
          const link = ethernet.get(port.interface);
          // The rates are the feed's and newer than the API's share.
          const speed = port.speed_bps;
          const full = speed ?? most;
          const used =
            speed === null || (port.rx_bps ?? port.tx_bps) === null ? null : Math.max(port.rx_bps ?? 0, port.tx_bps ?? 0) / speed;
          return (
            <Fragment key={port.interface}>
              <tr
                data-row
                data-testid="router-port-row"
                data-port={port.interface}
                tabIndex={-1}
                class={`go${opened ? ' opened' : ''}${port.disabled === true || port.running === false ? ' quiet' : ''}`}
                onClick={() => getSelection()?.isCollapsed !== false && toggle(port.interface)}
              >
                <td class="port">
                  <button type="button" class="disclose" aria-expanded={opened} tabIndex={0}>
                    <svg viewBox="0 0 8 8" width="8" height="8" aria-hidden="true">
                      <path d="M2 1l4 3-4 3z" />
                    </svg>
                    {port.interface}
                  </button>
                </td>
                <td class={speed === null ? 'nowrap' : 'nowrap with-speed'}>
                  <LinkMark port={port} /> <LinkSpeed port={link} />
                </td>
                <td class="wide muted">{port.type}</td>
                <td class="right">
                  <Rate bps={port.rx_bps} />
                </td>
                <td class="right">
                  <Rate bps={port.tx_bps} />
                </td>
                <td class="pair wide" aria-hidden="true">
                  <i class="rx" style={{ width: `${Math.min(100, ((port.rx_bps ?? 0) / full) * 100)}%` }} />
                  <i class="tx" style={{ width: `${Math.min(100, ((port.tx_bps ?? 0) / full) * 100)}%` }} />
                </td>
                <td class={used !== null && used > BUSY ? 'right wide alert' : 'right wide muted'}>{formatRatio(used)}</td>
                {hasModules && (
                  <td class="wide nowrap">
                    <ModuleBrief port={link} quiet={port.disabled === true} />
                  </td>
                )}
                {hasPoe && (
                  <td class="right wide nowrap">
                    <PoeBrief port={link} />
                  </td>
                )}
                <td class="right wide">
                  <Counts rx={port.rx_errors} tx={port.tx_errors} />
                </td>
                <td class="right wide">
                  <Counts rx={port.rx_drops} tx={port.tx_drops} />
                </td>
                <td class={(port.link_downs ?? 0) > 0 ? 'right wide' : 'right wide muted'}>{formatCount(port.link_downs)}</td>
                <td class="wide comment" title={port.comment}>
                  {port.comment}
                </td>
              </tr>
              {opened && (
                <tr class="under">
                  <td colSpan={columns}>
                    <PortFacts summary={port} port={link} />
                    <PortGraph site={site} router={router} port={port.interface} strip={strip} refresh={refresh} />
                  </td>
                </tr>
              )}
            </Fragment>
          );
        })}
      </tbody>
    </table>
  );
}
