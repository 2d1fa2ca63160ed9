/**
 * The bytes of one kind of batch, laid out once: every agent's batch of the same slot and level has the same rows in the same
 * places. What differs (names, addresses, times, counters) is listed with its place, to be written over in place.
 *
 * Layout of a payload's body, from payload.proto: the symbols, then `polls`, then the other families, each a message of columns.
 */
import { type ColumnSpec, FAMILIES, type FamilySpec, ROW_FAMILIES } from '@poplar/proto/families';
import { varint } from '../faultrun/wire.ts';
import { type Rows, viewOf, writeValue } from './fill.ts';
import type { NumberFormula } from './formula.ts';
import { type Level, routerName, type Slot, siteName } from './population.ts';
import { ANSWERED_BY_LEVEL, kindOf, POLL_FORMULAS, TABLES, textAt } from './tables.ts';

export interface Shape {
  /** Written over with every batch. */
  readonly body: Buffer;
  readonly view: DataView;
  readonly rows: number;
  /** Rows of `polls` and of each family, by table. */
  readonly rowsByTable: ReadonlyMap<string, number>;
  readonly names: readonly NamePlace[];
  readonly polls: RowsPlace & { readonly timesAt: number; readonly numbersAt: number };
  readonly families: readonly RowsPlace[];
}

/** A text that depends on the site, always as long. */
export interface NamePlace {
  readonly at: number;
  readonly of: 'site' | 'router' | 'address' | 'serial';
  /** Position of the router within its site. */
  readonly position: number;
}

/** Rows of one table, and the columns to fill for them. */
export interface RowsPlace {
  readonly table: string;
  /** Of each row: its router's position, and its object. */
  readonly positions: Uint32Array;
  readonly objects: Uint32Array;
  /** Room for what the columns depend on. */
  readonly rows: Pick<Rows, 'keys' | 'roundKeys' | 'routers' | 'sinceStartMs'>;
  readonly columns: readonly ColumnPlace[];
}

export interface ColumnPlace {
  readonly at: number;
  readonly kind: ColumnSpec['kind'];
  readonly formula: NumberFormula;
}

const SYMBOLS_FIELD = 7;
const PORT = 8728;

/** The names of a router's or site's texts. `router` counts over all sites. */
export function nameOf({ of }: Pick<NamePlace, 'of'>, site: number, router: number): string {
  switch (of) {
    case 'site':
      return siteName(site);
    case 'router':
      return routerName(router);
    case 'address':
      return `${routerName(router)}.example:${PORT}`;
    case 'serial':
      return `SN${routerName(router)}`;
  }
}

/** Lays out the batch of the routers of a slot in a poll of this level. */
export function createShape(slot: Slot, level: Level): Shape {
  const symbols = createSymbols();
  const sections: Section[] = [];
  const rowsByTable = new Map<string, number>([['polls', slot.routers.length]]);

  const tables = TABLES.filter((table) => table.level <= level).map((table) => {
    const rows = slot.routers.flatMap((position) => table.objects[kindOf(position)].map((object) => ({ position, object })));
    return { table, rows };
  });
  sections.push(
    layOut(
      FAMILIES.polls,
      'polls',
      slot.routers.map((position) => ({ position, object: 0 })),
      (column, { position }) => {
        switch (column.name) {
          case 'site_symbol':
            return { symbol: symbols.named('site', 0) };
          case 'router_symbol':
            return { symbol: symbols.named('router', position) };
          case 'address_symbol':
            return { symbol: symbols.named('address', position) };
          case 'outcome':
            return { value: 1 };
          case 'answered_collectors':
            return { value: ANSWERED_BY_LEVEL[level] ?? 0 };
          case 'duration_us':
            return { formula: POLL_FORMULAS.durationUs };
          case 'baseline':
            return { formula: POLL_FORMULAS.baseline };
          case 'ts_ms':
          case 'poll_number':
            return { formula: { form: 'constant', value: 0 } };
          case 'interval_ms':
            return { formula: POLL_FORMULAS.intervalMs };
          default: {
            const counted = ROW_FAMILIES.find(({ countColumn }) => countColumn === column.name);
            if (counted === undefined) return column.symbol ? { symbol: 0 } : { value: 0 };
            const of = tables.find(({ table }) => table.family.name === counted.name);
            return { value: of?.rows.filter((row) => row.position === position).length ?? 0 };
          }
        }
      },
    ),
  );
  for (const { table, rows } of tables) {
    if (rows.length === 0) continue;
    rowsByTable.set(table.table, rows.length);
    sections.push(
      layOut(table.family, table.table, rows, (column, { position, object }) => {
        const formula = table.columns.get(column.key);
        if (formula === undefined) return column.symbol ? { symbol: 0 } : { formula: { form: 'absent' } };
        if (formula.form === 'text') return { symbol: symbols.intern(textAt(formula, object)) };
        if (formula.form === 'router' || formula.form === 'serial') return { symbol: symbols.named(formula.form, position) };
        return { formula };
      }),
    );
  }

  const head = symbols.encode();
  let at = head.bytes.length;
  const placed = sections.map((section) => {
    const tag = Buffer.concat([varint((section.field << 3) | 2), varint(section.bytes.length)]);
    const base = at + tag.length;
    at = base + section.bytes.length;
    const columns = section.columns.map((column) => ({ ...column, at: column.at + base }));
    return {
      bytes: [tag, section.bytes],
      place: { ...section.place, columns },
      specialAt: (name: string) => base + (section.special.get(name) ?? 0),
    };
  });
  const [polls, ...families] = placed;
  if (polls === undefined) throw new Error('BUG: a batch without polls');
  const body = Buffer.concat([head.bytes, ...placed.flatMap(({ bytes }) => bytes)]);
  return {
    body,
    view: viewOf(body),
    rows: Array.from(rowsByTable.values()).reduce((sum, rows) => sum + rows, 0),
    rowsByTable,
    names: head.names,
    polls: { ...polls.place, timesAt: polls.specialAt('ts_ms'), numbersAt: polls.specialAt('poll_number') },
    families: families.map(({ place }) => place),
  };
}

