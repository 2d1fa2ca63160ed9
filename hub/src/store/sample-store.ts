import type { ClickHouseClient } from '@clickhouse/client';
import { insertNative } from '../clickhouse/insert-native.ts';
import { insertMarks } from '../rollup/insert-marks.ts';
import type { SampleStore } from '../writer/store.ts';
import { batchesBlock, deadLettersBlock } from './bookkeeping.ts';

/** The SampleStore on ClickHouse: rows as Native blocks. */
export function createSampleStore(client: ClickHouseClient): SampleStore {
  const insertBlock: SampleStore['insertBlock'] = ({ table, chunks }, signal) => insertNative(client, table, chunks, { signal });
  return {
    insertBlock,
    recordBatches: (records, signal) => insertBlock(batchesBlock(records), signal),
    markRows: (marks, signal) => insertMarks(client, marks, signal),
    keepDeadLetters: (letters, signal) => insertBlock(deadLettersBlock(letters), signal),
  };
}
