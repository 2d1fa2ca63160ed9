/** Merges the columns of many batches into one Native block per table. */
import type { OpenBatch } from '@poplar/proto/batch';
import { ABSENT, columnAt, u32At } from '@poplar/proto/columns';
import type { ByteSink } from './byte-sink.ts';
import { createTableRows, type TableRows } from './table-rows.ts';
import type { TableSpec } from './tables.ts';

export interface Block {
  readonly table: string;
  readonly rows: number;
  /** A Native block as it goes to ClickHouse, in pieces that follow each other. */
  readonly chunks: readonly Uint8Array[];
}

export interface BlockMerge {
  /** Adds the rows of a batch, which is not needed afterwards. */
  add(batch: OpenBatch): void;
  /** Writes what was added into a sink and forgets it. One block for each table with rows, in the order of the tables, valid until the sink is written to or cleared. */
  take(sink: ByteSink): Block[];
  /** Forgets what was added. */
  clear(): void;
}

/** Merges rows of these tables. Memory beyond `keepBytes` is given back when rows are taken. */
export function createBlockMerge(specs: readonly TableSpec[], keepBytes: number): BlockMerge {
  let tables = createTables(specs);

  function clear(): void {
    const held = tables.reduce((sum, { merged }) => sum + merged.heldBytes, 0);
    if (held > keepBytes) tables = createTables(specs);
    else for (const { merged } of tables) merged.clear();
  }

  return {
    add(batch) {
      for (const { merged } of tables) merged.add(batch);
    },
    take(sink) {
      const places = tables.flatMap(({ table, merged }) => {
        const { rows } = merged;
        if (rows === 0) return [];
        const from = sink.size;
        merged.write(sink);
        return [{ table, rows, from, to: sink.size }];
      });
      clear();
      return places.map(({ table, rows, from, to }) => ({ table, rows, chunks: [sink.slice(from, to)] }));
    },
    clear,
  };
}

function createTables(specs: readonly TableSpec[]): { readonly table: string; readonly merged: TableRows }[] {
  return specs.map((spec) => ({ table: spec.table, merged: createTableRows(spec) }));
}

/** Milliseconds at which each poll of the batch ended, on the agent's clock. */
export function pollEndsMs(batch: OpenBatch): Float64Array {
  const { polls } = batch.families;
  const at = columnAt(polls, 'duration_us');
  if (at === ABSENT) return batch.pollTimesMs;
  return batch.pollTimesMs.map((startMs, poll) => startMs + u32At(polls.bytes, at + 4 * poll) / 1000);
}
