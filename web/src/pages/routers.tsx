import type { JSX } from 'preact';
import { useMemo, useRef } from 'preact/hooks';
import { API } from '../api/client.ts';
import { formatCount } from '../format/volume.ts';
import { matchesQuery, parseQuery, toggleFilter } from '../query/tokens.ts';
import { Empty, Notice } from '../shell/notice.tsx';
import { STATES, StateShape } from '../state/state-mark.tsx';
import { toCsv } from '../table/csv.ts';
import { downloadText, fileName } from '../table/download.ts';
import { parseColumns, ROUTER_COLUMN_IDS, ROUTER_COLUMNS } from '../table/router-columns.tsx';
import { ColumnPicker, RouterHeader } from '../table/router-header.tsx';
import { RouterRow } from '../table/router-row.tsx';
import { useVirtualRows } from '../table/rows.ts';
import { formatSort, parseSort, type Sort, sortRows } from '../table/sort.ts';
import { useWidth } from '../table/width.ts';
import { useViewer } from '../viewer.ts';

const ROW_PX = 28;
const NARROW_ROW_PX = 52;
/** Below this the table becomes a list of two-line rows. */
const NARROW_PX = 620;
const DEFAULT_SORT: Sort = { column: 'state', descending: false };

/** Every router in one table: filtered, sorted and with the columns that the address says. */
export function RoutersPage(): JSX.Element {
  const viewer = useViewer();
  const { place, fleet } = viewer;
  const params = place.url.value.searchParams;
  const text = params.get('q') ?? '';
  const sort = parseSort(params.get('sort'), ROUTER_COLUMN_IDS, DEFAULT_SORT);
  const routers = fleet.routers.value;
  const scroller = useRef<HTMLDivElement>(null);
  const widthPx = useWidth(scroller);
  const narrow = widthPx > 0 && widthPx < NARROW_PX;
  const asked = params.get('cols');
  const columns = useMemo(() => parseColumns(asked, widthPx === 0 ? 1200 : widthPx - 24), [asked, widthPx]);

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
        {!narrow && <RouterHeader columns={columns} sort={sort} onSort={setSort} />}
        <div class="rows" role="rowgroup" style={{ height: `${heightPx}px` }}>
          {items.map((item) => {
            const router = rows[item.index];
            if (router === undefined) return null;
            return (
              <RouterRow
                key={`${router.site}/${router.router}`}
                router={router}
                index={item.index}
                startPx={item.start}
                columns={narrow ? null : columns}
              />
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
