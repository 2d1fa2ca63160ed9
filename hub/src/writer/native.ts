/**
 * ClickHouse's Native format, written column by column.
 *
 * A block is: number of columns, number of rows (LEB128), then per column its name, its type (length-prefixed strings) and
 * its data. Fixed-width values lie little endian one after the other; Nullable puts one byte per row (1 = NULL) before
 * them; LowCardinality(String) is a dictionary followed by indices into it.
 * Source: ClickHouse docs, "Native" format, and SerializationLowCardinality in its source.
 */

const encoder = new TextEncoder();

/** One column of a block, ready to be written: the chunks follow each other. */
export interface NativeColumn {
  readonly name: string;
  /** ClickHouse type, as the table declares it. */
  readonly type: string;
  readonly data: readonly Uint8Array[];
}

/** The chunks of one block. All columns must hold `rows` values. */
export function nativeBlock(rows: number, columns: readonly NativeColumn[]): Uint8Array[] {
  const chunks: Uint8Array[] = [Buffer.concat([leb128(columns.length), leb128(rows)])];
  for (const { name, type, data } of columns) chunks.push(Buffer.concat([text(name), text(type)]), ...data);
  return chunks;
}

/** LowCardinality's serialization with a dictionary of its own in every block. */
const KEYS_VERSION = 1n;
const HAS_ADDITIONAL_KEYS = 1n << 9n;
const NEED_UPDATE_DICTIONARY = 1n << 10n;

/** A dictionary that grows while the batches of a block are merged. */
export interface Dictionary {
  /** The index of a text, added when new. */
  index(text: string): number;
  readonly size: number;
  keys(): Iterable<string>;
}

export function createDictionary(): Dictionary {
  const indices = new Map<string, number>();
  return {
    index(key) {
      const known = indices.get(key);
      if (known !== undefined) return known;
      indices.set(key, indices.size);
      return indices.size - 1;
    },
    get size() {
      return indices.size;
    },
    keys: () => indices.keys(),
  };
}

/** Data of a LowCardinality(String) column: `rows[i]` indexes the dictionary. */
export function lowCardinality(dictionary: Dictionary, rows: Uint32Array): Uint8Array[] {
  if (rows.length === 0) return [];
  const { code, bytes } = narrowed(rows, dictionary.size);
  return [
    Buffer.concat([
      u64(KEYS_VERSION),
      u64(code | HAS_ADDITIONAL_KEYS | NEED_UPDATE_DICTIONARY),
      u64(BigInt(dictionary.size)),
      ...Array.from(dictionary.keys(), text),
      u64(BigInt(rows.length)),
    ]),
    bytes,
  ];
}

/** Data of a String column. */
export function strings(values: readonly Uint8Array[]): Uint8Array[] {
  return values.flatMap((value) => [leb128(value.length), value]);
}

/** Indices in the narrowest of UInt8, UInt16 and UInt32, with the format's code for that width. */
function narrowed(rows: Uint32Array, keys: number): { code: bigint; bytes: Uint8Array } {
  if (keys <= 0x100) return { code: 0n, bytes: Uint8Array.from(rows) };
  if (keys <= 0x1_0000) return { code: 1n, bytes: new Uint8Array(Uint16Array.from(rows).buffer) };
  return { code: 2n, bytes: new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength) };
}

function u64(value: bigint): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}

function text(value: string): Uint8Array {
  const bytes = encoder.encode(value);
  return Buffer.concat([leb128(bytes.length), bytes]);
}

function leb128(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest & 0x7f) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return Uint8Array.from(bytes);
}
