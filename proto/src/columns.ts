/**
 * Columns as bytes. A packed fixed-width protobuf field is one run of little-endian values, so a column is read as a
 * slice of the message, not value by value. That holds only where the field occurs once: legal protobuf may split a
 * packed field into chunks or send it unpacked; such messages go through the generated decoder instead.
 */
import { fromBinary } from '@bufbuild/protobuf';
import type { ColumnSpec, FamilySpec } from './families.ts';
import { FAMILIES, FAMILY_SCHEMAS } from './families.ts';
import { FieldReader, WIRE } from './field-reader.ts';

/**
 * Rows of one family. Its columns stay where they came, as places in `bytes`: an object per column would cost more than its values do
 * in a batch of a few rows.
 */
export interface Family {
  readonly spec: FamilySpec;
  readonly rows: number;
  readonly bytes: Uint8Array;
  /** Two for every column of the spec: where its values start, and where its null map does; ABSENT for what the message left out. */
  readonly places: Int32Array;
  /** Numbers of the message's fields that this release does not know. */
  readonly unknownFields: readonly number[];
}

export const ABSENT = -1;

/**
 * Decodes the *Columns message that lies in `bytes` from `from` up to `to`. Throws when it is no valid message or when columns disagree about the number of
 * rows: the first column of a family is always present and tells it.
 */
export function decodeFamily(spec: FamilySpec, bytes: Uint8Array, from = 0, to = bytes.length): Family {
  const fields = locateFields(spec, bytes, from, to) ?? foreignFields(spec, bytes.subarray(from, to));
  const { lengths, places } = fields;
  let rows = 0;
  let present = false;
  for (let position = 0; position < spec.columns.length; position++) {
    const column = spec.columns[position];
    if (column === undefined) break;
    const length = lengths[2 * position] ?? 0;
    const nulls = lengths[2 * position + 1] ?? 0;
    const count = length / column.width;
    if (position === 0) rows = count;
    if (length === 0) {
      if (nulls > 0) throw new Error(`${spec.name}.${column.name} has a null map but no values`);
      places[2 * position] = ABSENT;
    } else {
      if (count !== rows) throw new Error(`${spec.name}.${column.name} has ${count} values, ${rows} rows expected`);
      if (nulls !== 0 && nulls !== rows)
        throw new Error(`${spec.name}.${column.name}_nulls has ${nulls} bytes, ${rows} rows expected`);
      present = true;
    }
    if (nulls === 0) places[2 * position + 1] = ABSENT;
  }
  if (rows === 0 && present) throw new Error(`${spec.name} lacks its first column`);
  return { spec, rows, bytes: fields.bytes, places, unknownFields: fields.unknown };
}

/** An empty family, for messages that leave it out. */
export function emptyFamily(spec: FamilySpec): Family {
  return {
    spec,
    rows: 0,
    bytes: NOTHING,
    places: new Int32Array(2 * spec.columns.length).fill(ABSENT),
    unknownFields: NO_FIELDS,
  };
}

const NOTHING = new Uint8Array();
const NO_FIELDS: readonly number[] = [];

/** Where a message's fields are. Places and lengths are counted like Family.places. */
interface Fields {
  readonly bytes: Uint8Array;
  readonly places: Int32Array;
  readonly lengths: Int32Array;
  readonly unknown: readonly number[];
}

/** What a family is decoded with, and no longer. */
const LENGTHS = new Int32Array(2 * Math.max(...Object.values(FAMILIES).map(({ columns }) => columns.length)));

/** The fields of a message as places in its bytes; undefined when one is not a single length-delimited run. */
function locateFields(spec: FamilySpec, bytes: Uint8Array, from: number, to: number): Fields | undefined {
  const places = new Int32Array(2 * spec.columns.length).fill(ABSENT);
  const lengths = LENGTHS.fill(0, 0, places.length);
  let unknown: number[] | undefined;
  const reader = new FieldReader(bytes, from, to);
  while (reader.next()) {
    if (reader.wire !== WIRE.delimited) return undefined;
    const slot = spec.slots.get(reader.field);
    if (slot === undefined) {
      if (unknown?.includes(reader.field) === true) return undefined;
      (unknown ??= []).push(reader.field);
    } else {
      if (places[slot] !== ABSENT) return undefined;
      places[slot] = reader.at;
      lengths[slot] = reader.length;
    }
  }
  return { bytes, places, lengths, unknown: unknown ?? NO_FIELDS };
}

