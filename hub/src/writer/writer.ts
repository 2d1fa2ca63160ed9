/**
 * The writer collects batches of many agents, merges them into one insert per table about twice a second, and settles each
 * batch only when every row is confirmed: data tables, then `polls`, then `batches`.
 *
 * One flush runs at a time. While ClickHouse is away the flush is retried and the budget fills, which stops the streams.
 * Data that ClickHouse refuses is found by halving, so that one bad batch takes no other with it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { OpenBatch } from '@poplar/proto/batch';
import type { FamilyName } from '@poplar/proto/families';
import type { Logger } from 'pino';
import { StoreError } from '../clickhouse/store_error.ts';
import { mergeBlock, pollEndsMs } from './block.ts';
import { createByteBudget } from './budget.ts';
import { createLatencyHistogram } from './latency.ts';
import type { WriterMetrics } from './metrics.ts';
import type { BatchRecord, BatchRows, SampleStore } from './store.ts';
import { POLL_TABLE, ROW_TABLES } from './tables.ts';

/** A validated batch on its way into storage. */
export interface ReceivedBatch {
  readonly open: OpenBatch;
  readonly contentHash: bigint;
  readonly receivedAtMs: number;
  readonly payloadBytes: number;
  /** The Batch message as it came, for a dead letter. */
  message(): Uint8Array;
}

/** How a batch ended. */
export type Fate =
  | { readonly status: 'stored'; readonly rows: number }
  | { readonly status: 'rejected'; readonly reason: string };

export interface WriterConfig {
  /** A flush starts when this many rows wait … */
  readonly flushRows: number;
  /** … or when the oldest batch has waited this long, ms. */
  readonly flushAgeMs: number;
  /** Bytes of decompressed batches held at once. */
  readonly budgetBytes: number;
  /** First pause after a failed insert, ms; doubles up to 30 times as much. */
  readonly retryMs: number;
}

export const DEFAULT_WRITER_CONFIG: WriterConfig = {
  flushRows: 100_000,
  flushAgeMs: 500,
  budgetBytes: 48 * 1024 * 1024,
  retryMs: 250,
};

export interface Writer {
  /** Waits until the budget has room for `bytes`: call it before decompressing, hand the same number to `store`. */
  reserve(bytes: number, signal: AbortSignal): Promise<void>;
  /** Returns a reservation that came to nothing. */
  release(bytes: number): void;
  /** Settles when the batch's rows are confirmed or can never be; rejects when the writer stops first. */
  store(batch: ReceivedBatch, reservedBytes: number): Promise<Fate>;
  /** Records a batch that can never be stored, with its bytes. */
  reject(batch: RejectedBatch, signal: AbortSignal): Promise<void>;
  /** Flushes until aborted, then once more what is waiting, within a grace period. */
  run(signal: AbortSignal): Promise<void>;
  rowsPerSecond(): number;
  pollToStoredMs(): { readonly p50: number | null; readonly p99: number | null };
  /** Why inserts fail now; undefined while they work. */
  fault(): string | undefined;
}

/** A batch that did not decode or validate. */
export interface RejectedBatch {
  readonly agent: string;
  readonly epoch: bigint;
  readonly sequence: number;
  readonly contentHash: bigint;
  readonly receivedAtMs: number;
  readonly reason: string;
  readonly payloadBytes: number;
  readonly message: Uint8Array;
}

interface Waiting {
  readonly batch: ReceivedBatch;
  readonly reservedBytes: number;
  readonly rows: number;
  readonly sinceMs: number;
  readonly settle: (fate: Fate) => void;
  readonly fail: (reason: unknown) => void;
}

/** Longest time a stopping writer keeps trying to store what it holds. */
const STOP_GRACE_MS = 5_000;
const RATE_WINDOW_MS = 10_000;

