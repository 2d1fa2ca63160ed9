/**
 * ClickHouse's Native format, written column by column.
 *
 * A block is: number of columns, number of rows (LEB128), then per column its name, its type (length-prefixed strings) and
 * its data. Fixed-width values lie little endian one after the other; Nullable puts one byte per row (1 = NULL) before
 * them; LowCardinality(String) is a dictionary followed by indices into it.
 * Source: ClickHouse docs, "Native" format, and SerializationLowCardinality in its source.
 */
import type { ByteSink } from './byte-sink.ts';

/** Starts a block; `columns` columns of `rows` values each must follow. */
export function writeBlockHead(sink: ByteSink, columns: number, rows: number): void {
  writeLeb128(sink, columns);
  writeLeb128(sink, rows);
}

/** What stands before a column's data: its name, and its type as the table declares it. */
export function columnHead(name: string, type: string): Uint8Array {
  const bytes: number[] = [];
  for (const part of [name, type]) bytes.push(...leb128(Buffer.byteLength(part)), ...Buffer.from(part));
  return Uint8Array.from(bytes);
}

export function writeBytes(sink: ByteSink, bytes: Uint8Array): void {
  sink.room(bytes.length).set(bytes);
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

/** Writes the data of a LowCardinality(String) column: `rows[i]` indexes the dictionary. */
export function writeLowCardinality(sink: ByteSink, dictionary: Dictionary, rows: Uint32Array): void {
  if (rows.length === 0) return;
  const width = dictionary.size <= 0x100 ? 1 : dictionary.size <= 0x1_0000 ? 2 : 4;
  writeU64(sink, KEYS_VERSION);
  writeU64(sink, BigInt(width >> 1) | HAS_ADDITIONAL_KEYS | NEED_UPDATE_DICTIONARY);
  writeU64(sink, BigInt(dictionary.size));
  for (const key of dictionary.keys()) writeText(sink, key);
  writeU64(sink, BigInt(rows.length));
  if (width === 1) sink.room(rows.length).set(rows);
  else if (width === 2) writeU16s(sink, rows);
  else writeBytes(sink, bytesOf(rows));
}

/** Writes one String: its length in bytes and its UTF-8. */
export function writeText(sink: ByteSink, text: string): void {
  const length = Buffer.byteLength(text);
  writeLeb128(sink, length);
  if (length > 0) sink.text(text, length);
}

/** The same for bytes, whatever they are. */
export function writeString(sink: ByteSink, bytes: Uint8Array): void {
  writeLeb128(sink, bytes.length);
  writeBytes(sink, bytes);
}

function writeU16s(sink: ByteSink, values: Uint32Array): void {
  const room = sink.room(2 * values.length);
  for (let index = 0; index < values.length; index++) {
    const value = values[index] ?? 0;
    room[2 * index] = value;
    room[2 * index + 1] = value >> 8;
  }
}

function writeU64(sink: ByteSink, value: bigint): void {
  sink.room(8).writeBigUInt64LE(value);
}

function writeLeb128(sink: ByteSink, value: number): void {
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) sink.byte((rest & 0x7f) | 0x80);
  sink.byte(rest);
}

function leb128(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest & 0x7f) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return bytes;
}

/** The memory of an array of numbers. */
export function bytesOf(array: BigUint64Array | BigInt64Array | Uint32Array | Uint16Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