type Cell = { readonly symbol: number } | { readonly value: number } | { readonly formula: NumberFormula };
interface Row {
  readonly position: number;
  readonly object: number;
}

/** One family's message. Places are counted from its first byte. */
interface Section {
  readonly field: number;
  readonly bytes: Buffer;
  readonly place: Omit<RowsPlace, 'columns'>;
  readonly columns: readonly ColumnPlace[];
  readonly special: ReadonlyMap<string, number>;
}

function layOut(spec: FamilySpec, table: string, rows: readonly Row[], cellOf: (column: ColumnSpec, row: Row) => Cell): Section {
  const chunks: Buffer[] = [];
  const columns: ColumnPlace[] = [];
  const special = new Map<string, number>();
  let at = 0;
  const append = (field: number, data: Buffer): number => {
    const tag = Buffer.concat([varint((field << 3) | 2), varint(data.length)]);
    chunks.push(tag, data);
    at += tag.length + data.length;
    return at - data.length;
  };
  for (const column of spec.columns) {
    const data = Buffer.alloc(rows.length * column.width);
    const cells = rows.map((row) => cellOf(column, row));
    const [first] = cells;
    const formula = first !== undefined && 'formula' in first ? first.formula : undefined;
    for (const [row, cell] of cells.entries()) writeCell(data, column, row, cell);
    const dataAt = append(column.field, data);
    special.set(column.name, dataAt);
    if (formula?.form === 'absent') {
      if (column.nullsField === undefined) throw new Error(`BUG: ${table}.${column.name} cannot be absent`);
      append(column.nullsField, Buffer.alloc(rows.length, 1));
    } else if (formula !== undefined && formula.form !== 'constant') columns.push({ at: dataAt, kind: column.kind, formula });
  }
  return {
    field: spec.field,
    bytes: Buffer.concat(chunks),
    place: {
      table,
      positions: Uint32Array.from(rows, ({ position }) => position),
      objects: Uint32Array.from(rows, ({ object }) => object),
      rows: {
        keys: new Uint32Array(rows.length),
        roundKeys: new Uint32Array(rows.length),
        routers: new Uint32Array(rows.length),
        sinceStartMs: new Float64Array(rows.length),
      },
    },
    columns,
    special,
  };
}

/** What a formula says is written when a batch is sealed; a constant here. */
function writeCell(data: Buffer, column: ColumnSpec, row: number, cell: Cell): void {
  const value =
    'symbol' in cell ? cell.symbol : 'value' in cell ? cell.value : cell.formula.form === 'constant' ? cell.formula.value : 0;
  writeValue(viewOf(data), row * column.width, column.kind, value);
}

function createSymbols() {
  const indices = new Map<string, number>([['', 0]]);
  const texts: string[] = [''];
  const named: (Omit<NamePlace, 'at'> & { readonly symbol: number })[] = [];
  const add = (key: string, text: string): number => {
    const known = indices.get(key);
    if (known !== undefined) return known;
    indices.set(key, texts.length);
    return texts.push(text) - 1;
  };
  return {
    intern: (text: string): number => add(text, text),
    /** A text of the site or of a router, of which only the length is known. */
    named(of: NamePlace['of'], position: number): number {
      const key = `\0${of} ${position}`;
      const known = indices.get(key);
      if (known !== undefined) return known;
      const symbol = add(key, nameOf({ of }, 0, 0));
      named.push({ of, position, symbol });
      return symbol;
    },
    encode(): { readonly bytes: Buffer; readonly names: readonly NamePlace[] } {
      const places: number[] = [];
      const chunks: Buffer[] = [];
      let at = 0;
      for (const text of texts) {
        const bytes = Buffer.from(text);
        const tag = Buffer.concat([varint((SYMBOLS_FIELD << 3) | 2), varint(bytes.length)]);
        chunks.push(tag, bytes);
        places.push(at + tag.length);
        at += tag.length + bytes.length;
      }
      return {
        bytes: Buffer.concat(chunks),
        names: named.map(({ of, position, symbol }) => ({ of, position, at: places[symbol] ?? 0 })),
      };
    },
  };
}
