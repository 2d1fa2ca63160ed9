/**
 * Columns of numbers out of ClickHouse's Native format (see writer/native.ts), for answers of thousands of rows: neither the engine nor the hub
 * spends time on text, and little memory is taken besides what is returned.
 */
export interface NumberColumns<Name extends string = string> {
  readonly rows: number;
  /** NaN is NULL. Integers beyond 2^53 are rounded, as in JSON. */
  readonly columns: Readonly<Record<Name, Float64Array>>;
}

/** Numbers out of memory that holds them from its start, little endian as all machines are that this runs on. */
type Read = (values: Float64Array, memory: ArrayBuffer) => void;

const TYPES: Readonly<Record<string, readonly [bytes: number, read: Read]>> = {
  UInt8: [1, (values, memory) => values.set(new Uint8Array(memory, 0, values.length))],
  UInt32: [4, (values, memory) => values.set(new Uint32Array(memory, 0, values.length))],
  Int64: [8, (values, memory) => joinHalves(values, new Uint32Array(memory), new Int32Array(memory))],
  UInt64: [8, (values, memory) => joinHalves(values, new Uint32Array(memory), new Uint32Array(memory))],
  Float64: [8, (values, memory) => values.set(new Float64Array(memory, 0, values.length))],
};

/** A bigint for every number would take ten times as long. */
function joinHalves(values: Float64Array, low: Uint32Array, high: Int32Array | Uint32Array): void {
  for (let row = 0; row < values.length; row++) values[row] = (high[2 * row + 1] ?? 0) * 2 ** 32 + (low[2 * row] ?? 0);
}

/** Reads all blocks of an answer. Throws when it has other columns than these, a type that is not known here, or ends early. */
export function readNumberColumns<Name extends string>(bytes: Uint8Array, names: readonly Name[]): NumberColumns<Name> {
  const cursor = createCursor(bytes);
  const blocks: Block[] = [];
  while (!cursor.ended()) blocks.push(readBlock(cursor, names.length));
  const rows = blocks.reduce((sum, block) => sum + block.rows, 0);
  const memory = new Uint8Array(8 * blocks.reduce((most, block) => Math.max(most, block.rows), 0));
  const columns: Partial<Record<Name, Float64Array>> = {};
  for (const name of names) columns[name] = joined(name, blocks, new Float64Array(rows), memory);
  if (!hasAll(columns, names)) throw new Error('BUG: a column is missing');
  return { rows, columns };
}

function hasAll<Name extends string>(
  columns: Partial<Record<Name, Float64Array>>,
  names: readonly Name[],
): columns is Record<Name, Float64Array> {
  return names.every((name) => name in columns);
}

/** A block, its values not yet read. */
interface Block {
  readonly rows: number;
  readonly columns: ReadonlyMap<string, Column>;
}

interface Column {
  readonly read: Read;
  readonly bytes: Uint8Array;
  /** One byte per row, 1 = NULL. */
  readonly nulls: Uint8Array | undefined;
}

function joined(name: string, blocks: readonly Block[], values: Float64Array, memory: Uint8Array<ArrayBuffer>): Float64Array {
  let at = 0;
  for (const { rows, columns } of blocks) {
    const column = columns.get(name);
    if (column === undefined) throw new Error(`BUG: the answer has no column ${name}`);
    const { read, bytes, nulls } = column;
    // Arrays of numbers begin at multiples of their size, columns anywhere.
    memory.set(bytes);
    read(values.subarray(at, at + rows), memory.buffer);
    for (let row = nulls?.indexOf(1) ?? -1; row >= 0; row = nulls?.indexOf(1, row + 1) ?? -1) values[at + row] = Number.NaN;
    at += rows;
  }
  return values;
}

function readBlock(cursor: Cursor, count: number): Block {
  const [found, rows] = [cursor.leb128(), cursor.leb128()];
  if (found !== count) throw new Error(`BUG: the answer has ${found} columns, not ${count}`);
  const columns = new Map<string, Column>();
  for (let column = 0; column < count; column++) {
    const name = cursor.text();
    columns.set(name, readColumn(cursor, cursor.text(), rows));
  }
  return { rows, columns };
}

function readColumn(cursor: Cursor, type: string, rows: number): Column {
  const inner = /^Nullable\((\w+)\)$/.exec(type)?.[1];
  const [size, read] = TYPES[inner ?? type] ?? [];
  if (size === undefined || read === undefined) throw new Error(`BUG: cannot read a column of type ${type}`);
  const nulls = inner === undefined ? undefined : cursor.take(rows);
  return { read, nulls, bytes: cursor.take(rows * size) };
}

interface Cursor {
  ended(): boolean;
  /** The next bytes. */
  take(bytes: number): Uint8Array;
  leb128(): number;
  text(): string;
}

const decoder = new TextDecoder();

function createCursor(bytes: Uint8Array): Cursor {
  let at = 0;
  function take(count: number): Uint8Array {
    if (at + count > bytes.length) throw new Error(`Cannot read the answer: it ends after ${bytes.length} bytes, within a block`);
    at += count;
    return bytes.subarray(at - count, at);
  }
  function leb128(): number {
    let [value, scale] = [0, 1];
    for (;;) {
      const byte = take(1)[0] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
  }
  return { ended: () => at === bytes.length, take, leb128, text: () => decoder.decode(take(leb128())) };
}
