/** What there is and was: routers with their boards and versions, or interfaces with their addresses. */
import type { InventoryInterface, InventoryRouter } from '@poplar/hub/api/inventory-schemas';
import type { JSX } from 'preact';
import { API } from '../api/client.ts';
import { useReading } from '../api/resource.ts';
import { formatDay } from '../format/time.ts';
import { formatCount } from '../format/volume.ts';
import { routerPath } from '../routes.ts';
import { CopyButton } from '../shell/copy.tsx';
import { Empty, Notice } from '../shell/notice.tsx';
import { type ListColumn, ListTable } from '../table/list.tsx';
import { useViewer } from '../viewer.ts';

/** Beats of five seconds between two readings. */
const BEATS = 12;
/** A router that has not answered for so long is told by the day of its last answer. */
const RECENT_MS = 3600_000;

const day = (ms: number | null): string => (ms === null ? '' : formatDay(ms));
/** How many there were, where more than one. */
const several = (count: number): string => (count > 1 ? ` 1 of ${formatCount(count)}` : '');

function routerColumns(nowMs: number): readonly ListColumn<InventoryRouter>[] {
  return [
    {
      title: 'Router',
      cell: ({ site, router }) => (
        <a class="name" href={routerPath(site, router)}>
          {router}
        </a>
      ),
    },
    { title: 'Site', cell: ({ site }) => site },
    { title: 'Model', class: 'mid', cell: ({ model, board }) => (model === '' ? board : model) },
    {
      title: 'Serial number',
      hint: 'More than one: the router was replaced under its name',
      cell: ({ serial, serials }) =>
        serial === '' ? (
          ''
        ) : (
          <>
            {serial}
            <span class="muted">{several(serials)}</span>
          </>
        ),
    },
    {
      title: 'RouterOS',
      cell: ({ version, versions }) =>
        version === '' ? (
          ''
        ) : (
          <>
            {version}
            <span class="muted">{several(versions)}</span>
          </>
        ),
    },
    { title: 'Version since', class: 'mid', hint: 'When this version was seen first', cell: (row) => day(row.version_since_ms) },
    { title: 'Firmware', class: 'wide', cell: ({ firmware }) => firmware },
    { title: 'First seen', class: 'wide', hint: 'First answer', cell: (row) => day(row.first_answered_ms) },
    {
      title: 'Last seen',
      hint: 'Newest answer',
      cell: ({ last_answered_ms: ms }) =>
        ms === null ? (
          <span class="alert">never</span>
        ) : nowMs - ms < RECENT_MS ? (
          'now'
        ) : (
          <span class="alert">{formatDay(ms)}</span>
        ),
    },
  ];
}

const INTERFACE_COLUMNS: readonly ListColumn<InventoryInterface>[] = [
  { title: 'Interface', cell: ({ interface: name }) => <b>{name}</b> },
  {
    title: 'Router',
    cell: ({ site, router }) => (
      <a class="name" href={routerPath(site, router)}>
        {router}
      </a>
    ),
  },
  { title: 'Site', class: 'mid', cell: ({ site }) => site },
  { title: 'Type', class: 'mid', cell: ({ type }) => type },
  {
    title: 'Address',
    cell: ({ mac, macs }) =>
      mac === null ? (
        ''
      ) : (
        <>
          {mac}
          <span class="muted">{several(macs)}</span>
        </>
      ),
  },
  { title: 'First seen', cell: (row) => formatDay(row.first_seen_ms) },
  {
    title: 'Last seen',
    cell: ({ present, last_seen_ms: ms }) => (present ? 'now' : <span class="muted">{formatDay(ms)}</span>),
  },
];

/** The first page of what the box asks for; the rest is in the CSV and the API. */
export function InventoryPage(): JSX.Element {
  const { api, beat, place, clock } = useViewer();
  const params = place.url.value.searchParams;
  const q = params.get('q') ?? '';
  const ofInterfaces = params.get('of') === 'interfaces';
  const turn = Math.floor(beat.value / BEATS);
  // What is not shown is not read: a key of its own has it read as soon as it is.
  const key = `${ofInterfaces ? 'interfaces' : 'routers'} ${q}`;
  const routers = useReading(`routers of ${key}`, (signal) => api.inventoryRouters(ofInterfaces ? null : q, signal), turn);
  const ports = useReading(`ports of ${key}`, (signal) => api.inventoryInterfaces(ofInterfaces ? q : null, signal), turn);
  const { data, error, failingSinceMs, readAtMs } = ofInterfaces ? ports : routers;
  const rows = ofInterfaces ? (ports.data?.interfaces.length ?? 0) : (routers.data?.routers.length ?? 0);
  const more = data?.next_cursor === null ? '' : '+';
  const href = ofInterfaces ? API.inventoryInterfaces(q) : API.inventoryRouters(q);
  return (
    <section class="page" aria-label="Inventory">
      <div class="toolbar">
        <h1>Inventory</h1>
        <span class="count" role="status">
          {data === null ? '' : `${formatCount(rows)}${more}`}
        </span>
        <input
          type="search"
          class="narrow-by"
          aria-label="Filter the inventory"
          placeholder="name, address, serial number, version"
          value={q}
          onInput={(event) => place.setQuery({ q: event.currentTarget.value })}
        />
        <div class="actions">
          <button type="button" aria-pressed={!ofInterfaces} onClick={() => place.setQuery({ of: null }, { push: true })}>
            Routers
          </button>
          <button type="button" aria-pressed={ofInterfaces} onClick={() => place.setQuery({ of: 'interfaces' }, { push: true })}>
            Interfaces
          </button>
          <a href={`${href}&limit=50000&format=csv`} download={ofInterfaces ? 'interfaces.csv' : 'routers.csv'}>
            CSV
          </a>
          {data !== null && <CopyButton name="as SQL" text={() => data.sql} />}
          <a href={href} target="_blank" rel="noreferrer">
            as JSON
          </a>
        </div>
      </div>
      {error !== null && <Notice error={error} sinceMs={failingSinceMs} asOfMs={readAtMs} />}
      {data !== null && rows === 0 && <Empty>{q === '' ? 'Nothing was polled yet.' : `Nothing has ${q} in it.`}</Empty>}
      {rows > 0 && (
        <div class="scroll">
          {ofInterfaces ? (
            <ListTable
              columns={INTERFACE_COLUMNS}
              rows={ports.data?.interfaces ?? []}
              keyOf={(row) => `${row.site}\n${row.router}\n${row.interface}`}
              testId="inventory-row"
            />
          ) : (
            <ListTable
              columns={routerColumns(clock.nowMs())}
              rows={routers.data?.routers ?? []}
              keyOf={(row) => `${row.site}\n${row.router}`}
              testId="inventory-row"
            />
          )}
        </div>
      )}
    </section>
  );
}
