import type { RouterSummary } from '@poplar/hub/api/schemas';
import type { ComponentChildren, JSX } from 'preact';
import { formatDuration } from '../format/duration.ts';
import { Age, Changing, Moment, Rate } from '../format/figures.tsx';
import { NOT_KNOWN } from '../format/rate.ts';
import { formatCount, formatRatio } from '../format/volume.ts';
import { routerPath } from '../routes.ts';
import { STATES_WORST_FIRST, StateMark } from '../state/state-mark.tsx';
import { type Cell, wholeRate } from './csv.ts';
import type { SortKey } from './sort.ts';

/** A column of the router list: how it looks, sorts and is exported. */
export interface RouterColumn {
  readonly id: string;
  readonly name: string;
  /** Header in the CSV file, with its unit. */
  readonly csvName: string;
  /** Track of the grid. */
  readonly width: string;
  /** Least width in pixels: which columns fit is decided by these. */
  readonly leastPx: number;
  readonly right?: boolean;
  readonly show: (router: RouterSummary) => ComponentChildren;
  readonly csv: (router: RouterSummary) => Cell;
  readonly sortKey: (router: RouterSummary) => SortKey;
}

function Meter({ ratio, text }: { ratio: number | null; text: string }): JSX.Element {
  if (ratio === null) return <span class="none">{NOT_KNOWN}</span>;
  return (
    <span class="meter">
      <Changing text={text} />
      <i class={ratio >= 0.9 ? 'high' : ''}>
        <b style={{ width: `${Math.min(1, ratio) * 100}%` }} />
      </i>
    </span>
  );
}

function problemOf(router: RouterSummary): string {
  if (router.state === 'unknown') return 'no polls arrive';
  const answered = router.outcome === 'ok' || router.outcome === '';
  if (answered && router.error === '') return '';
  return router.error === '' ? router.outcome : `${router.outcome}: ${router.error}`;
}

const versionKey = (version: string): SortKey => (version === '' ? null : version);

