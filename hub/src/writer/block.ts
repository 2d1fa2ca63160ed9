/**
 * Merges the columns of many batches into one Native block per table. The work is per column and per poll wherever the
 * layout allows it: a numeric column's bytes are copied as they came, a row's poll columns are filled run by run.
 */
import type { OpenBatch } from '@poplar/proto/batch';
import { type Column, type Family, u32Column, u64Column } from '@poplar/proto/columns';
import { type FamilySpec, ROW_FAMILIES } from '@poplar/proto/families';
import { createDictionary, type Dictionary, lowCardinality, type NativeColumn, nativeBlock } from './native.ts';
import type { TableColumn, TableSpec } from './tables.ts';

export interface Block {
  readonly table: string;
  readonly rows: number;
  /** The block's bytes in order. */
  readonly chunks: readonly Uint8Array[];
}

/** One block with the rows that the batches hold for a table; undefined when there are none. */
export function mergeBlock(spec: TableSpec, batches: readonly OpenBatch[]): Block | undefined {
  const parts = batches
    .map((batch) => ({ batch, family: batch.families[spec.family.name], runs: pollRuns(spec.family, batch) }))
    .filter(({ family }) => family.rows > 0);
  const rows = parts.reduce((sum, { family }) => sum + family.rows, 0);
  if (rows === 0) return undefined;
  const columns = spec.columns.map((column) => mergeColumn(column, parts, rows));
  return { table: spec.table, rows, chunks: nativeBlock(rows, columns) };
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

function pollRuns(spec: FamilySpec, batch: OpenBatch): Uint32Array | undefined {
  const counted = ROW_FAMILIES.find(({ family }) => family === spec);
  return counted === undefined ? undefined : u32Column(batch.families.polls, counted.countColumn);
}

function mergeColumn(column: TableColumn, parts: readonly Part[], rows: number): NativeColumn {
  const { name, type, source } = column;
  if (type === 'LowCardinality(String)') return { name, type, data: mergeTexts(column, parts, rows) };
  switch (source.from) {
    case 'wire':
      return { name, type, data: mergeValues(source.column, parts, rows) };
    case 'poll':
    case 'batch':
    case 'baseline': {
      const values = new BigUint64Array(rows);
      let at = 0;
      for (const part of parts) {
        fillU64(column, part, values.subarray(at, at + part.family.rows));
        at += part.family.rows;
      }
      return { name, type, data: [new Uint8Array(values.buffer)] };
    }
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
  const ofPolls = exactU64(batch.families.polls, pollColumn);
  expand(ofPolls, part.runs, values);
  if (source.from === 'baseline' && family.columns.has('generation')) {
    // Wraps around like the type does: a baseline is a name, not a quantity.
    for (const [row, generation] of u32Column(family, 'generation').entries()) {
      if (generation !== 0) values[row] = (values[row] ?? 0n) + BigInt(generation);
    }
  }
}

function expand(ofPolls: BigUint64Array, runs: Uint32Array | undefined, values: BigUint64Array): void {
  if (runs === undefined) {
    values.set(ofPolls);
    return;
  }
  let at = 0;
  for (const [poll, run] of runs.entries()) {
    if (run > 0) values.fill(ofPolls[poll] ?? 0n, at, at + run);
    at += run;
  }
}

function exactU64(family: Family, name: string): BigUint64Array {
  const values = new BigUint64Array(family.rows);
  const column = family.columns.get(name);
  if (column !== undefined) new Uint8Array(values.buffer).set(column.bytes);
  return values;
}

/** Bytes of a numeric wire column, the null map first where it has one. */
function mergeValues(name: string, parts: readonly Part[], rows: number): Uint8Array[] {
  const spec = parts[0]?.family.spec.columns.find((candidate) => candidate.name === name);
  if (spec === undefined) throw new Error(`BUG: no wire column ${name}`);
  const values = new Uint8Array(rows * spec.width);
  const nulls = spec.nullsField === undefined ? undefined : new Uint8Array(rows);
  let at = 0;
  for (const { family } of parts) {
    const column: Column | undefined = family.columns.get(name);
    if (column !== undefined) values.set(column.bytes, at * spec.width);
    if (column === undefined) nulls?.fill(1, at, at + family.rows);
    else if (column.nulls !== undefined) nulls?.set(column.nulls, at);
    at += family.rows;
  }
  return nulls === undefined ? [values] : [nulls, values];
}

function mergeTexts({ source }: TableColumn, parts: readonly Part[], rows: number): Uint8Array[] {
  const dictionary = createDictionary();
  const indices = new Uint32Array(rows);
  let at = 0;
  for (const part of parts) {
    const target = indices.subarray(at, at + part.family.rows);
    if (source.from === 'batch') target.fill(dictionary.index(part.batch.agent));
    else if (source.from === 'poll') fillPollTexts(source.column, part, dictionary, target);
    else if (source.from === 'wire') fillOwnTexts(source.column, part, dictionary, target);
    else throw new Error('BUG: a baseline is no text');
    at += part.family.rows;
  }
  return lowCardinality(dictionary, indices);
}

function fillOwnTexts(name: string, { batch, family }: Part, dictionary: Dictionary, target: Uint32Array): void {
  const remap = remapper(batch.symbols, dictionary);
  const symbols = u32Column(family, name);
  for (let row = 0; row < symbols.length; row++) target[row] = remap(symbols[row] ?? 0);
}

function fillPollTexts(name: string, part: Part, dictionary: Dictionary, target: Uint32Array): void {
  const remap = remapper(part.batch.symbols, dictionary);
  const symbols = u32Column(part.batch.families.polls, name);
  let at = 0;
  for (let poll = 0; poll < symbols.length; poll++) {
    const run = part.runs === undefined ? 1 : (part.runs[poll] ?? 0);
    if (run > 0) target.fill(remap(symbols[poll] ?? 0), at, at + run);
    at += run;
  }
}

/** Batch symbol → dictionary index, each looked up once. */
function remapper(symbols: readonly string[], dictionary: Dictionary): (symbol: number) => number {
  const known = new Int32Array(symbols.length).fill(-1);
  return (symbol) => {
    const index = known[symbol];
    if (index === undefined) throw new Error(`BUG: symbol ${symbol} was not validated`);
    if (index >= 0) return index;
    const fresh = dictionary.index(symbols[symbol] ?? '');
    known[symbol] = fresh;
    return fresh;
  };
}

/** Milliseconds at which each poll of the batch ended, on the agent's clock. */
export function pollEndsMs(batch: OpenBatch): Float64Array {
  const { polls } = batch.families;
  const durations = u32Column(polls, 'duration_us');
  return u64Column(polls, 'ts_ms').map((ts, poll) => ts + (durations[poll] ?? 0) / 1000);
}
