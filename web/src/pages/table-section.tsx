import type { ComponentChildren, JSX } from 'preact';
import { API, type TableName, type TableNow, type TableRows } from '../api/client.ts';
import { useReading } from '../api/resource.ts';
import { Age } from '../format/figures.tsx';
import { formatCount } from '../format/volume.ts';
import { Empty, Notice } from '../shell/notice.tsx';
import { rowsToCsv } from '../table/csv.ts';
import { downloadText, fileName } from '../table/download.ts';
import { type ListColumn, ListTable } from '../table/list.tsx';
import { useViewer } from '../viewer.ts';

/** How one table of a router is shown. */
export interface TableView<Name extends TableName> {
  readonly name: Name;
  readonly title: string;
  readonly columns: readonly ListColumn<TableRows[Name]>[];
  readonly keyOf: (row: TableRows[Name]) => string;
  /** What one looks for comes first. */
  readonly order?: (rows: readonly TableRows[Name][]) => readonly TableRows[Name][];
  /** Drawn instead of a table with these columns. */
  readonly draw?: (rows: readonly TableRows[Name][]) => JSX.Element;
}

/** More rows than these are folded away, and can be filtered. */
const FOLDED_ROWS = 10;

/** The heading of a part of the router's page, with what can be done with it. */
export function PartHeading({
  title,
  count,
  polledAtMs,
  href,
  saveCsv,
  children,
}: {
  title: string;
  count: string;
  /** When it was read, hub time; null leaves it out. */
  polledAtMs?: number | null;
  href: string;
  saveCsv?: (() => void) | undefined;
  children?: ComponentChildren;
}): JSX.Element {
  return (
    <div class="toolbar">
      <h2>{title}</h2>
      <span class="count">{count}</span>
      {polledAtMs !== undefined && polledAtMs !== null && (
        <span class="muted read-at">
          read <Age ms={polledAtMs} /> ago
        </span>
      )}
      <div class="actions">
        {children}
        {saveCsv !== undefined && (
          <button type="button" onClick={saveCsv}>
            CSV
          </button>
        )}
        <a href={href} target="_blank" rel="noreferrer">
          as JSON
        </a>
      </div>
    </div>
  );
}

/** The box that filters a list, in its heading; none above short lists. */
export function ListFilter({ name, rows }: { name: string; rows: readonly object[] }): JSX.Element | null {
  const { place } = useViewer();
  if (rows.length <= FOLDED_ROWS) return null;
  const sought = soughtIn(place.url.value, name);
  return (
    <>
      {sought !== '' && <span class="muted">{formatCount(matching(rows, sought).length)} found</span>}
      <input
        type="search"
        class="narrow-by"
        aria-label={`Filter ${name}`}
        placeholder="Filter"
        value={sought}
        onInput={(event) => place.setQuery({ [`in-${name}`]: event.currentTarget.value })}
      />
    </>
  );
}

function soughtIn(url: URL, name: string): string {
  return url.searchParams.get(`in-${name}`) ?? '';
}

/** Rows that have the text in any of their fields, in any case. */
function matching<Row extends object>(rows: readonly Row[], text: string): readonly Row[] {
  const sought = text.toLowerCase();
  return rows.filter((row) =>
    Object.values(row).some((value) => typeof value !== 'object' && String(value).toLowerCase().includes(sought)),
  );
}

/** Rows that are folded when there are many; the address remembers what was unfolded and what is filtered for. */
export function FoldedList<Row extends object>({
  name,
  rows,
  columns,
  keyOf,
}: {
  name: string;
  rows: readonly Row[];
  columns: readonly ListColumn<Row>[];
  keyOf: (row: Row) => string;
}): JSX.Element {
  const { place } = useViewer();
  const unfolded = place.url.value.searchParams.getAll('all');
  const sought = soughtIn(place.url.value, name);
  const found = matching(rows, sought);
  const isOpen = unfolded.includes(name);
  const shown = isOpen ? found : found.slice(0, FOLDED_ROWS);
  return (
    <>
      {found.length > 0 ? (
        <div class="scroll">
          <ListTable columns={columns} rows={shown} keyOf={keyOf} testId={`${name}-row`} />
        </div>
      ) : (
        <Empty>None has “{sought}” in it.</Empty>
      )}
      {found.length > FOLDED_ROWS && (
        <button
          type="button"
          class="unfold"
          aria-expanded={isOpen}
          onClick={() => place.setQuery({ all: isOpen ? unfolded.filter((other) => other !== name) : [...unfolded, name] })}
        >
          {isOpen ? `Show the first ${FOLDED_ROWS}` : `Show all ${formatCount(found.length)}`}
        </button>
      )}
    </>
  );
}

/** Reads one table of a router again whenever a newer poll has read it. */
export function useTable<Name extends TableName>(
  site: string,
  router: string,
  name: Name,
  answeredAt: string | number | null,
): ReturnType<typeof useReading<TableNow<TableRows[Name]>>> {
  const { api } = useViewer();
  return useReading(name, (signal) => api.table(site, router, name, signal), answeredAt);
}

/** One table of a router under its heading; nothing while it has no rows. */
export function TableSection<Name extends TableName>({
  site,
  router,
  view,
  answeredAtMs,
}: {
  site: string;
  router: string;
  view: TableView<Name>;
  /** When it was read last: a newer time has it fetched again. */
  answeredAtMs: number | null;
}): JSX.Element | null {
  const { data, error, failingSinceMs, readAtMs } = useTable(site, router, view.name, answeredAtMs);
  if (data === null && error === null) return null;
  const rows = view.order?.(data?.rows ?? []) ?? data?.rows ?? [];
  return (
    <section class="part" aria-label={view.title} data-testid={`section-${view.name}`}>
      <PartHeading
        title={view.title}
        count={formatCount(rows.length)}
        polledAtMs={data?.polled_at_ms ?? null}
        href={API.table(site, router, view.name)}
        saveCsv={() => downloadText(fileName(`${site}-${router}-${view.name}`, Date.now(), 'csv'), 'text/csv', rowsToCsv(rows))}
      />
      {error !== null && <Notice error={error} sinceMs={failingSinceMs} asOfMs={readAtMs} />}
      {rows.length > 0 &&
        (view.draw?.(rows) ?? <FoldedList name={view.name} rows={rows} columns={view.columns} keyOf={view.keyOf} />)}
    </section>
  );
}
