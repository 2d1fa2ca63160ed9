/**
 * Merges the columns of many batches into one Native block per table. The work is per column and per poll wherever the
 * layout allows it: a numeric column's bytes are copied as they came, a row's poll columns are filled run by run.
 */
import type { OpenBatch } from '@poplar/proto/batch';
import { type Family, u32Column, u64Column } from '@poplar/proto/columns';
import { ROW_FAMILIES } from '@poplar/proto/families';
import type { ByteSink } from './byte-sink.ts';
import { bytesOf, createDictionary, type Dictionary, writeBlockHead, writeBytes, writeLowCardinality } from './native.ts';
import type { TableColumn, TableSpec } from './tables.ts';

export interface Block {
  readonly table: string;
  readonly rows: number;
  /** Native blocks as they go to ClickHouse, one behind the other. */
  readonly chunks: readonly Uint8Array[];
}

export interface BlockMerge {
  /** Adds the rows of these batches. They are not needed afterwards. */
  add(batches: readonly OpenBatch[]): void;
  /** What was added, one for each table with rows, in the order of the tables. Valid until the sink is written to or cleared. */
  blocks(): Block[];
}

interface Merged {
  readonly spec: TableSpec;
  rows: number;
  /** In the sink. */
  readonly places: { readonly from: number; readonly to: number }[];
}

/** Merges batches into blocks that lie in `sink`. */
export function createBlockMerge(specs: readonly TableSpec[], sink: ByteSink): BlockMerge {
  const tables = specs.map((spec): Merged => ({ spec, rows: 0, places: [] }));
  return {
    add(batches) {
      for (const table of tables) {
        const from = sink.size;
        const rows = writeTable(table.spec, batches, sink);
        if (rows === 0) continue;
        table.rows += rows;
        table.places.push({ from, to: sink.size });
      }
    },
    blocks: () =>
      tables
        .filter(({ rows }) => rows > 0)
        .map(({ spec, rows, places }) => ({
          table: spec.table,
          rows,
          chunks: places.map(({ from, to }) => sink.slice(from, to)),
        })),
  };
}

/** Settles equal keys: the seconds of the agent's start, then the sequence. A function of the batch's bytes. */
export function rankOf(batch: Pick<OpenBatch, 'epochStartedAtMs' | 'sequence'>): bigint {
  return (BigInt(Math.floor(batch.epochStartedAtMs / 1000)) << 32n) | BigInt(batch.sequence % 2 ** 32);
}

interface Part {
  readonly batch: OpenBatch;
  readonly family: Family;
  /** How many rows of the family each poll has; undefined for the polls themselves (one each). */
  readonly runs: Uint32Array | undefined;
}

/** The poll column that counts the rows of each family. */
const COUNT_COLUMNS = new Map(ROW_FAMILIES.map(({ family, countColumn }) => [family, countColumn]));

/** Returns how many rows it wrote. */
function writeTable({ family: spec, columns }: TableSpec, batches: readonly OpenBatch[], sink: ByteSink): number {
  const countColumn = COUNT_COLUMNS.get(spec);
  const parts: Part[] = [];
  let rows = 0;
  for (const batch of batches) {
    const family = batch.families[spec.name];
    if (family.rows === 0) continue;
    parts.push({ batch, family, runs: countColumn === undefined ? undefined : u32Column(batch.families.polls, countColumn) });
    rows += family.rows;
  }
  if (rows === 0) return 0;
  writeBlockHead(sink, columns.length, rows);
  const scratch: Scratch = { indices: new Uint32Array(rows), values: new BigUint64Array(rows) };
  for (const column of columns) writeColumn(column, parts, scratch, sink);
  return rows;
}

/** One value per row, used for column after column. */
interface Scratch {
  readonly indices: Uint32Array;
  readonly values: BigUint64Array;
}

function writeColumn(column: TableColumn, parts: readonly Part[], { indices, values }: Scratch, sink: ByteSink): void {
  const { source } = column;
  writeBytes(sink, column.head);
  if (column.text) {
    writeLowCardinality(sink, indexTexts(column, parts, indices), indices);
  } else if (source.from === 'wire') {
    writeValues(source.column, parts, indices.length, sink);
  } else {
    let at = 0;
    for (const part of parts) {
      fillU64(column, part, values.subarray(at, at + part.family.rows));
      at += part.family.rows;
    }
    writeBytes(sink, bytesOf(values));
  }
}

function fillU64({ source }: TableColumn, part: Part, values: BigUint64Array): void {
  const { batch, family } = part;
  if (source.from === 'batch') {
    if (source.field === 'agent') throw new Error('BUG: agent is a text');
    values.fill(source.field === 'rank' ? rankOf(batch) : BigInt(batch[source.field]));
    return;
  }
  const pollColumn = source.from === 'poll' ? source.column : 'baseline';
  expand(exactU64(batch.families.polls, pollColumn), part.runs, values);
  if (source.from === 'baseline' && family.columns.has('generation')) addGenerations(u32Column(family, 'generation'), values);
}

