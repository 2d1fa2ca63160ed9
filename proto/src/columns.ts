/**
 * Columns as bytes. A packed fixed-width protobuf field is one run of little-endian values, so a column is read as a
 * slice of the message, not value by value. That holds only where the field occurs once: legal protobuf may split a
 * packed field into chunks or send it unpacked; such messages go through the generated decoder instead.
 */
import { fromBinary } from '@bufbuild/protobuf';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import type { ColumnSpec, FamilySpec } from './families.ts';
import { FAMILY_SCHEMAS } from './families.ts';

/** One decoded column: `bytes` holds rows × width bytes; in `nulls`, 1 marks an absent value. */
export interface Column {
  readonly spec: ColumnSpec;
  readonly bytes: Uint8Array;
  readonly nulls: Uint8Array | undefined;
}

export interface Family {
  readonly spec: FamilySpec;
  readonly rows: number;
  /** By the field's name in the .proto file; a column that the message left out is missing here. */
  readonly columns: ReadonlyMap<string, Column>;
  /** Numbers of the message's fields that this release does not know. */
  readonly unknownFields: readonly number[];
}

/**
 * Decodes one *Columns message. Throws when the bytes are no valid message or when columns disagree about the number of
 * rows: the first column of a family is always present and tells it.
 */
export function decodeFamily(spec: FamilySpec, message: Uint8Array): Family {
  const fields = sliceFields(message) ?? foreignFields(spec, message);
  const columns = new Map<string, Column>();
  let rows = 0;
  for (const [index, column] of spec.columns.entries()) {
    const bytes = fields.get(column.field);
    const count = (bytes?.length ?? 0) / column.width;
    if (index === 0) rows = count;
    const nulls = column.nullsField === undefined ? undefined : fields.get(column.nullsField);
    if (bytes === undefined || bytes.length === 0) {
      if (nulls !== undefined && nulls.length > 0) throw new Error(`${spec.name}.${column.name} has a null map but no values`);
      continue;
    }
    if (count !== rows) throw new Error(`${spec.name}.${column.name} has ${count} values, ${rows} rows expected`);
    if (nulls !== undefined && nulls.length !== 0 && nulls.length !== rows)
      throw new Error(`${spec.name}.${column.name}_nulls has ${nulls.length} bytes, ${rows} rows expected`);
    columns.set(column.name, { spec: column, bytes, nulls: nulls?.length === 0 ? undefined : nulls });
  }
  if (rows === 0 && columns.size > 0) throw new Error(`${spec.name} lacks its first column`);
  return { spec, rows, columns, unknownFields: unknownFields(spec, fields) };
}

function unknownFields({ columns }: FamilySpec, fields: ReadonlyMap<number, Uint8Array>): number[] {
  let known = 0;
  for (const { field, nullsField } of columns) {
    if (fields.has(field)) known += 1;
    if (nullsField !== undefined && fields.has(nullsField)) known += 1;
  }
  if (known === fields.size) return [];
  return [...fields.keys()].filter(
    (number) => !columns.some(({ field, nullsField }) => number === field || number === nullsField),
  );
}

/** An empty family, for messages that leave it out. */
export function emptyFamily(spec: FamilySpec): Family {
  return { spec, rows: 0, columns: NO_COLUMNS, unknownFields: NO_FIELDS };
}

const NO_COLUMNS: Family['columns'] = new Map();
const NO_FIELDS: Family['unknownFields'] = [];

/** The fields of a message as slices of its bytes; undefined when one is not a single length-delimited run. */
function sliceFields(message: Uint8Array): Map<number, Uint8Array> | undefined {
  const fields = new Map<number, Uint8Array>();
  const reader = new BinaryReader(message);
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    if (wire !== WireType.LengthDelimited || fields.has(field)) return undefined;
    fields.set(field, reader.bytes());
  }
  return fields;
}

/** The same through the generated decoder: work per value, for encoders other than ours. */
function foreignFields(spec: FamilySpec, message: Uint8Array): Map<number, Uint8Array> {
  const schema = FAMILY_SCHEMAS[spec.name];
  const { $unknown = [], ...values } = fromBinary(schema, message);
  const decoded: Readonly<Record<string, unknown>> = values;
  const fields = new Map($unknown.map(({ no, data }) => [no, data]));
  for (const column of spec.columns) {
    const field = schema.fields.find((candidate) => candidate.number === column.field);
    const value = field === undefined ? undefined : decoded[field.localName];
    if (value instanceof Uint8Array) fields.set(column.field, value);
    else if (Array.isArray(value)) fields.set(column.field, packValues(column, value));
    const nulls = field === undefined ? undefined : decoded[`${field.localName}Nulls`];
    if (column.nullsField !== undefined && nulls instanceof Uint8Array) fields.set(column.nullsField, nulls);
  }
  return fields;
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

/** A reader of single values, for validation, tests and everything off the hot path. Absent values read as undefined. */
export function readColumn(family: Family, name: string): (row: number) => number | bigint | undefined {
  const column = family.columns.get(name);
  if (column === undefined) {
    const spec = family.spec.columns.find((candidate) => candidate.name === name);
    if (spec === undefined) throw new Error(`BUG: ${family.spec.name} has no column ${name}`);
    return () => (spec.nullsField === undefined ? 0 : undefined);
  }
  const { bytes, nulls, spec } = column;
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
  const column = family.columns.get(name);
  const values = new Uint32Array(family.rows);
  if (column !== undefined) new Uint8Array(values.buffer).set(column.bytes);
  return values;
}

/** A u64 column as numbers; exact up to 2^53. */
export function u64Column(family: Family, name: string): Float64Array {
  const values = new Float64Array(family.rows);
  const column = family.columns.get(name);
  if (column === undefined) return values;
  const view = new DataView(column.bytes.buffer, column.bytes.byteOffset, column.bytes.byteLength);
  for (let row = 0; row < values.length; row++)
    values[row] = column.nulls?.[row] === 1 ? 0 : view.getUint32(8 * row + 4, true) * TWO_32 + view.getUint32(8 * row, true);
  return values;
}
