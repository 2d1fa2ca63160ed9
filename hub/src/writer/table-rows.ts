/**
 * The rows of one table, column by column, growing batch by batch until they are written as one Native block. The work is per column
 * and per poll wherever the layout allows it: a numeric column's bytes are copied as they came, a row's poll columns are filled run
 * by run. The memory is kept for the next block.
 */
import type { OpenBatch } from '@poplar/proto/batch';
import { ABSENT, columnAt, copyBytes, type Family, hasColumn, u32At } from '@poplar/proto/columns';
import { type FamilySpec, ROW_FAMILIES } from '@poplar/proto/families';
import type { ByteSink } from './byte-sink.ts';
import { bytesOf, createDictionary, type Dictionary, writeBlockHead, writeBytes, writeLowCardinality } from './native.ts';
import type { TableColumn, TableSpec } from './tables.ts';

export interface TableRows {
  readonly rows: number;
  /** Bytes of memory that it holds. */
  readonly heldBytes: number;
  /** Adds a batch's rows of the table. The batch is not needed afterwards. */
  add(batch: OpenBatch): void;
  /** Writes all rows as one block. */
  write(sink: ByteSink): void;
  /** Forgets the rows and keeps the memory. */
  clear(): void;
}

/** Settles equal keys: the seconds of the agent's start, then the sequence. A function of the batch's bytes. */
export function rankOf(batch: Pick<OpenBatch, 'epochStartedAtMs' | 'sequence'>): bigint {
  return (BigInt(Math.floor(batch.epochStartedAtMs / 1000)) << 32n) | BigInt(batch.sequence % 2 ** 32);
}

/** One column of the rows. */
interface GrowingColumn {
  readonly bytesPerRow: number;
  /** Has room for so many rows from now on. */
  grow(capacity: number): void;
  /** Puts the part's rows from row `at` on. */
  add(part: Part, at: number): void;
  write(rows: number, sink: ByteSink): void;
  clear(): void;
}

/** A batch's rows of the table. */
interface Part {
  readonly batch: OpenBatch;
  readonly family: Family;
  readonly polls: Family;
  /** Where the polls' bytes tell how many rows of the family each poll has; undefined for the polls themselves (one each). */
  readonly runsAt: number | undefined;
}

/** The poll column that counts the rows of each family. */
const COUNT_COLUMNS = new Map(ROW_FAMILIES.map(({ family, countColumn }) => [family, countColumn]));

export function createTableRows({ family: spec, columns: tableColumns }: TableSpec): TableRows {
  const countColumn = COUNT_COLUMNS.get(spec);
  const columns = tableColumns.map((column) => createColumn(column, spec));
  const bytesPerRow = columns.reduce((sum, column) => sum + column.bytesPerRow, 0);
  let capacity = 0;
  let rows = 0;
  return {
    get rows() {
      return rows;
    },
    get heldBytes() {
      return capacity * bytesPerRow;
    },
    add(batch) {
      const family = batch.families[spec.name];
      if (family.rows === 0) return;
      if (rows + family.rows > capacity) {
        capacity = Math.max(rows + family.rows, 2 * capacity);
        for (const column of columns) column.grow(capacity);
      }
      const { polls } = batch.families;
      const part = { batch, family, polls, runsAt: countColumn === undefined ? undefined : columnAt(polls, countColumn) };
      for (const column of columns) column.add(part, rows);
      rows += family.rows;
    },
    write(sink) {
      writeBlockHead(sink, columns.length, rows);
      for (const column of columns) column.write(rows, sink);
    },
    clear() {
      for (const column of columns) column.clear();
      rows = 0;
    },
  };
}

function createColumn(column: TableColumn, spec: FamilySpec): GrowingColumn {
  if (column.text) return textColumn(column);
  const { source } = column;
  if (source.from === 'wire') return wireColumn(column, source.column, spec);
  return numberColumn(column);
}

/** Texts: the index of each row's text in a dictionary of the block. */
function textColumn({ head, source }: TableColumn): GrowingColumn {
  let indices = new Uint32Array();
  let dictionary = createDictionary();
  /** By symbol of a batch: its index in the dictionary plus one, 0 where it was not looked up. */
  let known = new Uint32Array();
  return {
    bytesPerRow: 4,
    grow(capacity) {
      const larger = new Uint32Array(capacity);
      larger.set(indices);
      indices = larger;
    },
    add(part, at) {
      if (source.from === 'batch') {
        indices.fill(dictionary.index(part.batch.agent), at, at + part.family.rows);
        return;
      }
      const { length } = part.batch.symbols;
      if (known.length < length) known = new Uint32Array(2 * length);
      else known.fill(0, 0, length);
      if (source.from === 'poll') fillPollTexts(source.column, part, dictionary, known, indices, at);
      else if (source.from === 'wire') fillOwnTexts(source.column, part, dictionary, known, indices, at);
      else throw new Error('BUG: a baseline is no text');
    },
    write(rows, sink) {
      writeBytes(sink, head);
      writeLowCardinality(sink, dictionary, indices.subarray(0, rows));
    },
    clear() {
      dictionary = createDictionary();
    },
  };
}

