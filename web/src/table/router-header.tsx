import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { ROUTER_COLUMN_IDS, ROUTER_COLUMNS, type RouterColumn } from './router-columns.tsx';
import type { Sort } from './sort.ts';

/** The names of the columns; a press sorts, another turns the order round. */
export function RouterHeader({
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

/** Which columns are shown; null stands for those that fit. */
export function ColumnPicker({
  shown,
  onChange,
}: {
  shown: readonly RouterColumn[];
  onChange: (ids: readonly string[] | null) => void;
}): JSX.Element {
  const ids = shown.map((column) => column.id);
  const menu = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const closing = new AbortController();
    const closeOutside = (event: MouseEvent): void => {
      if (menu.current !== null && event.target instanceof Node && !menu.current.contains(event.target))
        menu.current.open = false;
    };
    document.addEventListener('click', closeOutside, { signal: closing.signal });
    return () => closing.abort();
  }, []);
  return (
    <details ref={menu} class="menu">
      <summary>Columns</summary>
      <div>
        {ROUTER_COLUMNS.map(({ id, name }) => (
          <label key={id}>
            <input
              type="checkbox"
              checked={ids.includes(id)}
              disabled={ids.length === 1 && ids[0] === id}
              onChange={(event) =>
                onChange(ROUTER_COLUMN_IDS.filter((other) => (other === id ? event.currentTarget.checked : ids.includes(other))))
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
