/**
 * Columns of numbers out of ClickHouse's Native format (see writer/native.ts), for answers of thousands of rows: neither the engine nor the hub
 * spends time on text.
 */
export interface NumberColumns<Name extends string = string> {
  readonly rows: number;
  /** NaN is NULL. Integers beyond 2^53 are rounded, as in JSON. */
  readonly columns: Readonly<Record<Name, Float64Array>>;
}

/** Numbers out of bytes that lie at the start of their memory, little endian as all machines are that this runs on. */
const TYPES: Readonly<Record<string, readonly [bytes: number, read: (memory: ArrayBuffer) => Float64Array]>> = {
  UInt8: [1, (memory) => new Float64Array(new Uint8Array(memory))],
  UInt32: [4, (memory) => new Float64Array(new Uint32Array(memory))],
  Int64: [8, (memory) => joinHalves(new Uint32Array(memory), new Int32Array(memory))],
  UInt64: [8, (memory) => joinHalves(new Uint32Array(memory), new Uint32Array(memory))],
  Float64: [8, (memory) => new Float64Array(memory)],
};

/** A bigint for every number would take ten times as long. */
function joinHalves(low: Uint32Array, high: Int32Array | Uint32Array): Float64Array {
  const values = new Float64Array(low.length / 2);
  for (let row = 0; row < values.length; row++) values[row] = (high[2 * row + 1] ?? 0) * 2 ** 32 + (low[2 * row] ?? 0);
  return values;
}

/** Reads all blocks of an answer. Throws when it has other columns than these, a type that is not known here, or ends early. */
export function readNumberColumns<Name extends string>(bytes: Uint8Array, names: readonly Name[]): NumberColumns<Name> {
  const cursor = createCursor(bytes);
  const blocks: Block[] = [];
  while (!cursor.ended()) blocks.push(readBlock(cursor, names.length));
  const rows = blocks.reduce((sum, block) => sum + block.rows, 0);
  const columns = Object.fromEntries(names.map((name) => [name, joined(name, blocks, rows)]));
  return { rows, columns: columns as Record<Name, Float64Array> };
}

interface Block {
  readonly rows: number;
  readonly columns: ReadonlyMap<string, Float64Array>;
}

function joined(name: string, blocks: readonly Block[], rows: number): Float64Array {
  const values = new Float64Array(rows);
  let at = 0;
  for (const block of blocks) {
    const column = block.columns.get(name);
    if (column === undefined) throw new Error(`BUG: the answer has no column ${name}`);
    values.set(column, at);
    at += block.rows;
  }
  return values;
}

function readBlock(cursor: Cursor, count: number): Block {
  const [found, rows] = [cursor.leb128(), cursor.leb128()];
  if (found !== count) throw new Error(`BUG: the answer has ${found} columns, not ${count}`);
  const columns = new Map<string, Float64Array>();
  for (let column = 0; column < count; column++) {
    const name = cursor.text();
    columns.set(name, readColumn(cursor, cursor.text(), rows));
  }
  return { rows, columns };
}

function readColumn(cursor: Cursor, type: string, rows: number): Float64Array {
  const inner = /^Nullable\((\w+)\)$/.exec(type)?.[1];
  const [size, read] = TYPES[inner ?? type] ?? [];
  if (size === undefined || read === undefined) throw new Error(`BUG: cannot read a column of type ${type}`);
  // One byte per row (1 = NULL) stands before the values.
  const nulls = inner === undefined ? undefined : cursor.take(rows);
  const values = read(Uint8Array.from(cursor.take(rows * size)).buffer);
  for (let row = nulls?.indexOf(1) ?? -1; row >= 0; row = nulls?.indexOf(1, row + 1) ?? -1) values[row] = Number.NaN;
  return values;
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
  return {
    ended: () => at === bytes.length,
    take,
    leb128,
    text: () => decoder.decode(take(leb128())),
  };
}