/** The same through the generated decoder, packed anew: work per value, for encoders other than ours. */
function foreignFields(spec: FamilySpec, message: Uint8Array): Fields {
  const schema = FAMILY_SCHEMAS[spec.name];
  const { $unknown = [], ...values } = fromBinary(schema, message);
  const decoded: Readonly<Record<string, unknown>> = values;
  const places = new Int32Array(2 * spec.columns.length).fill(ABSENT);
  const lengths = new Int32Array(places.length);
  const packed: Uint8Array[] = [];
  let size = 0;
  const put = (slot: number, bytes: Uint8Array): void => {
    places[slot] = size;
    lengths[slot] = bytes.length;
    packed.push(bytes);
    size += bytes.length;
  };
  for (const [position, column] of spec.columns.entries()) {
    const field = schema.fields.find((candidate) => candidate.number === column.field);
    const value = field === undefined ? undefined : decoded[field.localName];
    if (value instanceof Uint8Array) put(2 * position, value);
    else if (Array.isArray(value)) put(2 * position, packValues(column, value));
    const nulls = field === undefined ? undefined : decoded[`${field.localName}Nulls`];
    if (column.nullsField !== undefined && nulls instanceof Uint8Array) put(2 * position + 1, nulls);
  }
  return { bytes: Buffer.concat(packed), places, lengths, unknown: [...new Set($unknown.map(({ no }) => no))] };
}

function packValues(column: ColumnSpec, values: readonly unknown[]): Uint8Array {
  const bytes = new Uint8Array(values.length * column.width);
  const view = new DataView(bytes.buffer);
  for (const [row, value] of values.entries()) {
    if (typeof value !== 'number' && typeof value !== 'bigint') throw new Error(`BUG: ${column.name} decoded to ${typeof value}`);
    writeValue(view, column, row, value);
  }
  return bytes;
}

const TWO_32 = 2 ** 32;

/** Writes one value at `row`. Throws RangeError when it does not fit the column. */
export function writeValue(view: DataView, column: ColumnSpec, row: number, value: number | bigint): void {
  const at = row * column.width;
  switch (column.kind) {
    case 'u8':
      view.setUint8(at, integer(column, value, 0, 0xff));
      return;
    case 'u32':
      view.setUint32(at, integer(column, value, 0, 0xffff_ffff), true);
      return;
    case 'i32':
      view.setInt32(at, integer(column, value, -0x8000_0000, 0x7fff_ffff), true);
      return;
    case 'f64':
      view.setFloat64(at, Number(value), true);
      return;
    case 'i64':
      view.setBigInt64(at, BigInt(integer(column, value, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)), true);
      return;
    case 'u64': {
      if (typeof value === 'bigint') {
        if (value < 0n || value > 0xffff_ffff_ffff_ffffn) throw new RangeError(`${column.name} ${value} is no 64-bit count`);
        view.setBigUint64(at, value, true);
        return;
      }
      const whole = integer(column, value, 0, Number.MAX_SAFE_INTEGER);
      view.setUint32(at, whole % TWO_32, true);
      view.setUint32(at + 4, Math.floor(whole / TWO_32), true);
    }
  }
}

function integer(column: ColumnSpec, value: number | bigint, min: number, max: number): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < min || number > max)
    throw new RangeError(`${column.name} ${value} is not an integer from ${min} to ${max}`);
  return number;
}

/** True when the message holds the column. */
export function hasColumn(family: Family, name: string): boolean {
  const position = family.spec.positions.get(name);
  return position !== undefined && family.places[2 * position] !== ABSENT;
}