/** Every column, in the order they are shown. */
export const ROUTER_COLUMNS: readonly RouterColumn[] = [
  {
    id: 'state',
    name: 'State',
    csvName: 'state',
    width: '92px',
    leastPx: 92,
    show: (router) => <StateMark state={router.state} />,
    csv: (router) => router.state,
    sortKey: (router) => STATES_WORST_FIRST.indexOf(router.state),
  },
  {
    id: 'router',
    name: 'Router',
    csvName: 'router',
    width: 'minmax(96px, 1fr)',
    leastPx: 96,
    show: (router) => (
      <a class="name" href={routerPath(router.site, router.router)}>
        {router.router}
      </a>
    ),
    csv: (router) => router.router,
    sortKey: (router) => router.router,
  },
  {
    id: 'identity',
    name: 'Identity',
    csvName: 'identity',
    width: 'minmax(110px, 1fr)',
    leastPx: 110,
    show: (router) => router.identity ?? <span class="none">{NOT_KNOWN}</span>,
    csv: (router) => router.identity,
    sortKey: (router) => router.identity,
  },
  {
    id: 'site',
    name: 'Site',
    csvName: 'site',
    width: 'minmax(64px, .5fr)',
    leastPx: 64,
    show: (router) => router.site,
    csv: (router) => router.site,
    sortKey: (router) => router.site,
  },
  {
    id: 'address',
    name: 'Address',
    csvName: 'address',
    width: 'minmax(136px, .8fr)',
    leastPx: 136,
    show: (router) => router.address,
    csv: (router) => router.address,
    sortKey: (router) => router.address,
  },
  {
    id: 'model',
    name: 'Model',
    csvName: 'model',
    width: 'minmax(128px, 1.4fr)',
    leastPx: 128,
    show: (router) => router.board,
    csv: (router) => router.board,
    sortKey: (router) => (router.board === '' ? null : router.board),
  },
  {
    id: 'ros',
    name: 'RouterOS',
    csvName: 'routeros',
    width: '84px',
    leastPx: 84,
    show: (router) => <span title={router.version}>{router.version.replace(/ \(.*\)$/, '')}</span>,
    csv: (router) => router.version,
    sortKey: (router) => versionKey(router.version),
  },
  {
    id: 'arch',
    name: 'CPU type',
    csvName: 'architecture',
    width: '84px',
    leastPx: 84,
    show: (router) => router.architecture,
    csv: (router) => router.architecture,
    sortKey: (router) => router.architecture,
  },
  {
    id: 'agent',
    name: 'Agent',
    csvName: 'agent',
    width: '80px',
    leastPx: 80,
    show: (router) => router.agent,
    csv: (router) => router.agent,
    sortKey: (router) => router.agent,
  },
  {
    id: 'cpu',
    name: 'CPU',
    csvName: 'cpu_load_pct',
    width: '88px',
    leastPx: 88,
    right: true,
    show: (router) => (
      <Meter
        ratio={router.cpu_load_pct === null ? null : router.cpu_load_pct / 100}
        text={`${router.cpu_load_pct ?? 0}\u00a0%`}
      />
    ),
    csv: (router) => router.cpu_load_pct,
    sortKey: (router) => router.cpu_load_pct,
  },
  {
    id: 'memory',
    name: 'Memory',
    csvName: 'memory_used_ratio',
    width: '88px',
    leastPx: 88,
    right: true,
    show: (router) => <Meter ratio={router.memory_used_ratio} text={formatRatio(router.memory_used_ratio)} />,
    csv: (router) => (router.memory_used_ratio === null ? null : Number(router.memory_used_ratio.toFixed(4))),
    sortKey: (router) => router.memory_used_ratio,
  },
  {
    id: 'uptime',
    name: 'Uptime',
    csvName: 'uptime_ms',
    width: '84px',
    leastPx: 84,
    right: true,
    show: (router) => formatDuration(router.uptime_ms),
    csv: (router) => router.uptime_ms,
    sortKey: (router) => router.uptime_ms,
  },
  {
    id: 'in',
    name: '▲ In',
    csvName: 'in_bps',
    width: '104px',
    leastPx: 104,
    right: true,
    show: (router) => <Rate bps={router.rx_bps} />,
    csv: (router) => wholeRate(router.rx_bps),
    sortKey: (router) => router.rx_bps,
  },
  {
    id: 'out',
    name: '▼ Out',
    csvName: 'out_bps',
    width: '104px',
    leastPx: 104,
    right: true,
    show: (router) => <Rate bps={router.tx_bps} />,
    csv: (router) => wholeRate(router.tx_bps),
    sortKey: (router) => router.tx_bps,
  },
  {
    id: 'clients',
    name: 'Clients',
    csvName: 'radio_clients',
    width: '62px',
    leastPx: 62,
    right: true,
    show: (router) => formatCount(router.radio_clients),
    csv: (router) => router.radio_clients,
    sortKey: (router) => router.radio_clients,
  },
  {
    id: 'polled',
    name: 'Last poll',
    csvName: 'polled_at',
    width: '76px',
    leastPx: 76,
    right: true,
    show: (router) => <Age ms={router.polled_at_ms} />,
    csv: (router) => (router.polled_at_ms === null ? null : new Date(router.polled_at_ms).toISOString()),
    sortKey: (router) => router.polled_at_ms,
  },
  {
    id: 'since',
    name: 'Since',
    csvName: 'since',
    width: '118px',
    leastPx: 118,
    show: (router) => <Moment ms={router.since_ms} />,
    csv: (router) => (router.since_ms === null ? null : new Date(router.since_ms).toISOString()),
    sortKey: (router) => router.since_ms,
  },
  {
    id: 'problem',
    name: 'Problem',
    csvName: 'problem',
    width: 'minmax(120px, 2fr)',
    leastPx: 120,
    show: (router) => (
      <span class="problem" title={problemOf(router)}>
        {problemOf(router)}
      </span>
    ),
    csv: problemOf,
    sortKey: (router) => (problemOf(router) === '' ? null : problemOf(router)),
  },
];

/** The ids of all columns, in their order. */
export const ROUTER_COLUMN_IDS: readonly string[] = ROUTER_COLUMNS.map((column) => column.id);

/** Which columns go first when there is not room for all. */
const BY_WORTH: readonly string[] = [
  'state',
  'router',
  'in',
  'out',
  'problem',
  'site',
  'cpu',
  'model',
  'ros',
  'polled',
  'memory',
  'uptime',
  'clients',
  'address',
  'since',
  'identity',
  'agent',
  'arch',
];

/** Columns that fit into a width, the more telling ones first; never fewer than state and router. */
export function fittingColumns(widthPx: number): readonly string[] {
  const fit = new Set<string>();
  let left = widthPx;
  for (const id of BY_WORTH) {
    const column = ROUTER_COLUMNS.find((column) => column.id === id);
    if (column === undefined) continue;
    left -= column.leastPx;
    if (left < 0 && fit.size >= 2) break;
    fit.add(id);
  }
  return ROUTER_COLUMNS.filter((column) => fit.has(column.id)).map((column) => column.id);
}

/** Reads the columns of an address: `state,router,cpu`; unknown ones are left out, none means what fits. */
export function parseColumns(text: string | null, widthPx: number): readonly RouterColumn[] {
  const asked = text === null ? [] : text.split(',');
  const chosen = ROUTER_COLUMNS.filter((column) => asked.includes(column.id));
  if (chosen.length > 0) return chosen;
  const fit = fittingColumns(widthPx);
  return ROUTER_COLUMNS.filter((column) => fit.includes(column.id));
}
