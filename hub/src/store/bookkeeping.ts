/** The hub's own rows as Native blocks: fates of batches and dead letters. */
import { ROW_FAMILIES } from '@poplar/proto/families';
import type { Block } from '../writer/block.ts';
import { type ByteSink, createByteSink } from '../writer/byte-sink.ts';
import {
  bytesOf,
  columnHead,
  createDictionary,
  writeBlockHead,
  writeBytes,
  writeLowCardinality,
  writeString,
} from '../writer/native.ts';
import type { BatchRecord, DeadLetter } from '../writer/store.ts';

const STATES = { skipped: 0, rejected: 1, stored: 2 } as const;

export function batchesBlock(records: readonly BatchRecord[]): Block {
  const column = columnsOf(records);
  return blockOf('batches', records.length, [
    column(text, 'agent', ({ agent }) => agent),
    column(u64, 'epoch', ({ epoch }) => epoch),
    column(u64, 'sequence', ({ sequence }) => BigInt(sequence)),
    column(u64, 'content_hash', ({ contentHash }) => contentHash),
    column(u8, 'state', ({ state }) => STATES[state]),
    column(text, 'reason', ({ reason }) => reason),
    column(time, 'sealed_at', ({ sealedAtMs }) => sealedAtMs),
    column(time, 'received_at', ({ receivedAtMs }) => receivedAtMs),
    column(time, 'stored_at', ({ storedAtMs }) => storedAtMs),
    column(nullableI64, 'clock_offset_ms', ({ clockOffsetMs }) => clockOffsetMs),
    column(u32, 'payload_bytes', ({ payloadBytes }) => payloadBytes),
    column(u32, 'polls', ({ rows }) => rows.polls),
    ...ROW_FAMILIES.map(({ name, countColumn }) => column(u32, countColumn, ({ rows }) => rows[name])),
  ]);
}

export function deadLettersBlock(letters: readonly DeadLetter[]): Block {
  const column = columnsOf(letters);
  return blockOf('dead_letters', letters.length, [
    column(time, 'received_at', ({ receivedAtMs }) => receivedAtMs),
    column(text, 'agent', ({ agent }) => agent),
    column(u64, 'epoch', ({ epoch }) => epoch),
    column(u64, 'sequence', ({ sequence }) => BigInt(sequence)),
    column(u64, 'content_hash', ({ contentHash }) => contentHash),
    column(strings, 'reason', ({ reason }) => Buffer.from(reason)),
    column(strings, 'message', ({ message }) => message),
  ]);
}

/** A column of these rows by what makes columns of its type. */
function columnsOf<Row>(rows: readonly Row[]) {
  return <T>(make: (name: string, values: readonly T[]) => WriteColumn, name: string, value: (row: Row) => T): WriteColumn =>
    make(name, rows.map(value));
}

function blockOf(table: string, rows: number, columns: readonly WriteColumn[]): Block {
  const sink = createByteSink();
  writeBlockHead(sink, columns.length, rows);
  for (const write of columns) write(sink);
  return { table, rows, chunks: [sink.slice(0, sink.size)] };
}

/** Writes one column, its head first. */
type WriteColumn = (sink: ByteSink) => void;

function text(name: string, values: readonly string[]): WriteColumn {
  return (sink) => {
    const dictionary = createDictionary();
    const indices = Uint32Array.from(values, (value) => dictionary.index(value));
    writeBytes(sink, columnHead(name, 'LowCardinality(String)'));
    writeLowCardinality(sink, dictionary, indices);
  };
}

function strings(name: string, values: readonly Uint8Array[]): WriteColumn {
  return (sink) => {
    writeBytes(sink, columnHead(name, 'String'));
    for (const value of values) writeString(sink, value);
  };
}

/** Columns of fixed width: the parts of the data follow each other. */
function fixed(name: string, type: string, ...data: readonly Uint8Array[]): WriteColumn {
  return (sink) => {
    writeBytes(sink, columnHead(name, type));
    for (const part of data) writeBytes(sink, part);
  };
}

const u64 = (name: string, values: readonly bigint[]): WriteColumn => fixed(name, 'UInt64', bytesOf(BigUint64Array.from(values)));
const u32 = (name: string, values: readonly number[]): WriteColumn => fixed(name, 'UInt32', bytesOf(Uint32Array.from(values)));
const u8 = (name: string, values: readonly number[]): WriteColumn => fixed(name, 'UInt8', Uint8Array.from(values));
/** Unix milliseconds. */
const time = (name: string, values: readonly number[]): WriteColumn =>
  fixed(name, "DateTime64(3, 'UTC')", bytesOf(BigInt64Array.from(values, (value) => BigInt(Math.round(value)))));
const nullableI64 = (name: string, values: readonly (number | undefined)[]): WriteColumn =>
  fixed(
    name,
    'Nullable(Int64)',
    Uint8Array.from(values, (value) => (value === undefined ? 1 : 0)),
    bytesOf(BigInt64Array.from(values, (value) => BigInt(Math.round(value ?? 0)))),
  );
