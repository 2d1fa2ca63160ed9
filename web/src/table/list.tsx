import type { ComponentChildren, JSX } from 'preact';
import { NOT_KNOWN } from '../format/rate.ts';

/** A column of a plain table. */
export interface ListColumn<Row> {
  readonly title: string;
  readonly hint?: string;
  /** `right` for figures, `wide` for what narrow screens do without, `mid` for what phones do without. */
  readonly class?: string;
  readonly cell: (row: Row) => ComponentChildren;
}

interface ListTableProps<Row> {
  readonly columns: readonly ListColumn<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  /** Of every row, for tests. */
  readonly testId: string;
}

/** A plain table of a page; a column that has nothing to say in any row is left out. */
export function ListTable<Row>({ columns, rows, keyOf, testId }: ListTableProps<Row>): JSX.Element {
  const drawn = columns
    .map((column) => ({ column, cells: rows.map((row) => column.cell(row)) }))
    .filter(({ cells }) => cells.some((cell) => !isNothing(cell)));
  return (
    <table class="full plain">
      <thead>
        <tr>
          {drawn.map(({ column }) => (
            <th key={column.title} class={column.class} title={column.hint}>
              {column.title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row, index) => (
          <tr key={keyOf(row)} data-testid={testId}>
            {drawn.map(({ column, cells }) => (
              <td key={column.title} class={column.class}>
                {isNothing(cells[index]) ? <span class="none">{NOT_KNOWN}</span> : cells[index]}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function isNothing(cell: ComponentChildren): boolean {
  return cell === null || cell === undefined || cell === '' || cell === NOT_KNOWN;
}
