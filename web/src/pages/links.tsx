import type { Link } from '@poplar/hub/api/link-schemas';
import type { JSX } from 'preact';
import { API } from '../api/client.ts';
import { useReading } from '../api/resource.ts';
import { Age } from '../format/figures.tsx';
import { formatRate, NOT_KNOWN } from '../format/rate.ts';
import { formatCount } from '../format/volume.ts';
import { LinkHistory } from '../links/link-history.tsx';
import { LINK_STATES, linkCauseWords, linkKey, markOf, worstFirst } from '../links/state.ts';
import { routerPath } from '../routes.ts';
import { CopyButton } from '../shell/copy.tsx';
import { Empty, Notice } from '../shell/notice.tsx';
import { SignalMark } from '../state/signal-mark.tsx';
import { StateMark } from '../state/state-mark.tsx';
import { rowsToCsv } from '../table/csv.ts';
import { downloadText, fileName } from '../table/download.ts';
import { useViewer } from '../viewer.ts';

/** Rows beyond these are found with the filter. */
const ROWS_MAX = 500;

/** Every wireless link, the worst first; a click opens its history under the row. */
export function LinksPage(): JSX.Element {
  const { api, beat, place } = useViewer();
  const { data, readAtMs, error, failingSinceMs } = useReading('links', api.links, Math.floor(beat.value / 2));
  const params = place.url.value.searchParams;
  const [sought, opened] = [params.get('q') ?? '', params.get('open')];
  const all = worstFirst(data?.links ?? []);
  const links = all.filter((link) => mentions(link, sought));
  return (
    <section class="page" aria-label="Links">
      <div class="toolbar">
        <h1>Links</h1>
        <span class="count">{data === null ? '' : formatCount(all.length)}</span>
        <ul class="link-states">
          {LINK_STATES.map((state) => ({ state, links: all.filter((link) => link.state === state).length }))
            .filter((row) => row.links > 0)
            .map((row) => (
              <li key={row.state}>
                <StateMark state={markOf(row.state)} word={`${formatCount(row.links)} ${row.state}`} />
              </li>
            ))}
        </ul>
        <div class="actions">
          <input
            type="search"
            class="narrow-by"
            aria-label="Filter links"
            placeholder="Filter"
            value={sought}
            onInput={(event) => place.setQuery({ q: event.currentTarget.value })}
          />
          {data !== null && <CopyButton name="as SQL" text={() => data.sql} />}
          <button
            type="button"
            disabled={links.length === 0}
            onClick={() => downloadText(fileName('links', Date.now(), 'csv'), 'text/csv', rowsToCsv(links))}
          >
            CSV
          </button>
          <a href={API.links} target="_blank" rel="noreferrer">
            as JSON
          </a>
        </div>
      </div>
      {error !== null && <Notice error={error} sinceMs={failingSinceMs} asOfMs={readAtMs} />}
      {data !== null && all.length === 0 && (
        <Empty>No link yet: one appears when a wireless client has the address of a router that is polled too.</Empty>
      )}
      {all.length > 0 && links.length === 0 && <Empty>None has “{sought}” in it.</Empty>}
      {links.length > 0 && (
        <div class="scroll">
          <table class="full plain links">
            <thead>
              <tr>
                <th>State</th>
                <th>Access point</th>
                <th>Client router</th>
                <th>Signal</th>
                <th class="right wide">SNR</th>
                <th class="right wide" title="Connection quality towards the client">
                  CCQ
                </th>
                <th class="right wide" title="Modulation rate from the client / towards it">
                  Rate in / out
                </th>
                <th class="mid">Why</th>
                <th class="right">For</th>
              </tr>
            </thead>
            <tbody>
              {links.slice(0, ROWS_MAX).map((link) => (
                <LinkRow key={linkKey(link)} link={link} isOpen={opened === linkKey(link)} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {(links.length > ROWS_MAX || data?.truncated === true) && (
        <p class="muted">The first {formatCount(Math.min(ROWS_MAX, links.length))} are shown; the filter finds others.</p>
      )}
    </section>
  );
}

function mentions({ mac, site, router, cpe, cpe_site, state, cause, interface: radio }: Link, text: string): boolean {
  const sought = text.toLowerCase();
  return [mac, site, router, cpe, cpe_site, state, cause, radio].some((value) => value.toLowerCase().includes(sought));
}

function LinkRow({ link, isOpen }: { link: Link; isOpen: boolean }): JSX.Element {
  const { place } = useViewer();
  const { site, router, interface: radio, cpe_site, cpe, cpe_interface, mac, state, cause, since_ms } = link;
  return (
    <>
      <tr
        data-row
        data-testid="link-row"
        data-mac={mac}
        data-state={state}
        tabIndex={-1}
        class="go"
        aria-expanded={isOpen}
        onClick={(event) => {
          if (event.target instanceof Element && event.target.closest('a') !== null) return;
          place.setQuery({ open: isOpen ? null : linkKey(link) });
        }}
      >
        <td>
          <StateMark state={markOf(state)} word={state} />
        </td>
        <td>
          <a class="name" href={routerPath(site, router)}>
            {router}
          </a>{' '}
          <span class="muted">
            {radio} {site}
          </span>
        </td>
        <td>
          {cpe === '' ? (
            <span class="none">{NOT_KNOWN}</span>
          ) : (
            <a class="name" href={routerPath(cpe_site, cpe)}>
              {cpe}
            </a>
          )}{' '}
          <span class="muted" title={mac}>
            {cpe === '' ? mac : cpe_interface} {cpe_site === site ? '' : cpe_site}
          </span>
        </td>
        <td>
          <SignalMark dbm={link.signal_dbm} />
        </td>
        <td class="right wide">{figure(link.snr_db, 'dB')}</td>
        <td class="right wide">{figure(link.tx_ccq_pct, '%')}</td>
        <td class="right wide nowrap">
          {formatRate(link.rx_rate_bps)} <span class="muted">/</span> {formatRate(link.tx_rate_bps)}
        </td>
        <td class="mid">
          {linkCauseWords(cause)}
          {link.roamed_to !== '' && <span class="muted"> to {link.roamed_to}</span>}
        </td>
        <td class="right nowrap">{since_ms === null ? NOT_KNOWN : <Age ms={since_ms} />}</td>
      </tr>
      {isOpen && (
        <tr class="opened">
          <td colSpan={9}>
            <LinkHistory link={link} />
          </td>
        </tr>
      )}
    </>
  );
}

function figure(value: number | null, unit: string): JSX.Element {
  if (value === null) return <span class="none">{NOT_KNOWN}</span>;
  return (
    <>
      {formatCount(value)} <span class="unit">{unit}</span>
    </>
  );
}
