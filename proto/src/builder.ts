/** Turns polls and their rows into the columns of one batch payload. Pure: time, names and numbers come as arguments. */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { writeValue } from './columns.ts';
import {
  type ColumnSpec,
  type CountKey,
  FAMILIES,
  type FamilySpec,
  ROW_FAMILIES,
  type RowFamilyName,
  type RowOf,
  type Value,
} from './families.ts';
import { BatchPayloadSchema } from './gen/poplar/telemetry/v1/payload_pb.ts';
import { SYMBOL_LENGTH_MAX } from './limits.ts';

/** The rows that one visit produced, by family. */
export type PollRows = { readonly [F in RowFamilyName]: readonly RowOf<F>[] };

/** One visit: the poll's own row without the row counts, which the builder fills in. */
export type PollHeader = Omit<RowOf<'polls'>, CountKey>;

/** What identifies a batch; sealed into its bytes. */
export interface BatchIdentity {
  readonly agent: string;
  readonly epoch: bigint;
  readonly sequence: number;
  readonly epochStartedAtMs: number;
  readonly sealedAtMs: number;
  /** Hub clock minus agent clock; undefined before the first handshake. */
  readonly clockOffsetMs: number | undefined;
}

export interface BatchBuilder {
  /**
   * Adds one visit whole; a poll is never split over batches. Throws RangeError when a value does not fit its column,
   * before anything of the poll was added.
   */
  add(poll: PollHeader, rows: PollRows): void;
  /** Polls added so far. */
  readonly polls: number;
  /** Close to the payload's uncompressed size in bytes. */
  readonly bytes: number;
  /** The payload's bytes, not compressed. The builder must not be used afterwards. */
  finish(identity: BatchIdentity): Uint8Array;
}

export function createBatchBuilder(): BatchBuilder {
  const symbols = createSymbols();
  const polls = createFamilyWriter(FAMILIES.polls, symbols);
  const families = ROW_FAMILIES.map(({ name, countKey, family }) => ({
    name,
    countKey,
    writer: createFamilyWriter(family, symbols),
  }));
  const all = [polls, ...families.map(({ writer }) => writer)];

  return {
    add(poll, rows) {
      const marks = all.map((writer) => writer.rows());
      try {
        const counts: { [K in CountKey]?: number } = {};
        for (const { name, countKey, writer } of families) {
          for (const row of rows[name]) writer.append(row);
          counts[countKey] = rows[name].length;
        }
        polls.append({ ...poll, ...counts });
      } catch (error) {
        for (const [index, writer] of all.entries()) writer.truncate(marks[index] ?? 0);
        throw error;
      }
    },
    get polls() {
      return polls.rows();
    },
    get bytes() {
      return symbols.bytes() + all.reduce((sum, writer) => sum + writer.bytes(), 0);
    },
    finish(identity) {
      const field = BatchPayloadSchema.field;
      const out = new BinaryWriter();
      out.tag(field.agent.number, WireType.LengthDelimited).string(identity.agent);
      out.tag(field.epoch.number, WireType.Bit64).fixed64(identity.epoch);
      out.tag(field.sequence.number, WireType.Varint).uint64(identity.sequence);
      out.tag(field.epochStartedAtMs.number, WireType.Bit64).fixed64(identity.epochStartedAtMs);
      out.tag(field.sealedAtMs.number, WireType.Bit64).fixed64(identity.sealedAtMs);
      if (identity.clockOffsetMs !== undefined)
        out.tag(field.clockOffsetMs.number, WireType.Varint).sint64(identity.clockOffsetMs);
      for (const symbol of symbols.all()) out.tag(field.symbols.number, WireType.LengthDelimited).string(symbol);
      for (const writer of all) {
        if (writer.rows() > 0) out.tag(writer.spec.field, WireType.LengthDelimited).bytes(writer.finish());
      }
      return out.finish();
    },
  };
}

interface Symbols {
  intern(text: string): number;
  all(): Iterable<string>;
  bytes(): number;
}

