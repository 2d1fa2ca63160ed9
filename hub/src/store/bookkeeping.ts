/** The hub's own rows as Native blocks: fates of batches and dead letters. */
import { ROW_FAMILIES } from '@poplar/proto/families';
import type { Block } from '../writer/block.ts';
import { createDictionary, lowCardinality, type NativeColumn, nativeBlock, strings } from '../writer/native.ts';
import type { BatchRecord, DeadLetter } from '../writer/store.ts';

const STATES = { skipped: 0, rejected: 1, stored: 2 } as const;
const TIME = "DateTime64(3, 'UTC')";

export function batchesBlock(records: readonly BatchRecord[]): Block {
  const column = <T>(make: Make<T>, name: string, value: (record: BatchRecord) => T, type?: string): NativeColumn =>
    make(name, records.map(value), type);
  const columns = [
    column(text, 'agent', (record) => record.agent),
    column(u64, 'epoch', (record) => record.epoch),
    column(u64, 'sequence', (record) => BigInt(record.sequence)),
    column(u64, 'content_hash', (record) => record.contentHash),
    column(u8, 'state', (record) => STATES[record.state]),
    column(text, 'reason', (record) => record.reason),
    column(u64, 'sealed_at', (record) => BigInt(Math.round(record.sealedAtMs)), TIME),
    column(u64, 'received_at', (record) => BigInt(Math.round(record.receivedAtMs)), TIME),
    column(u64, 'stored_at', (record) => BigInt(Math.round(record.storedAtMs)), TIME),
    column(nullableI64, 'clock_offset_ms', (record) => record.clockOffsetMs),
    column(u32, 'payload_bytes', (record) => record.payloadBytes),
    column(u32, 'polls', (record) => record.rows.polls),
    ...ROW_FAMILIES.map(({ name, countColumn }) => column(u32, countColumn, (record) => record.rows[name])),
  ];
  return { table: 'batches', rows: records.length, chunks: nativeBlock(records.length, columns) };
}

export function deadLettersBlock(letters: readonly DeadLetter[]): Block {
  const texts = (name: string, value: (letter: DeadLetter) => Uint8Array): NativeColumn => ({
    name,
    type: 'String',
    data: strings(letters.map(value)),
  });
  const columns = [
    u64(
      'received_at',
      letters.map(({ receivedAtMs }) => BigInt(Math.round(receivedAtMs))),
      TIME,
    ),
    text(
      'agent',
      letters.map(({ agent }) => agent),
    ),
    u64(
      'epoch',
      letters.map(({ epoch }) => epoch),
    ),
    u64(
      'sequence',
      letters.map(({ sequence }) => BigInt(sequence)),
    ),
    u64(
      'content_hash',
      letters.map(({ contentHash }) => contentHash),
    ),
    texts('reason', ({ reason }) => Buffer.from(reason)),
    texts('message', ({ message }) => message),
  ];
  return { table: 'dead_letters', rows: letters.length, chunks: nativeBlock(letters.length, columns) };
}

type Make<T> = (name: string, values: readonly T[], type?: string) => NativeColumn;

const text: Make<string> = (name, values) => {
  const dictionary = createDictionary();
  const indices = Uint32Array.from(values, (value) => dictionary.index(value));
  return { name, type: 'LowCardinality(String)', data: lowCardinality(dictionary, indices) };
};

const u64: Make<bigint> = (name, values, type = 'UInt64') => ({ name, type, data: [bytesOf(BigUint64Array.from(values))] });
const u32: Make<number> = (name, values) => ({ name, type: 'UInt32', data: [bytesOf(Uint32Array.from(values))] });
const u8: Make<number> = (name, values) => ({ name, type: 'UInt8', data: [Uint8Array.from(values)] });
const nullableI64: Make<number | undefined> = (name, values) => ({
  name,
  type: 'Nullable(Int64)',
  data: [
    Uint8Array.from(values, (value) => (value === undefined ? 1 : 0)),
    bytesOf(BigInt64Array.from(values, (value) => BigInt(Math.round(value ?? 0)))),
  ],
});

function bytesOf(array: BigUint64Array | BigInt64Array | Uint32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
