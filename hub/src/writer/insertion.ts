/** Inserts merged blocks in the order that makes a row in `batches` a proof, and repeats each insert until it is confirmed. */
import { setTimeout as delay } from 'node:timers/promises';
import type { OpenBatch } from '@poplar/proto/batch';
import type { Logger } from 'pino';
import { StoreError } from '../clickhouse/store-error.ts';
import { createMarkCollector, type RollupMark } from '../rollup/marks.ts';
import { type Block, type BlockMerge, createBlockMerge } from './block.ts';
import { type ByteSink, createByteSink } from './byte-sink.ts';
import type { WriterMetrics } from './metrics.ts';
import { pauseMs } from './pause.ts';
import type { BatchRecord, DeadLetter, SampleStore } from './store.ts';
import { POLL_TABLE, ROW_TABLES } from './tables.ts';

/** The rows of some batches as blocks. */
export interface MergedRows {
  readonly batches: number;
  readonly blocks: readonly Block[];
  readonly marks: readonly RollupMark[];
  readonly memory: ByteSink;
}

/** Rows of batches that are coming in, merged one by one. */
export interface Gathering {
  /** Adds a batch, which is not needed afterwards. When it throws, the gathering cannot be used any more. */
  add(batch: OpenBatch): void;
  /** All that was added, as blocks. It is the end of the gathering. */
  finish(): MergedRows;
  /** Ends the gathering without its rows. */
  discard(): void;
}

export interface Insertion {
  gather(): Gathering;
  /**
   * Stores merged rows, once: data tables, then `polls`, then the marks for the rollups, then `kept`, then the records that `recordsAt` makes for the time of that.
   * `kept` are letters of those batches of which this hub cannot store everything. Throws a StoreError that blames the values when
   * ClickHouse refuses them, the signal's reason when it aborts.
   */
  storeRows(
    merged: MergedRows,
    recordsAt: (storedAtMs: number) => readonly BatchRecord[],
    signal: AbortSignal,
    kept?: readonly DeadLetter[],
  ): Promise<void>;
  /** Keeps the bytes of a batch that can never be stored, if there is a letter of it, then puts its fate on record. */
  storeRejected(letter: DeadLetter | undefined, record: BatchRecord, signal: AbortSignal): Promise<void>;
  /** What the inserts under way failed with last; undefined while they work. */
  fault(): string | undefined;
}

export interface InsertionDeps {
  readonly store: SampleStore;
  readonly nowMs: () => number;
  readonly log: Logger;
  readonly metrics: WriterMetrics;
}

/** Memory for blocks that is kept for the next inserts: as much as the usual size needs. */
const KEEP_BYTES = 16 * 1024 * 1024;
/** The same for the rows that they are made of, which doubles as they come: what is given back has to grow again for every insert. */
const KEEP_ROWS_BYTES = 2 * KEEP_BYTES;
const KEEP_MAX = 2;
const TABLES = [...ROW_TABLES, POLL_TABLE];

export function createInsertion(config: { readonly retryMs: number }, { store, nowMs, log, metrics }: InsertionDeps): Insertion {
  /** An insert that succeeds takes its own entry away. */
  const faults = new Map<() => Promise<void>, string>();
  /** Free for the next inserts. */
  const spares: ByteSink[] = [];
  /** Free for the next gathering. */
  let spareMerge: BlockMerge | undefined;

  async function repeat(insert: () => Promise<void>, again: (error: StoreError) => boolean, signal: AbortSignal): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      try {
        await insert();
        if (faults.delete(insert) && faults.size === 0) log.info('ClickHouse takes inserts again');
        return;
      } catch (error) {
        if (signal.aborted || !(error instanceof StoreError) || !again(error)) {
          faults.delete(insert);
          throw error;
        }
        metrics.insertRetries.inc();
        if (faults.size === 0) log.warn({ err: error }, 'Cannot insert into ClickHouse: batches wait and the insert is retried');
        faults.set(insert, error.message);
        await delay(pauseMs(attempt, config.retryMs, error), undefined, { signal });
      }
    }
  }

  /** Gives up only on abort, or when ClickHouse blames the values. */
  const insertBlock = (block: Block, signal: AbortSignal): Promise<void> =>
    repeat(
      () => store.insertBlock(block, signal),
      (error) => !error.blamesValues,
      signal,
    );
  /** For rows of our own making: what ClickHouse has against them is no agent's fault and must pass. */
  const insist = (insert: () => Promise<void>, signal: AbortSignal): Promise<void> => repeat(insert, () => true, signal);

  /** All blocks, side by side; when one is refused, the others stop being retried. */
  async function insertBlocks(blocks: readonly Block[], signal: AbortSignal): Promise<void> {
    const refused = new AbortController();
    const together = AbortSignal.any([signal, refused.signal]);
    const inserts = blocks.map((block) =>
      insertBlock(block, together).catch((error: unknown) => {
        refused.abort(error);
        throw error;
      }),
    );
    const results = await Promise.allSettled(inserts);
    signal.throwIfAborted();
    if (refused.signal.aborted) throw refused.signal.reason;
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  return {
    gather() {
      const merge = spareMerge ?? createBlockMerge(TABLES, KEEP_ROWS_BYTES);
      spareMerge = undefined;
      const collector = createMarkCollector();
      let batches = 0;
      return {
        add(batch) {
          merge.add(batch);
          collector.add(batch);
          batches++;
        },
        finish() {
          const memory = spares.pop() ?? createByteSink();
          const blocks = merge.take(memory);
          spareMerge = merge;
          return { batches, blocks, marks: collector.marks(), memory };
        },
        discard() {
          merge.clear();
          spareMerge = merge;
        },
      };
    },
    async storeRows({ batches, blocks, marks, memory }, recordsAt, signal, kept = []) {
      const startedMs = nowMs();
      const rows = Object.fromEntries(blocks.map((block) => [block.table, block.rows]));
      const polls = blocks.filter(({ table }) => table === POLL_TABLE.table);
      await insertBlocks(
        blocks.filter((block) => !polls.includes(block)),
        signal,
      );
      for (const block of polls) await insertBlock(block, signal);
      // Only now: what a failed insert took may still be read by somebody between here and ClickHouse, and is not written to again.
      memory.clear(KEEP_BYTES);
      if (spares.length < KEEP_MAX) spares.push(memory);
      if (marks.length > 0) await insist(() => store.markRows(marks, signal), signal);
      if (kept.length > 0) await insist(() => store.keepDeadLetters(kept, signal), signal);
      const records = recordsAt(nowMs());
      await insist(() => store.recordBatches(records, signal), signal);
      const tookMs = nowMs() - startedMs;
      metrics.flushSeconds.observe(tookMs / 1000);
      log.debug({ batches, rows, ms: tookMs }, 'Inserted');
    },
    async storeRejected(letter, record, signal) {
      if (letter !== undefined) await insist(() => store.keepDeadLetters([letter], signal), signal);
      await insist(() => store.recordBatches([record], signal), signal);
    },
    fault: () => faults.values().next().value,
  };
}

/** Merges batches that are all there. */
export function mergeAll(insertion: Pick<Insertion, 'gather'>, batches: Iterable<OpenBatch>): MergedRows {
  const gathering = insertion.gather();
  for (const batch of batches) gathering.add(batch);
  return gathering.finish();
}