/** Where the values of a column start in the family's bytes; ABSENT where the message left it out. */
export function columnAt(family: Family, name: string): number {
  return family.places[2 * positionOf(family, name)] ?? ABSENT;
}

/** The bytes of a column, rows × width; undefined where the message left it out. */
export function columnBytes(family: Family, position: number): Uint8Array | undefined {
  const at = family.places[2 * position] ?? ABSENT;
  if (at === ABSENT) return undefined;
  return family.bytes.subarray(at, at + family.rows * (family.spec.columns[position]?.width ?? 0));
}

/** A column's null map, in which 1 marks an absent value; undefined where there is none. */
export function columnNulls(family: Family, position: number): Uint8Array | undefined {
  const at = family.places[2 * position + 1] ?? ABSENT;
  return at === ABSENT ? undefined : family.bytes.subarray(at, at + family.rows);
}

function positionOf({ spec }: Family, name: string): number {
  const position = spec.positions.get(name);
  if (position === undefined) throw new Error(`BUG: ${spec.name} has no column ${name}`);
  return position;
}

/** A reader of single values, for validation, tests and everything off the hot path. Absent values read as undefined. */
export function readColumn(family: Family, name: string): (row: number) => number | bigint | undefined {
  const position = positionOf(family, name);
  const spec = family.spec.columns[position];
  const bytes = columnBytes(family, position);
  if (spec === undefined || bytes === undefined) return () => (spec?.nullsField === undefined ? 0 : undefined);
  const nulls = columnNulls(family, position);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return (row) => (nulls?.[row] === 1 ? undefined : readValue(view, spec, row));
}

function readValue(view: DataView, spec: ColumnSpec, row: number): number | bigint {
  const at = row * spec.width;
  switch (spec.kind) {
    case 'u8':
      return view.getUint8(at);
    case 'u32':
      return view.getUint32(at, true);
    case 'i32':
      return view.getInt32(at, true);
    case 'f64':
      return view.getFloat64(at, true);
    case 'i64': {
      const value = view.getBigInt64(at, true);
      return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
    }
    case 'u64': {
      const high = view.getUint32(at + 4, true);
      return high < 0x20_0000 ? high * TWO_32 + view.getUint32(at, true) : view.getBigUint64(at, true);
    }
  }
}

/** A u32 column as numbers; zeros where the message left it out. Copies, because slices need not be aligned. */
export function u32Column(family: Family, name: string): Uint32Array {
  const values = new Uint32Array(family.rows);
  const at = columnAt(family, name);
  if (at !== ABSENT) copyBytes(family.bytes, at, new Uint8Array(values.buffer), 0, values.byteLength);
  return values;
}

/** A u64 column as numbers, exact up to 2^53; 0 for what is absent. */
export function u64Column(family: Family, name: string): Float64Array {
  const values = new Float64Array(family.rows);
  const position = positionOf(family, name);
  const at = family.places[2 * position] ?? ABSENT;
  if (at === ABSENT) return values;
  const nulls = columnNulls(family, position);
  const { bytes } = family;
  for (let row = 0; row < values.length; row++) {
    const from = at + 8 * row;
    values[row] = nulls?.[row] === 1 ? 0 : u32At(bytes, from + 4) * TWO_32 + u32At(bytes, from);
  }
  return values;
}

/** A little-endian u32. */
export function u32At(bytes: Uint8Array, at: number): number {
  const low = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16);
  return low + (bytes[at + 3] ?? 0) * 0x100_0000;
}

/** Up to here a loop costs less than a call. */
const LOOP_BYTES_MAX = 32;

/** Copies bytes, without a view of them, which each column of each batch would leave as garbage. */
export function copyBytes(source: Uint8Array, from: number, target: Uint8Array, to: number, length: number): void {
  if (length > LOOP_BYTES_MAX) Buffer.prototype.copy.call(source, target, to, from, from + length);
  else for (let at = 0; at < length; at++) target[to + at] = source[from + at] ?? 0;
}
