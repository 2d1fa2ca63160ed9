/** What a cell of a CSV file may hold; null is an empty cell. */
export type Cell = string | number | boolean | null;

// A spreadsheet runs text that starts like this as a formula, and router names come from outside.
const FORMULA = /^[=+\-@\t\r]/;

function field(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell !== 'string') return String(cell);
  const safe = FORMULA.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A rate for a cell: parts of a bit would only feign precision. */
export function wholeRate(bps: number | null): number | null {
  return bps === null ? null : Math.round(bps);
}

/** Writes a table as CSV (RFC 4180: commas, CRLF, quotes doubled), header first. */
export function toCsv(header: readonly string[], rows: Iterable<readonly Cell[]>): string {
  const lines = [header.map(field).join(',')];
  for (const row of rows) lines.push(row.map(field).join(','));
  return `${lines.join('\r\n')}\r\n`;
}

/** Writes rows that all have the same fields as CSV, with the fields' names as the header; what is no plain value is left out. */
export function rowsToCsv(rows: readonly object[]): string {
  const fields = Object.entries(rows[0] ?? {}).flatMap(([name, value]) => (isCell(value) ? [name] : []));
  return toCsv(
    fields,
    rows.map((row) => {
      const values = new Map<string, unknown>(Object.entries(row));
      return fields.map((name) => {
        const value = values.get(name);
        return isCell(value) ? value : null;
      });
    }),
  );
}

function isCell(value: unknown): value is Cell {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}