function createSymbols(): Symbols {
  const indices = new Map<string, number>([['', 0]]);
  let bytes = 0;
  return {
    intern(text) {
      const known = indices.get(text);
      if (known !== undefined) return known;
      // A hub rejects a batch with such a text whole: one router's nonsense must not cost the others' rows.
      if (text.length > SYMBOL_LENGTH_MAX)
        throw new RangeError(`a text has ${text.length} characters, over the limit of ${SYMBOL_LENGTH_MAX}`);
      const index = indices.size;
      indices.set(text, index);
      bytes += text.length + 2;
      return index;
    },
    all: () => indices.keys(),
    bytes: () => bytes,
  };
}

type AnyRow = Readonly<Record<string, Value | string | undefined>>;

interface FamilyWriter {
  readonly spec: FamilySpec;
  append(row: AnyRow): void;
  rows(): number;
  truncate(rows: number): void;
  bytes(): number;
  finish(): Uint8Array;
}

interface GrowingColumn {
  readonly spec: ColumnSpec;
  view: DataView<ArrayBuffer>;
  nulls: Uint8Array<ArrayBuffer> | undefined;
}

const FIRST_CAPACITY_ROWS = 64;

function createFamilyWriter(spec: FamilySpec, symbols: Symbols): FamilyWriter {
  const rowBytes = spec.columns.reduce((sum, column) => sum + column.width, 0);
  let capacity = 0;
  let rows = 0;
  const columns: GrowingColumn[] = spec.columns.map((column) => ({
    spec: column,
    view: new DataView(new ArrayBuffer(0)),
    nulls: undefined,
  }));

  function grow(): void {
    capacity = Math.max(FIRST_CAPACITY_ROWS, capacity * 2);
    for (const column of columns) {
      column.view = new DataView(enlarged(column.view.buffer, capacity * column.spec.width));
      if (column.nulls !== undefined) column.nulls = new Uint8Array(enlarged(column.nulls.buffer, capacity));
    }
  }

  function writeCell(column: GrowingColumn, row: number, value: Value | string | undefined): void {
    if (column.spec.symbol) {
      if (typeof value !== 'string') throw new Error(`BUG: ${spec.name}.${column.spec.name} takes a string, not ${typeof value}`);
      writeValue(column.view, column.spec, row, symbols.intern(value));
      return;
    }
    if (column.nulls !== undefined) column.nulls[row] = 0;
    if (value === undefined) {
      if (column.spec.nullsField === undefined) throw new Error(`BUG: ${spec.name}.${column.spec.name} cannot be absent`);
      column.nulls ??= new Uint8Array(capacity);
      column.nulls[row] = 1;
      writeValue(column.view, column.spec, row, 0);
      return;
    }
    if (typeof value === 'string') throw new Error(`BUG: ${spec.name}.${column.spec.name} takes a number, not a string`);
    writeValue(column.view, column.spec, row, typeof value === 'boolean' ? Number(value) : value);
  }

  return {
    spec,
    append(row) {
      if (rows === capacity) grow();
      for (const column of columns) writeCell(column, rows, row[column.spec.key]);
      rows += 1;
    },
    rows: () => rows,
    truncate(to) {
      rows = to;
    },
    bytes: () => rows * rowBytes,
    finish() {
      const out = new BinaryWriter();
      for (const { spec: column, view, nulls } of columns) {
        out.tag(column.field, WireType.LengthDelimited).bytes(new Uint8Array(view.buffer, 0, rows * column.width));
        if (column.nullsField === undefined || nulls === undefined) continue;
        const used = nulls.subarray(0, rows);
        if (used.includes(1)) out.tag(column.nullsField, WireType.LengthDelimited).bytes(used);
      }
      return out.finish();
    },
  };
}

function enlarged(buffer: ArrayBuffer, bytes: number): ArrayBuffer {
  const larger = new ArrayBuffer(bytes);
  new Uint8Array(larger).set(new Uint8Array(buffer));
  return larger;
}