export function createWriter(
  config: WriterConfig,
  deps: { readonly store: SampleStore; readonly nowMs: () => number; readonly log: Logger; readonly metrics: WriterMetrics },
): Writer {
  const { store, nowMs, log, metrics } = deps;
  const budget = createByteBudget(config.budgetBytes);
  const latency = createLatencyHistogram({ periodMs: 150_000 }, { nowMs });
  const stored = createRate(RATE_WINDOW_MS, nowMs);
  let waiting: Waiting[] = [];
  let waitingRows = 0;
  let wake: () => void = () => {};
  /** What the inserts under way failed with last; an insert that succeeds takes its own entry away. */
  const faults = new Map<() => Promise<void>, string>();

  /** Resolves when there is enough to flush, or on abort. */
  async function due(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const oldest = waiting[0];
      const restMs = oldest === undefined ? undefined : oldest.sinceMs + config.flushAgeMs - nowMs();
      if (waitingRows >= config.flushRows || (restMs !== undefined && restMs <= 0)) return;
      const timer = new AbortController();
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const abort = (): void => wake();
      signal.addEventListener('abort', abort, { once: true });
      const pause = restMs === undefined ? woken : Promise.race([woken, delay(restMs, undefined, { signal: timer.signal })]);
      await pause.finally(() => {
        timer.abort();
        signal.removeEventListener('abort', abort);
      });
    }
  }

  /** The next batches up to flushRows, at least one. */
  function takeGroup(): Waiting[] {
    let rows = 0;
    let count = 0;
    for (const item of waiting) {
      if (count > 0 && rows + item.rows > config.flushRows) break;
      rows += item.rows;
      count += 1;
    }
    const group = waiting.slice(0, count);
    waiting = waiting.slice(count);
    waitingRows -= rows;
    return group;
  }

  async function flush(group: readonly Waiting[], signal: AbortSignal): Promise<void> {
    try {
      await storeGroup(group, signal);
      settleStored(group);
    } catch (error) {
      if (signal.aborted || !(error instanceof StoreError)) throw error;
      await flushRefused(group, error, signal);
    }
  }

  async function flushRefused(group: readonly Waiting[], error: StoreError, signal: AbortSignal): Promise<void> {
    const [first, second] = group;
    if (first === undefined) return;
    if (second !== undefined) {
      const middle = Math.ceil(group.length / 2);
      await flush(group.slice(0, middle), signal);
      await flush(group.slice(middle), signal);
      return;
    }
    const { batch } = first;
    const { agent, epoch, sequence } = batch.open;
    const reason = `ClickHouse refused the rows: ${error.message}`;
    await rejectBatch(
      {
        agent,
        epoch,
        sequence,
        contentHash: batch.contentHash,
        receivedAtMs: batch.receivedAtMs,
        reason,
        payloadBytes: batch.payloadBytes,
        message: batch.message(),
      },
      signal,
    );
    budget.give(first.reservedBytes);
    first.settle({ status: 'rejected', reason });
  }

  /** Inserts in the order that makes a row in `batches` a proof. Throws StoreError when the data is refused. */
  async function storeGroup(group: readonly Waiting[], signal: AbortSignal): Promise<void> {
    const opened = group.map(({ batch }) => batch.open);
    const startedMs = nowMs();
    const blocks = ROW_TABLES.map((spec) => mergeBlock(spec, opened)).filter((block) => block !== undefined);
    await Promise.all(blocks.map((block) => persist(() => store.insertBlock(block, signal), signal)));
    const polls = mergeBlock(POLL_TABLE, opened);
    if (polls !== undefined) await persist(() => store.insertBlock(polls, signal), signal);
    const storedAtMs = nowMs();
    const records = group.map(({ batch }) => recordOf(batch, storedAtMs));
    await insist(() => store.recordBatches(records, signal), signal);
    metrics.flushSeconds.observe((nowMs() - startedMs) / 1000);
  }

  /** Runs one insert until it is confirmed; gives up only on abort or on data that can never be stored. */
  const persist = (insert: () => Promise<void>, signal: AbortSignal): Promise<void> =>
    repeat(insert, (error) => !error.blamesValues, signal);
  /** The same for rows of our own making: what ClickHouse has against them is not the agent's fault and must pass. */
  const insist = (insert: () => Promise<void>, signal: AbortSignal): Promise<void> => repeat(insert, () => true, signal);

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
        await delay(Math.min(config.retryMs * 2 ** attempt, config.retryMs * 30), undefined, { signal });
      }
    }
  }

  function settleStored(group: readonly Waiting[]): void {
    const now = nowMs();
    for (const { batch, reservedBytes, rows, settle } of group) {
      const offset = batch.open.clockOffsetMs ?? 0;
      for (const endMs of pollEndsMs(batch.open)) {
        const ms = now - (endMs + offset);
        latency.observe(ms);
        metrics.pollToStoredSeconds.observe(Math.max(0, ms) / 1000);
      }
      budget.give(reservedBytes);
      stored.add(rows);
      metrics.rowsStored.inc(rows);
      metrics.batches.inc({ state: 'stored' });
      settle({ status: 'stored', rows });
    }
  }

  async function rejectBatch(batch: RejectedBatch, signal: AbortSignal): Promise<void> {
    log.warn(
      { agent: batch.agent, sequence: batch.sequence, reason: batch.reason },
      'Batch rejected; its bytes are kept in dead_letters',
    );
    await insist(() => store.keepDeadLetter(batch, signal), signal);
    const record: BatchRecord = {
      ...batch,
      state: 'rejected',
      sealedAtMs: 0,
      storedAtMs: nowMs(),
      clockOffsetMs: undefined,
      rows: NO_ROWS,
    };
    await insist(() => store.recordBatches([record], signal), signal);
    metrics.batches.inc({ state: 'rejected' });
  }

  return {
    reserve: (bytes, signal) => budget.take(bytes, signal),
    release: (bytes) => budget.give(bytes),
    store(batch, reservedBytes) {
      const rows = sumRows(batch.open.families);
      return new Promise((settle, fail) => {
        waiting.push({ batch, reservedBytes, rows, sinceMs: nowMs(), settle, fail });
        waitingRows += rows;
        metrics.budgetBytes.set(budget.held);
        wake();
      });
    },
    reject: rejectBatch,
    async run(signal) {
      const abandoned = new AbortController();
      let grace: NodeJS.Timeout | undefined;
      const stop = (): void => {
        grace = setTimeout(() => abandoned.abort(new Error('the hub stopped before the batch was stored')), STOP_GRACE_MS);
      };
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
      let group: readonly Waiting[] = [];
      try {
        while (!signal.aborted || waiting.length > 0) {
          await due(signal);
          group = takeGroup();
          if (group.length > 0) await flush(group, abandoned.signal);
          group = [];
        }
      } catch (error) {
        for (const { fail } of [...group, ...waiting]) fail(error);
        if (!abandoned.signal.aborted) throw error;
        log.warn(
          { batches: group.length + waiting.length },
          'Stopping with batches not stored: their agents will send them again',
        );
      } finally {
        clearTimeout(grace);
        signal.removeEventListener('abort', stop);
      }
    },
    rowsPerSecond: () => stored.perSecond(),
    pollToStoredMs: () => ({ p50: latency.quantile(0.5), p99: latency.quantile(0.99) }),
    fault: () => faults.values().next().value,
  };
}

