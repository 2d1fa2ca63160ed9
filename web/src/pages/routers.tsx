import type { RouterSummary } from '@poplar/hub/api/schemas';
import type { JSX } from 'preact';
import { useMemo, useRef } from 'preact/hooks';
import { API } from '../api/client.ts';
import { Age, Rate } from '../format/figures.tsx';
import { formatCount } from '../format/volume.ts';
import { matchesQuery, parseQuery, toggleFilter } from '../query/tokens.ts';
import { routerPath } from '../routes.ts';
import { Empty, Notice } from '../shell/notice.tsx';
import { STATES, StateMark, StateShape } from '../state/state-mark.tsx';
import { toCsv } from '../table/csv.ts';
import { downloadText, fileName } from '../table/download.ts';
import { parseColumns, ROUTER_COLUMNS, type RouterColumn } from '../table/router-columns.tsx';
import { useVirtualRows } from '../table/rows.ts';
import { useWidth } from '../table/width.ts';
import { formatSort, parseSort, type Sort, sortRows } from '../table/sort.ts';
import { useViewer } from '../viewer.ts';

const ROW_PX = 28;
const NARROW_ROW_PX = 52;
/** Below this the table becomes a list of two-line rows. */
const NARROW_PX = 620;
const DEFAULT_SORT: Sort = { column: 'state', descending: false };
const COLUMN_IDS = ROUTER_COLUMNS.map((column) => column.id);

function Headers({
  columns,
  sort,
  onSort,
}: {
  columns: readonly RouterColumn[];
  sort: Sort;
  onSort: (sort: Sort) => void;
}): JSX.Element {
  return (
    <div class="row head" role="row">
      {columns.map((column) => {
        const sorted = sort.column === column.id;
        return (
          <div
            key={column.id}
            role="columnheader"
            class={column.right ? 'right' : ''}
            aria-sort={sorted ? (sort.descending ? 'descending' : 'ascending') : 'none'}
          >
            <button
              type="button"
              class="sort"
              onClick={() => onSort({ column: column.id, descending: sorted ? !sort.descending : column.right === true })}
            >
              {column.name}
              <span aria-hidden="true">{sorted ? (sort.descending ? '↓' : '↑') : ''}</span>
            </button>
          </div>
        );
      })}
    </div>
  );
}

function NarrowRow({ router }: { router: RouterSummary }): JSX.Element {
  return (
    <>
      <div role="cell" class="first">
        <StateMark state={router.state} />
        <a class="name" href={routerPath(router.site, router.router)}>
          {router.router}
        </a>
        <span class="muted">{router.site}</span>
      </div>
      <div role="cell" class="second">
        {router.state === 'up' ? (
          <>
            <span>
              ▲ <Rate bps={router.rx_bps} />
            </span>
            <span>
              ▼ <Rate bps={router.tx_bps} />
            </span>
            <span class="muted">{router.board}</span>
          </>
        ) : (
          <span class="problem">
            {router.error === '' ? router.outcome : router.error} · <Age ms={router.since_ms ?? router.polled_at_ms} />
          </span>
        )}
      </div>
    </>
  );
}

function ColumnPicker({
  shown,
  onChange,
}: {
  shown: readonly RouterColumn[];
  onChange: (ids: readonly string[] | null) => void;
}): JSX.Element {
  const ids = shown.map((column) => column.id);
  return (
    <details class="menu">
      <summary>Columns</summary>
      <div>
        {ROUTER_COLUMNS.map(({ id, name }) => (
          <label key={id}>
            <input
              type="checkbox"
              checked={ids.includes(id)}
              disabled={ids.length === 1 && ids[0] === id}
              onChange={(event) =>
                onChange(COLUMN_IDS.filter((other) => (other === id ? event.currentTarget.checked : ids.includes(other))))
              }
            />
            {name}
          </label>
        ))}
        <button type="button" onClick={() => onChange(null)}>
          What fits
        </button>
      </div>
    </details>
  );
}