/** Wraps around like the type does: a baseline is a name, not a quantity. */
function addGenerations(generations: Uint32Array, baselines: BigUint64Array): void {
  for (let row = 0; row < generations.length; row++) {
    const generation = generations[row] ?? 0;
    if (generation !== 0) baselines[row] = (baselines[row] ?? 0n) + BigInt(generation);
  }
}

function expand(ofPolls: BigUint64Array, runs: Uint32Array | undefined, values: BigUint64Array): void {
  if (runs === undefined) {
    values.set(ofPolls);
    return;
  }
  let at = 0;
  for (let poll = 0; poll < runs.length; poll++) {
    const run = runs[poll] ?? 0;
    if (run > 0) values.fill(ofPolls[poll] ?? 0n, at, at + run);
    at += run;
  }
}

function exactU64(family: Family, name: string): BigUint64Array {
  const values = new BigUint64Array(family.rows);
  const column = family.columns.get(name);
  if (column !== undefined) bytesOf(values).set(column.bytes);
  return values;
}

/** Bytes of a numeric wire column, the null map first where it has one. */
function writeValues(name: string, parts: readonly Part[], rows: number, sink: ByteSink): void {
  const spec = parts[0]?.family.spec.columns.find((candidate) => candidate.name === name);
  if (spec === undefined) throw new Error(`BUG: no wire column ${name}`);
  if (spec.nullsField !== undefined) {
    const marks = sink.room(rows);
    let at = 0;
    for (const { family } of parts) {
      const column = family.columns.get(name);
      if (column?.nulls !== undefined) marks.set(column.nulls, at);
      else marks.fill(column === undefined ? 1 : 0, at, at + family.rows);
      at += family.rows;
    }
  }
  const values = sink.room(rows * spec.width);
  let at = 0;
  for (const { family } of parts) {
    const bytes = family.columns.get(name)?.bytes;
    const end = at + family.rows * spec.width;
    if (bytes === undefined) values.fill(0, at, end);
    else values.set(bytes, at);
    at = end;
  }
}

/** Fills in the index of every row's text, and returns the texts. */
function indexTexts({ source }: TableColumn, parts: readonly Part[], indices: Uint32Array): Dictionary {
  const dictionary = createDictionary();
  let at = 0;
  for (const part of parts) {
    const target = indices.subarray(at, at + part.family.rows);
    if (source.from === 'batch') target.fill(dictionary.index(part.batch.agent));
    else if (source.from === 'poll') fillPollTexts(source.column, part, dictionary, target);
    else if (source.from === 'wire') fillOwnTexts(source.column, part, dictionary, target);
    else throw new Error('BUG: a baseline is no text');
    at += part.family.rows;
  }
  return dictionary;
}

function fillOwnTexts(name: string, { batch, family }: Part, dictionary: Dictionary, target: Uint32Array): void {
  const remap = createRemap(batch.symbols, dictionary);
  const symbols = u32Column(family, name);
  for (let row = 0; row < symbols.length; row++) target[row] = remap(symbols[row] ?? 0);
}

function fillPollTexts(name: string, part: Part, dictionary: Dictionary, target: Uint32Array): void {
  const remap = createRemap(part.batch.symbols, dictionary);
  const symbols = u32Column(part.batch.families.polls, name);
  let at = 0;
  for (let poll = 0; poll < symbols.length; poll++) {
    const run = part.runs === undefined ? 1 : (part.runs[poll] ?? 0);
    if (run > 0) target.fill(remap(symbols[poll] ?? 0), at, at + run);
    at += run;
  }
}

/** Batch symbol → dictionary index, each looked up once. */
function createRemap(symbols: readonly string[], dictionary: Dictionary): (symbol: number) => number {
  /** Index plus one; 0 where it was not looked up. */
  const known = new Uint32Array(symbols.length);
  return (symbol) => {
    const next = known[symbol];
    if (next === undefined) throw new Error(`BUG: symbol ${symbol} was not validated`);
    if (next > 0) return next - 1;
    const index = dictionary.index(symbols[symbol] ?? '');
    known[symbol] = index + 1;
    return index;
  };
}

/** Milliseconds at which each poll of the batch ended, on the agent's clock. */
export function pollEndsMs(batch: OpenBatch): Float64Array {
  const { polls } = batch.families;
  const ends = u64Column(polls, 'ts_ms');
  const durations = u32Column(polls, 'duration_us');
  for (let poll = 0; poll < ends.length; poll++) ends[poll] = (ends[poll] ?? 0) + (durations[poll] ?? 0) / 1000;
  return ends;
}