/** Values of the wire: bytes as they came, the null map first where the column has one. */
function wireColumn({ head }: TableColumn, name: string, spec: FamilySpec): GrowingColumn {
  const position = spec.positions.get(name);
  const wire = spec.columns[position ?? -1];
  if (position === undefined || wire === undefined) throw new Error(`BUG: no wire column ${name}`);
  const { width, nullsField } = wire;
  let values = new Uint8Array();
  let nulls = new Uint8Array();
  return {
    bytesPerRow: width + (nullsField === undefined ? 0 : 1),
    grow(capacity) {
      values = enlarged(values, capacity * width);
      if (nullsField !== undefined) nulls = enlarged(nulls, capacity);
    },
    add({ family: { bytes, places, rows } }, at) {
      const valuesAt = places[2 * position] ?? ABSENT;
      const nullsAt = places[2 * position + 1] ?? ABSENT;
      if (valuesAt === ABSENT) values.fill(0, at * width, (at + rows) * width);
      else copyBytes(bytes, valuesAt, values, at * width, rows * width);
      if (nullsField === undefined) return;
      if (nullsAt === ABSENT) nulls.fill(valuesAt === ABSENT ? 1 : 0, at, at + rows);
      else copyBytes(bytes, nullsAt, nulls, at, rows);
    },
    write(rows, sink) {
      writeBytes(sink, head);
      if (nullsField !== undefined) writeBytes(sink, nulls.subarray(0, rows));
      writeBytes(sink, values.subarray(0, rows * width));
    },
    clear() {},
  };
}

/** Eight-byte numbers that rows have from their batch or poll. A number is two words, the low one first: a BigInt for each row would be garbage. */
function numberColumn({ head, source }: TableColumn): GrowingColumn {
  let words = new Uint32Array();
  return {
    bytesPerRow: 8,
    grow(capacity) {
      const larger = new Uint32Array(2 * capacity);
      larger.set(words);
      words = larger;
    },
    add(part, at) {
      const { batch, family, polls } = part;
      if (source.from === 'batch') {
        if (source.field === 'agent') throw new Error('BUG: agent is a text');
        const value = source.field === 'rank' ? rankOf(batch) : BigInt(batch[source.field]);
        fillWords(words, at, family.rows, Number(value & 0xffff_ffffn), Number(value >> 32n));
        return;
      }
      expand(columnAt(polls, source.from === 'poll' ? source.column : 'baseline'), part, words, at);
      if (source.from === 'baseline' && hasColumn(family, 'generation')) addGenerations(family, words, at);
    },
    write(rows, sink) {
      writeBytes(sink, head);
      writeBytes(sink, bytesOf(words.subarray(0, 2 * rows)));
    },
    clear() {},
  };
}

function fillWords(words: Uint32Array, at: number, rows: number, low: number, high: number): void {
  for (let row = at; row < at + rows; row++) {
    words[2 * row] = low;
    words[2 * row + 1] = high;
  }
}

function enlarged(bytes: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(length);
  larger.set(bytes);
  return larger;
}

const TWO_32 = 2 ** 32;

/** Wraps around like the type does: a baseline is a name, not a quantity. */
function addGenerations(family: Family, words: Uint32Array, at: number): void {
  const generationsAt = columnAt(family, 'generation');
  for (let row = 0; row < family.rows; row++) {
    const place = 2 * (at + row);
    const low = (words[place] ?? 0) + u32At(family.bytes, generationsAt + 4 * row);
    words[place] = low;
    if (low >= TWO_32) words[place + 1] = (words[place + 1] ?? 0) + 1;
  }
}

/** Rows of the part that the poll has. */
function runOf({ polls: { bytes }, runsAt }: Part, poll: number): number {
  if (runsAt === undefined) return 1;
  return runsAt === ABSENT ? 0 : u32At(bytes, runsAt + 4 * poll);
}

/** Gives each row the number that its poll has at `numbersAt`. */
function expand(numbersAt: number, part: Part, words: Uint32Array, from: number): void {
  const { bytes, rows } = part.polls;
  let at = from;
  for (let poll = 0; poll < rows; poll++) {
    const run = runOf(part, poll);
    const place = numbersAt + 8 * poll;
    if (numbersAt === ABSENT) fillWords(words, at, run, 0, 0);
    else if (run > 0) fillWords(words, at, run, u32At(bytes, place), u32At(bytes, place + 4));
    at += run;
  }
}

/** The index in the dictionary of a batch's symbol. */
function indexOf(symbol: number, symbols: readonly string[], dictionary: Dictionary, known: Uint32Array): number {
  const next = known[symbol] ?? 0;
  if (next > 0) return next - 1;
  const text = symbols[symbol];
  if (text === undefined) throw new Error(`BUG: symbol ${symbol} was not validated`);
  const index = dictionary.index(text);
  known[symbol] = index + 1;
  return index;
}

function fillOwnTexts(
  name: string,
  { batch: { symbols }, family: { spec, bytes, places, rows } }: Part,
  dictionary: Dictionary,
  known: Uint32Array,
  indices: Uint32Array,
  from: number,
): void {
  const at = places[2 * (spec.positions.get(name) ?? 0)] ?? ABSENT;
  if (at === ABSENT) {
    indices.fill(dictionary.index(symbols[0] ?? ''), from, from + rows);
    return;
  }
  for (let row = 0; row < rows; row++) indices[from + row] = indexOf(u32At(bytes, at + 4 * row), symbols, dictionary, known);
}

function fillPollTexts(
  name: string,
  part: Part,
  dictionary: Dictionary,
  known: Uint32Array,
  indices: Uint32Array,
  from: number,
): void {
  const { symbols } = part.batch;
  const { bytes, rows } = part.polls;
  const symbolsAt = columnAt(part.polls, name);
  let at = from;
  for (let poll = 0; poll < rows; poll++) {
    const run = runOf(part, poll);
    if (run === 0) continue;
    const symbol = symbolsAt === ABSENT ? 0 : u32At(bytes, symbolsAt + 4 * poll);
    const index = indexOf(symbol, symbols, dictionary, known);
    for (const end = at + run; at < end; at++) indices[at] = index;
  }
}