/** Every router in one table: filtered, sorted and with the columns that the address says. */
export function RoutersPage(): JSX.Element {
  const viewer = useViewer();
  const { place, fleet } = viewer;
  const params = place.url.value.searchParams;
  const text = params.get('q') ?? '';
  const sort = parseSort(params.get('sort'), COLUMN_IDS, DEFAULT_SORT);
  const routers = fleet.routers.value;
  const scroller = useRef<HTMLDivElement>(null);
  const widthPx = useWidth(scroller);
  const narrow = widthPx > 0 && widthPx < NARROW_PX;
  const columns = parseColumns(params.get('cols'), widthPx === 0 ? 1200 : widthPx - 24);

  const query = useMemo(() => parseQuery(text), [text]);
  const found = useMemo(() => (routers ?? []).filter((router) => matchesQuery(query, router)), [routers, query]);
  const rows = useMemo(() => {
    const column = ROUTER_COLUMNS.find((column) => column.id === sort.column);
    return column === undefined ? found : sortRows(found, column.sortKey, sort.descending);
  }, [found, sort.column, sort.descending]);
  const { items, heightPx } = useVirtualRows(scroller, rows.length, narrow ? NARROW_ROW_PX : ROW_PX);

  const counts = { up: 0, suspect: 0, down: 0, unknown: 0 };
  for (const router of routers ?? []) counts[router.state] += 1;
  const setSort = (next: Sort): void =>
    place.setQuery({ sort: formatSort(next) === formatSort(DEFAULT_SORT) ? null : formatSort(next) });
  const saveCsv = (): void =>
    downloadText(
      fileName('routers', Date.now(), 'csv'),
      'text/csv',
      toCsv(
        columns.map((column) => column.csvName),
        rows.map((router) => columns.map((column) => column.csv(router))),
      ),
    );

  return (
    <section class="fill" aria-label="Routers">
      <div class="toolbar">
        <h1>Routers</h1>
        <span class="count" role="status">
          {routers === null
            ? ''
            : rows.length === routers.length
              ? formatCount(routers.length)
              : `${formatCount(rows.length)} of ${formatCount(routers.length)}`}
        </span>
        <div class="chips">
          {STATES.map((state) => (
            <button
              key={state}
              type="button"
              class="chip"
              aria-pressed={text.split(' ').includes(`state:${state}`)}
              onClick={() => place.setQuery({ q: toggleFilter(text, 'state', state) })}
            >
              <StateShape state={state} /> {state} <b>{formatCount(counts[state])}</b>
            </button>
          ))}
          {text !== '' && (
            <button type="button" class="chip clear" onClick={() => place.setQuery({ q: null })}>
              clear filter
            </button>
          )}
        </div>
        <div class="actions">
          {!narrow && (
            <ColumnPicker shown={columns} onChange={(ids) => place.setQuery({ cols: ids === null ? null : ids.join(',') })} />
          )}
          <button type="button" onClick={saveCsv} disabled={rows.length === 0}>
            CSV
          </button>
          <a href={`${API.routers}?limit=5000`} target="_blank" rel="noreferrer">
            as JSON
          </a>
        </div>
      </div>
      {fleet.error.value !== null && (
        <Notice error={fleet.error.value} sinceMs={fleet.failingSinceMs.value} asOfMs={fleet.freshAtMs.value} />
      )}
      {query.problems.map((problem) => (
        <p key={problem} class="notice" role="status">
          {problem}.
        </p>
      ))}
      <div
        ref={scroller}
        class={narrow ? 'grid-table narrow' : 'grid-table'}
        role="table"
        aria-label="Routers"
        aria-rowcount={rows.length + 1}
        style={{ '--columns': columns.map((column) => column.width).join(' ') }}
      >
        {!narrow && <Headers columns={columns} sort={sort} onSort={setSort} />}
        <div class="rows" role="rowgroup" style={{ height: `${heightPx}px` }}>
          {items.map((item) => {
            const router = rows[item.index];
            if (router === undefined) return null;
            return (
              <div
                key={`${router.site}/${router.router}`}
                class={`row ${router.state}`}
                role="row"
                aria-rowindex={item.index + 2}
                data-row
                data-testid="routers-row"
                data-router={router.router}
                tabIndex={item.index === 0 ? 0 : -1}
                style={{ transform: `translateY(${item.start}px)` }}
                onClick={(event) => {
                  if (
                    event.target instanceof Element &&
                    event.target.closest('a') === null &&
                    getSelection()?.isCollapsed !== false
                  )
                    place.go(routerPath(router.site, router.router));
                }}
              >
                {narrow ? (
                  <NarrowRow router={router} />
                ) : (
                  columns.map((column) => (
                    <div key={column.id} role="cell" class={column.right ? 'right' : ''}>
                      {column.show(router)}
                    </div>
                  ))
                )}
              </div>
            );
          })}
        </div>
        {routers !== null && rows.length === 0 && (
          <Empty>
            {routers.length === 0 ? (
              'No router has been polled yet. Agents show up under Data health as soon as they send their first batch.'
            ) : (
              <>
                No router matches.{' '}
                <button type="button" onClick={() => place.setQuery({ q: null })}>
                  Clear the filter
                </button>
              </>
            )}
          </Empty>
        )}
      </div>
    </section>
  );
}