function rowsOf(families: OpenBatch['families'] | undefined): BatchRows {
  const rows = (name: FamilyName): number => families?.[name].rows ?? 0;
  return {
    polls: rows('polls'),
    interfaces: rows('interfaces'),
    devices: rows('devices'),
    identities: rows('identities'),
    radioClients: rows('radioClients'),
    sensors: rows('sensors'),
    boards: rows('boards'),
    cpuCores: rows('cpuCores'),
    packages: rows('packages'),
    packageUpdates: rows('packageUpdates'),
  };
}

const NO_ROWS = rowsOf(undefined);

function sumRows(families: OpenBatch['families']): number {
  return Object.values(families).reduce((sum, family) => sum + family.rows, 0);
}

function recordOf({ open, contentHash, receivedAtMs, payloadBytes }: ReceivedBatch, storedAtMs: number): BatchRecord {
  const { agent, epoch, sequence, sealedAtMs, clockOffsetMs } = open;
  return {
    agent,
    epoch,
    sequence,
    contentHash,
    state: 'stored',
    reason: '',
    sealedAtMs,
    receivedAtMs,
    storedAtMs,
    clockOffsetMs,
    payloadBytes,
    rows: rowsOf(open.families),
  };
}

/** Amounts per second over a sliding window, in steps of a second. */
function createRate(windowMs: number, nowMs: () => number): { add(amount: number): void; perSecond(): number } {
  const seconds = new Map<number, number>();
  const trim = (): void => {
    const oldest = Math.floor((nowMs() - windowMs) / 1000);
    for (const second of seconds.keys()) if (second <= oldest) seconds.delete(second);
  };
  return {
    add(amount) {
      const second = Math.floor(nowMs() / 1000);
      seconds.set(second, (seconds.get(second) ?? 0) + amount);
      trim();
    },
    perSecond() {
      trim();
      let total = 0;
      for (const amount of seconds.values()) total += amount;
      return total / (windowMs / 1000);
    },
  };
}
